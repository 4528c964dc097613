"""A barrier of greenlets."""

from gevent.event import Event

from syncproof.vocabulary import Implementation


class BrokenBarrierError(RuntimeError):
    pass


class Barrier:
    def __init__(self, parties):
        self.parties = parties
        self.broken = False
        self.begin()

    def begin(self):
        self.n_waiting = 0
        self.over = Event()

    def wait(self, timeout=None):
        if self.broken:
            raise BrokenBarrierError
        place, over = self.n_waiting, self.over
        self.n_waiting += 1
        if self.n_waiting == self.parties:
            over.set()
            self.begin()
            return place
        try:
            passed = over.wait(timeout)
        except BaseException:
            self.n_waiting -= 1
            raise
        if not passed:
            self.abort()
        if self.broken:
            raise BrokenBarrierError
        return place

    def abort(self):
        self.broken = True
        self.over.set()

    def reset(self):
        self.abort()
        self.broken = False
        self.begin()


implementation = Implementation(
    name="candidate",
    primitives=("barrier",),
    load=lambda: {"barrier": Barrier, "BrokenBarrierError": BrokenBarrierError},
    model="gevent",
    family="aiologic",
)
