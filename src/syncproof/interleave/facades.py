"""What an implementation under control is given in place of ``_thread`` and ``time``.

Its base locks, its clock, its sleeps and its thread idents belong to a :class:`World`. While a run
is going on they ask the run, which decides who goes on; at other times (when a module is imported
or an object is made) there is one thread only, and nothing ever waits.
"""

from __future__ import annotations

import _thread
import sys
import time
import weakref
from types import ModuleType
from typing import Any, ClassVar, NoReturn, Protocol

#: What the clock shows when a run begins. Not 0: no real clock is false.
START = 1000.0
#: How far one reading moves the clock, so that a loop that only watches it ends.
TICK = 1e-5
#: What a calendar clock shows at START.
EPOCH = 1_700_000_000.0
#: A timeout of more seconds than this stands for none, and never fires.
FOREVER = 1e6


class NotControllable(Exception):
    """What cannot run under a controlled schedule, with the plain reason."""


class Controller(Protocol):
    """What a run in progress offers to the facades."""

    #: The run has failed and is being unwound: locks are inert.
    failed: bool
    #: Only operations of locks are points.
    only_locks: bool

    @property
    def ident(self) -> int: ...
    def before_lock(self) -> None: ...
    def wait_for(self, lock: Lock, limit: float | None) -> bool: ...
    def wake(self, lock: Lock) -> None: ...
    def sleep(self, seconds: float) -> None: ...
    def refuse(self, reason: str) -> NoReturn: ...


class World:
    """The clock, the locks and the run in progress of one implementation under control."""

    def __init__(self) -> None:
        self.run: Controller | None = None
        self.now = START
        #: A thread-local object was made: threads that have run once are not as good as new.
        self.has_locals = False
        #: Locks that were made when modules were imported; they outlive the runs.
        self.lasting: list[weakref.ref[Lock]] = []
        self.importing = True
        #: Why something was refused while there was no run.
        self.refused = ""
        #: Why there can be no run any more: threads of an earlier one are stuck.
        self.unusable = ""
        #: A scheduler is at work.
        self.scheduled = False
        #: Whom the thread pretends to be while there is no run.
        self.guise = 0

    def ident(self) -> int:
        return self.guise or _thread.get_ident() if self.run is None else self.run.ident

    def refuse(self, reason: str) -> NoReturn:
        """Something that cannot be controlled was asked for."""
        if self.run is not None:
            self.run.refuse(reason)
        self.refused = reason
        raise NotControllable(reason)

    def reset(self) -> None:
        """As before any run: the clock, and the locks that outlive a run."""
        self.now = START
        for ref in self.lasting:
            lock = ref()
            if lock is not None:
                lock._at_fork_reinit()

    # -- time -----------------------------------------------------------------------------

    def monotonic(self) -> float:
        self.now += TICK
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if self.run is None:
            self.now += seconds
        else:
            self.run.sleep(seconds)


def limit_of(blocking: Any, timeout: Any) -> float | None:
    """How long to wait, in seconds: 0 for not at all, None for ever. Checked as C locks do."""
    if timeout is None:
        raise TypeError("'NoneType' object cannot be interpreted as an integer")
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0.0
    if timeout == -1:
        return None
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > _thread.TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return None if timeout > FOREVER else float(timeout)


class Lock:
    """The controlled stand-in of the base lock; a world has its own subclass."""

    __slots__ = ("__weakref__", "held", "waiters")
    world: ClassVar[World]

    def __init__(self) -> None:
        self.held = False
        #: The actors that wait for it, whoever they are to the run.
        self.waiters: list[Any] = []
        if self.world.importing:
            self.world.lasting.append(weakref.ref(self))

    def acquire(self, blocking: Any = True, timeout: Any = -1) -> bool:
        limit = None if blocking is True and timeout == -1 else limit_of(blocking, timeout)
        run = self.world.run
        if run is not None:
            run.before_lock()
        if not self.held:
            self.held = True
            return True
        if limit == 0:
            return False
        if run is None:
            self.world.refuse("it waits for a lock before any actor has begun")
        return run.wait_for(self, limit)

    def release(self) -> None:
        run = self.world.run
        if run is None or run.failed:
            if not self.held and run is None:
                raise RuntimeError("release unlocked lock")
            self.held = False
            return
        if not run.only_locks:
            run.before_lock()
        if not self.held:
            raise RuntimeError("release unlocked lock")
        self.held = False
        if self.waiters:
            run.wake(self)  # all of them, and any may win: the base lock is not fair
        if run.only_locks:
            run.before_lock()

    def locked(self) -> bool:
        run = self.world.run
        if run is not None and not run.failed:
            run.before_lock()
        return self.held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self.held = False
        self.waiters = []

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked


_missing: Any = property()


class RLock(Lock):
    """The controlled stand-in of the re-entrant lock in C."""

    __slots__ = ("count", "owner")

    def __init__(self) -> None:
        super().__init__()
        self.owner = 0
        self.count = 0

    def acquire(self, blocking: Any = True, timeout: Any = -1) -> bool:
        me = self.world.ident()
        if self.owner == me:
            limit_of(blocking, timeout)
            self.count += 1
            return True
        if not Lock.acquire(self, blocking, timeout):
            return False
        self.owner, self.count = me, 1
        return True

    def release(self) -> None:
        run = self.world.run
        if self.owner != self.world.ident():
            if run is not None and run.failed:
                return
            raise RuntimeError("cannot release un-acquired lock")
        self.count -= 1
        if not self.count:
            self.owner = 0
            Lock.release(self)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    # what a condition needs

    def _is_owned(self) -> bool:
        return self.owner == self.world.ident()

    def _recursion_count(self) -> int:
        return self.count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, int]:
        if not self.count:
            raise RuntimeError("cannot release un-acquired lock")
        saved = self.count, self.owner
        self.count, self.owner = 0, 0
        Lock.release(self)
        return saved

    def _acquire_restore(self, saved: tuple[int, int]) -> None:
        Lock.acquire(self)
        self.count, self.owner = saved

    def _at_fork_reinit(self) -> None:
        Lock._at_fork_reinit(self)
        self.owner = self.count = 0

    #: What a C RLock has not.
    acquire_lock = release_lock = locked_lock = _missing
    if sys.version_info < (3, 14):
        locked = _missing


def facades(world: World) -> dict[str, ModuleType]:
    """The stand-ins for ``_thread`` and ``time``, by module name."""
    return {"_thread": _thread_facade(world), "time": _time_facade(world)}


def _thread_facade(world: World) -> ModuleType:
    lock = type("lock", (Lock,), {"__slots__": (), "world": world, "__module__": "_thread"})
    rlock = type("RLock", (RLock,), {"__slots__": (), "world": world, "__module__": "_thread"})

    class Local(_thread._local):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            world.has_locals = True
            return super().__new__(cls, *args, **kwargs)

    def starts(*args: Any, **kwargs: Any) -> NoReturn:
        world.refuse("it starts threads of its own")

    def sentinel() -> Lock:
        made: Lock = lock()
        return made

    return _altered(
        _thread,
        allocate_lock=lock,
        allocate=lock,
        LockType=lock,
        lock=lock,
        RLock=rlock,
        get_ident=world.ident,
        get_native_id=world.ident,
        start_new_thread=starts,
        start_new=starts,
        start_joinable_thread=starts,
        _set_sentinel=sentinel,  # the real one belongs to the thread that calls
        _local=Local,
    )


def _time_facade(world: World) -> ModuleType:
    def clock(offset: float) -> Any:
        return lambda: offset + world.monotonic()

    def nanoseconds(offset: float) -> Any:
        return lambda: int((offset + world.monotonic()) * 1e9)

    elapsed = ("monotonic", "perf_counter", "process_time", "thread_time")
    return _altered(
        time,
        sleep=world.sleep,
        time=clock(EPOCH - START),
        time_ns=nanoseconds(EPOCH - START),
        **dict.fromkeys(elapsed, world.monotonic),
        **{f"{name}_ns": nanoseconds(0.0) for name in elapsed},
    )


def _altered(module: ModuleType, **other: Any) -> ModuleType:
    """A second module of the same contents, but for the names given (where the module has them)."""
    facade = ModuleType(module.__name__, module.__doc__)
    contents = vars(module)
    facade.__dict__.update(contents)
    facade.__dict__.update({name: value for name, value in other.items() if name in contents})
    return facade
