"""Tasks that give up waiting: what that costs them, and whoever comes after."""

from time import perf_counter

from syncproof.bench.tasks import made

from syncproof.timing.scenarios import TASKS, IncorrectError, scenario


@scenario(
    "task.cancel",
    primitives=("lock", "rlock", "semaphore"),
    models=TASKS,
    kind="blocking",
    needs=("acquire",),
    operation="cancel the one in the middle of so many tasks that wait for it, until it has ended",
    reading="what it costs to give up; where waiters are searched for, it grows with their number",
    floor=False,
    growth="waiters",
    waiters=(1, 8, 64),
)
def cancel(setting):
    async def times(loops):
        seconds = 0.0
        for _ in range(loops):
            line = Line(setting)
            await line.form()
            victim = line.tasks[line.parked[setting["waiters"] // 2]]
            start = perf_counter()
            victim.cancel()
            await victim.ended()
            seconds += perf_counter() - start
            line.thing.release()
            await line.dissolve()
        return seconds

    return times


@scenario(
    "task.cancel_next",
    primitives=("lock", "rlock", "semaphore"),
    models=TASKS,
    kind="blocking",
    needs=("acquire",),
    operation="cancel the first of so many waiting tasks and release() at once, until the next one"
    " has acquired it",
    reading="a hand-off that steps over one who gave up; set it against half of task.pingpong",
    floor=False,
    waiters=(2, 64),
)
def cancel_next(setting):
    async def times(loops):
        seconds = 0.0
        for _ in range(loops):
            line = Line(setting)
            await line.form()
            start = perf_counter()
            line.tasks[line.parked[0]].cancel()
            line.thing.release()
            while not line.let_in:
                await setting.crew.switch()
            seconds += line.let_in[0] - start
            await line.dissolve()
        return seconds

    return times


class Line:
    """Tasks that wait for one that is held; whoever gets it releases it at once."""

    def __init__(self, setting):
        self.crew = setting.crew
        self.size = setting["waiters"]
        self.thing = made(setting)
        #: Who waits, in the order in which they came; when each one was let in.
        self.parked, self.let_in = [], []

    async def form(self):
        await self.thing.acquire()
        self.tasks = [
            self.crew.start(lambda number=number: self._wait(number))
            for number in range(self.size)
        ]
        while len(self.parked) < self.size:
            await self.crew.switch()
        await self.crew.switch()  # the last one gets as far as it can
        if self.let_in:
            raise IncorrectError("a waiter got it while it was held")

    async def _wait(self, number):
        self.parked.append(number)
        await self.thing.acquire()
        self.let_in.append(perf_counter())
        self.thing.release()

    async def dissolve(self):
        """Everybody has ended; nothing was lost with the one that gave up."""
        for task in self.tasks:
            await task.ended()
        if len(self.let_in) != self.size - 1:
            raise IncorrectError(f"{len(self.let_in)} of {self.size - 1} waiters got it")
