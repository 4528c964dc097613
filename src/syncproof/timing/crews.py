"""Who takes part in a scenario: the crew of each execution model.

A crew has one shape, whatever its members are. With tasks, what is marked (a) is awaited:

``together(*bodies)``             (a) run all bodies at once; their :class:`~.crew.Stamps`
``contend(bodies, inner, s)``     (a) let them contend for so long; the window, and all they did
``switch()``                      (a) let the others run once, and nothing else
``sleep(seconds)``                (a) let the others run for so long
``start(body)``                   start one that can be told to ``cancel()``; ``ended()`` (a) waits
``run(function, *args)``          run a function of the scenario where the members live
``apart``                         whether members have to be started for each slice

A body is a function without arguments; of tasks, a coroutine function. A body that contends gets
two: what is true when it has to stop, and what takes a stamp after each batch. Processes get
theirs by pickling: theirs are functions of a module, or partials of such.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any

from syncproof.timing import crew
from syncproof.timing.crew import PATIENCE, IncorrectError, Stamps, Window, seen, window_of

Work = Callable[[], Awaitable[Any]]

#: Seconds between two looks at actors that share the thread with who looks.
GLANCE = 0.002


def of(model: str, start_method: str = "") -> Any:
    """A new crew, for the life of a process; the model's library has to be there."""
    if model == "thread":
        return Threads()
    if model == "process":
        return Processes(start_method)
    if model == "trio":
        return TrioTasks()
    if model in ("asyncio", "anyio", "uvloop"):
        return AsyncioTasks(model)
    return Greenlets(model)


def _give_way() -> None:
    time.sleep(0)


def _called_here(function: Callable[..., Any], *args: Any) -> Any:
    """``run`` where who runs a scenario lives where its members do."""
    return function(*args)


class Threads:
    """Threads of this process."""

    apart = False

    together = staticmethod(crew.together)
    contend = staticmethod(crew.contend)
    sleep = staticmethod(time.sleep)
    switch = staticmethod(_give_way)
    run = staticmethod(_called_here)


# -- greenlets ----------------------------------------------------------------------------


class Greenlets:
    """Greenlets of this thread, by gevent or eventlet."""

    apart = False

    run = staticmethod(_called_here)

    def __init__(self, model: str) -> None:
        with warnings.catch_warnings():  # that eventlet is not for new projects is no news here
            warnings.simplefilter("ignore")
            library: Any = __import__(model)
        self._spawn: Callable[..., Any] = library.spawn
        self.sleep: Callable[[float], Any] = library.sleep
        # eventlet's waits for all, and raises what one raised
        self._join = "join" if model == "gevent" else "wait"
        # Once there is a hub, aiologic takes a thread for the greenlet that it is: a lock that was
        # acquired before would have another holder from then on.
        self.switch()

    def switch(self) -> None:
        self.sleep(0)

    def together(self, *bodies: Callable[[], Any]) -> Stamps:
        starts, ends = [0.0] * len(bodies), [0.0] * len(bodies)
        errors: list[BaseException] = []
        others: list[Any] = []

        def run(number: int) -> None:
            starts[number] = perf_counter()
            try:
                bodies[number]()
            except Exception as error:
                errors.append(error)
                for other in others[:number] + others[number + 1 :]:
                    other.kill()
            ends[number] = perf_counter()

        others += [self._spawn(run, number) for number in range(len(bodies))]
        for one in others:
            try:
                getattr(one, self._join)()
            except BaseException:
                if not errors:
                    raise
        if errors:
            raise errors[0]
        return Stamps(starts, ends)

    def contend(self, bodies: Sequence[Any], inner: int, seconds: float) -> tuple[Window, int]:
        stopped: list[bool] = []
        stamps: list[list[float]] = [[] for _ in bodies]

        def stop() -> None:
            self.sleep(seconds)
            end = perf_counter() + PATIENCE
            while not seen(stamps) and perf_counter() < end:
                self.sleep(GLANCE)
            stopped.append(True)

        work = [functools.partial(b, stopped, s.append) for b, s in zip(bodies, stamps)]
        self.together(stop, *work)
        return window_of(stamps, inner), sum(map(len, stamps)) * inner

    def start(self, body: Callable[[], Any]) -> Greenlet:
        """Start one that can be cancelled: killed, that is; to be waited for by ``ended()``."""
        return Greenlet(self._spawn(body), self._join)


