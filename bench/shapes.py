"""What programs build on these: a bounded queue, a cache under a lock, a pool of connections.

Each is written on the implementation under test, as a program would write it, and does what such a
thing is for. The figure has the program's own work in it, which is the same for everybody.
"""

from collections import deque

from syncproof.bench.contended import giving_way, try_out
from syncproof.bench.producers import exchanged

from syncproof.timing.crew import contend
from syncproof.timing.scenarios import IncorrectError, batches, scenario

INNER = 10
RATIOS = ("1:1", "4:4")


@scenario(
    "queue",
    primitives=("condition",),
    kind="blocking",
    needs=("with", "notify_all"),
    operation="one item through a queue of so many places, whose condition is notified whenever it"
    " is no longer empty or full",
    reading="time an item; with one place each item is a hand-off, with 64 few have to wait",
    floor=False,
    places=(1, 64),
    ratio=RATIOS,
)
def queue_on_condition(setting):
    def items(loops):
        queue = Queue(setting.make(), setting["places"])
        return exchanged(setting, loops, queue.put, queue.get)

    return items


class Queue:
    """A bounded queue on one condition."""

    def __init__(self, condition, places):
        self.condition = condition
        self.places = places
        self.items = deque()

    def put(self, item):
        with self.condition:
            while len(self.items) >= self.places:
                self.condition.wait()
            self.items.append(item)
            if len(self.items) == 1:
                self.condition.notify_all()

    def get(self):
        with self.condition:
            while not self.items:
                self.condition.wait()
            item = self.items.popleft()
            if len(self.items) == self.places - 1:
                self.condition.notify_all()
            return item


@scenario(
    "queue",
    primitives=("semaphore", "bounded_semaphore"),
    kind="blocking",
    needs=("acquire",),
    operation="one item through a queue of so many places, counted by two semaphores",
    reading="time an item; with one place each item is a hand-off, with 64 few have to wait",
    floor=False,
    places=(1, 64),
    ratio=RATIOS,
)
def queue_on_semaphores(setting):
    def items(loops):
        places = setting["places"]
        free, filled, store = setting.make(places), setting.make(places), deque()
        for _ in range(places):
            filled.acquire()

        def put(item):
            free.acquire()
            store.append(item)
            if len(store) > places:
                raise IncorrectError(f"{len(store)} items in {places} places")
            filled.release()

        def get():
            filled.acquire()
            item = store.popleft()
            free.release()
            return item

        return exchanged(setting, loops, put, get)

    return items


#: Looks a key up, and makes what is missing while the lock is held. A key in eight is new each
#: time, as the oldest one leaves the cache for it.
LOOK_UP = """\
key = next(keys)
acquire()
value = cache.get(key)
if value is None:
    made[0] += 1
    value = cache[key] = make(key)
    if len(cache) > 64: del cache[next(iter(cache))]
release()
if value != make(key): wrong.append(key)"""


@scenario(
    "cache",
    primitives=("lock", "rlock"),
    kind="window",
    needs=("acquire",),
    operation="one look into a dict of 64 entries under the lock, one in eight of which makes an"
    " entry and drops the oldest; by any thread",
    reading="window length over looks of all threads: a short section, taken all the time",
    inner=INNER,
    floor=False,
    threads=(1, 4),
)
def cache(setting):
    def window(seconds):
        lock = setting.make()
        try_out(setting, lock, setting["threads"])
        kept, made, wrong = {}, [0], []
        bodies = [
            batches(
                LOOK_UP, INNER, acquire=lock.acquire, release=lock.release, cache=kept,
                made=made, wrong=wrong, make=str, keys=_keys(number), next=next, iter=iter, len=len,
            )
            for number in range(setting["threads"])
        ]
        found, _ = contend(bodies, INNER, seconds)
        if wrong or len(kept) > 64:
            raise IncorrectError(f"the cache has {len(kept)} entries, and {len(wrong)} were wrong")
        return found

    return window


def _keys(number):
    """Keys of a thread: seven that come back, and one that nobody has asked for."""
    new = 1_000_000 * (number + 1)
    while True:
        yield from range(7)
        new += 1
        yield new


#: Checks one connection out and gives it back; nobody else may have it meanwhile.
CHECK_OUT = """\
acquire(); connection = take()
if connection[0]: shared.append(connection[0])
connection[0] += 1; work(); connection[0] -= 1
give(connection); release()"""


@scenario(
    "pool",
    primitives=("semaphore", "bounded_semaphore"),
    kind="window",
    needs=("acquire",),
    operation="one of so many connections checked out, used for a call and given back; by any of"
    " eight threads",
    reading="window length over uses by all threads: with few connections most of them wait",
    inner=INNER,
    floor=False,
    threads=(8,),
    connections=(2, 8),
)
def pool(setting):
    def window(seconds):
        connections = setting["connections"]
        semaphore = setting.make(connections)
        free, shared = deque([0] for _ in range(connections)), []
        names = {
            "acquire": semaphore.acquire, "release": semaphore.release, "take": free.popleft,
            "give": free.append, "shared": shared,
        }
        bodies = [
            batches(CHECK_OUT, INNER, **names, work=lambda: None)
            for _ in range(setting["threads"])
        ]
        try:
            giving_way(setting, CHECK_OUT, setting["threads"], **names)
            found, _ = contend(bodies, INNER, seconds)
        except IndexError:
            raise IncorrectError("it was let in when no connection was left") from None
        if shared:
            raise IncorrectError("two had the same connection at once")
        return found

    return window
