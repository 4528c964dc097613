"""Several threads that all want the same one, for as long as the window lasts."""

from time import sleep

from syncproof.timing.crew import contend, together
from syncproof.timing.floor import python_call
from syncproof.timing.scenarios import IncorrectError, batches, scenario, unrolled

#: The call in the middle is where an interpreter may switch threads: without one, a lock that
#: excludes nobody would come out right under the GIL.
SECTION = "acquire(); seen = total[0]; work(); total[0] = seen + 1; release()"

#: So many times each thread gives way in the middle of a section before the clock runs: a switch
#: that comes by itself seldom falls there.
TRIALS = 10


@scenario(
    "throughput",
    primitives=("lock", "rlock", "semaphore"),
    kind="window",
    needs=("acquire",),
    operation="acquire(), count one up around a call of a function, release(); by any thread",
    reading="window length over operations of all threads: below threads=1 they help each other,"
    " above they are in each other's way",
    inner=10,
    floor=False,
    threads=(1, 2, 4),
)
def throughput(setting):
    inner = 10

    def window(seconds):
        thing = setting.make()
        if setting.exact:
            _try_out(thing, setting["threads"])
        total = [0]
        bodies = [
            batches(
                SECTION, inner, acquire=thing.acquire, release=thing.release, total=total,
                work=python_call,
            )
            for _ in range(setting["threads"])
        ]
        found, done = contend(bodies, inner, seconds)
        if setting.exact:
            _verify(total, done)
        return found

    return window


def _try_out(thing, threads):
    total = [0]
    body = unrolled(
        SECTION, 1, acquire=thing.acquire, release=thing.release, total=total,
        work=lambda: sleep(0),
    )
    together(*[lambda: body(TRIALS)] * threads)
    _verify(total, TRIALS * threads)


def _verify(total, done):
    if total[0] != done:
        raise IncorrectError(f"{done} operations counted {total[0]}: two held it at once")