class Greenlet:
    """One greenlet, of gevent (which is joined) or of eventlet (which is waited for)."""

    def __init__(self, greenlet: Any, join: str) -> None:
        self._greenlet = greenlet
        self._join = join

    def cancel(self) -> None:
        if self._join == "join":
            self._greenlet.kill(block=False)
        else:
            self._greenlet.kill()

    def ended(self) -> None:
        """Returns when it has ended, killed or not; raises what else it raised."""
        from greenlet import GreenletExit

        with contextlib.suppress(GreenletExit):
            getattr(self._greenlet, self._join)()
        error = getattr(self._greenlet, "exception", None)
        if error is not None:
            raise error


# -- tasks --------------------------------------------------------------------------------


async def _contend(
    tasks: Any, bodies: Sequence[Any], inner: int, seconds: float
) -> tuple[Window, int]:
    """``contend`` of tasks, whatever loop they are of."""
    stopped: list[bool] = []
    stamps: list[list[float]] = [[] for _ in bodies]

    async def stop() -> None:
        await tasks.sleep(seconds)
        end = perf_counter() + PATIENCE
        while not seen(stamps) and perf_counter() < end:
            await tasks.sleep(GLANCE)
        stopped.append(True)

    work = [functools.partial(b, stopped, s.append) for b, s in zip(bodies, stamps)]
    await tasks.together(stop, *work)
    return window_of(stamps, inner), sum(map(len, stamps)) * inner


class AsyncioTasks:
    """Tasks of one event loop of asyncio, which lasts as long as the process."""

    apart = False

    contend = _contend

    def __init__(self, model: str) -> None:
        if model == "uvloop":
            import uvloop

            self.loop: Any = uvloop.new_event_loop()
        else:
            self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)  # before Python 3.10 a lock looks for it when made

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        return self.loop.run_until_complete(_called(function, args))

    @staticmethod
    async def switch() -> None:
        await asyncio.sleep(0)

    @staticmethod
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def together(self, *bodies: Work) -> Stamps:
        starts, ends = [0.0] * len(bodies), [0.0] * len(bodies)

        async def run(number: int) -> None:
            starts[number] = perf_counter()
            await bodies[number]()
            ends[number] = perf_counter()

        tasks = [asyncio.ensure_future(run(number)) for number in range(len(bodies))]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return Stamps(starts, ends)

    @staticmethod
    def start(body: Work) -> Task:
        """Start one that can be cancelled; to be awaited by ``ended()``."""
        return Task(asyncio.ensure_future(body()))


class Task:
    """One task of asyncio."""

    def __init__(self, task: asyncio.Future[Any]) -> None:
        self._task = task

    def cancel(self) -> None:
        self._task.cancel()

    async def ended(self) -> None:
        """Returns when it has ended, cancelled or not; raises what else it raised."""
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()


class TrioTasks:
    """Tasks of trio, of which each run is a new one."""

    apart = False

    contend = _contend

    def __init__(self) -> None:
        import trio

        self.trio = trio
        self.sleep = trio.sleep
        self.switch = trio.lowlevel.checkpoint

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        async def main() -> Any:
            async with self.trio.open_nursery() as self._nursery:
                found = await _called(function, args)
                self._nursery.cancel_scope.cancel()
            return found

        try:
            return self.trio.run(main)
        except BaseException as error:  # a nursery wraps what comes out of it
            raise _innermost(error) from None

    async def together(self, *bodies: Work) -> Stamps:
        starts, ends = [0.0] * len(bodies), [0.0] * len(bodies)

        async def run(number: int) -> None:
            starts[number] = perf_counter()
            await bodies[number]()
            ends[number] = perf_counter()

        async with self.trio.open_nursery() as nursery:
            for number in range(len(bodies)):
                nursery.start_soon(run, number)
        return Stamps(starts, ends)

    def start(self, body: Work) -> TrioTask:
        """Start one that can be cancelled; to be awaited by ``ended()``."""
        task = TrioTask(self.trio)
        self._nursery.start_soon(task.run, body)
        return task


