"""Several threads that all want the same one, for as long as the window lasts."""

from syncproof.timing.crew import contend
from syncproof.timing.floor import python_call
from syncproof.timing.scenarios import IncorrectError, batches, scenario

#: The call in the middle is where an interpreter may switch threads: without one, a lock that
#: excludes nobody would come out right under the GIL.
SECTION = "acquire(); seen = total[0]; work(); total[0] = seen + 1; release()"


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
        total = [0]
        bodies = [
            batches(
                SECTION, inner, acquire=thing.acquire, release=thing.release, total=total,
                work=python_call,
            )
            for _ in range(setting["threads"])
        ]
        found, done = contend(bodies, inner, seconds)
        if setting.exact and total[0] != done:
            raise IncorrectError(f"{done} operations counted {total[0]}: two held it at once")
        return found

    return window