class TrioTask:
    """One task of trio, in a scope of its own."""

    def __init__(self, trio: Any) -> None:
        self._scope = trio.CancelScope()
        self._over = trio.Event()

    async def run(self, body: Work) -> None:
        try:
            with self._scope:
                await body()
        finally:
            self._over.set()

    def cancel(self) -> None:
        self._scope.cancel()

    async def ended(self) -> None:
        """Returns when it has ended, cancelled or not."""
        await self._over.wait()


async def _called(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    found = function(*args)
    return await found if inspect.isawaitable(found) else found


def _innermost(error: BaseException) -> BaseException:
    inside: Sequence[BaseException] = getattr(error, "exceptions", ())
    return _innermost(inside[0]) if inside else error


# -- processes ----------------------------------------------------------------------------


class Processes:
    """Processes that are started for each slice: what they cost to start is in no figure."""

    apart = True

    sleep = staticmethod(time.sleep)
    switch = staticmethod(_give_way)
    run = staticmethod(_called_here)

    def __init__(self, start_method: str = "") -> None:
        import multiprocessing

        self.context: Any = multiprocessing.get_context(start_method or None)

    def together(self, *bodies: Callable[[], Any]) -> Stamps:
        told = self._all(bodies)
        return Stamps([t[0] for t in told], [t[1] for t in told])

    def contend(self, bodies: Sequence[Any], inner: int, seconds: float) -> tuple[Window, int]:
        stopped = Stopped(self.context.RawArray("b", 1))

        def stop() -> None:
            time.sleep(seconds)
            stopped.flag[0] = 1

        told = self._all([functools.partial(_stamped, b, stopped) for b in bodies], stop)
        stamps = [t[2] for t in told]
        return window_of(stamps, inner), sum(map(len, stamps)) * inner

    def _all(
        self, bodies: Sequence[Callable[[], Any]], meanwhile: Callable[[], None] | None = None
    ) -> list[tuple[float, float, Any]]:
        """Start, end and value of each body; what is to be done here runs once all have started."""
        pipes, children = [], []
        try:
            for body in bodies:
                ours, theirs = self.context.Pipe()
                child = self.context.Process(target=_child, args=(body, theirs), daemon=True)
                child.start()
                theirs.close()
                pipes.append(ours)
                children.append(child)
            _heard(pipes)  # each is ready
            for pipe in pipes:
                pipe.send("go")
            if meanwhile is not None:
                threading.Thread(target=meanwhile, daemon=True).start()
            return _heard(pipes)
        finally:
            for child in children:
                if child.is_alive():
                    child.terminate()
                child.join()


def _heard(pipes: Sequence[Any]) -> list[Any]:
    """One message of each child; what went wrong in one is raised at once."""
    from multiprocessing.connection import wait

    told: dict[Any, Any] = {}
    while len(told) < len(pipes):
        ready: list[Any] = wait([p for p in pipes if p not in told])
        for pipe in ready:
            try:
                told[pipe] = pipe.recv()
            except (EOFError, OSError):
                raise IncorrectError("one of its processes died") from None
            if isinstance(told[pipe], str):
                raise IncorrectError(told[pipe])
    return [told[pipe] for pipe in pipes]


def _child(body: Callable[[], Any], pipe: Any) -> None:
    """What a process of a crew does; clocks of processes of one machine agree."""
    pipe.send(None)
    pipe.recv()
    start = perf_counter()
    try:
        value = body()
    except BaseException as error:
        known = isinstance(error, IncorrectError)
        pipe.send(str(error) if known else f"raised {type(error).__name__}: {error}")
    else:
        pipe.send((start, perf_counter(), value))


class Stopped:
    """True in every process once it is to stop."""

    def __init__(self, flag: Any) -> None:
        self.flag = flag

    def __bool__(self) -> bool:
        return bool(self.flag[0])


def _stamped(body: Any, stopped: Stopped) -> list[float]:
    stamps: list[float] = []
    body(stopped, stamps.append)
    return stamps
