"""Actors that are processes, each with its own copy of every primitive.

A scenario's plain functions run here, in a thread for each actor; every operation on a primitive
goes through a pipe to the actor's process, whose main thread does it. That process starts with the
actor's first operation, and inherits every primitive that has been made by then, in the way that
its start method passes them on. So a primitive that is made later is not known to an actor that
has started: whoever makes them round by round makes some in advance (see ``contention.fresh``).

Blocked is what it is for threads, said by the kernel's view of the child's main thread. A child
that is stuck is killed when the scene ends; one that dies ends its operation with :class:`Died`.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from syncproof import child, spec
from syncproof.actors import carriers, kernel
from syncproof.actors.delays import Delays
from syncproof.actors.language import Actor, Call
from syncproof.actors.threads import ThreadHand, Threads
from syncproof.actors.verdicts import Died, ScenarioError, Unable
from syncproof.child import NUMBER, PLAIN, Callback, Kind, Opaque, Raised, Thing
from syncproof.subject import Subject

#: A child that has not begun to serve after so many seconds has failed to start.
STARTS_WITHIN = 60.0
#: How long a child is given to tell where it is.
TELLS_WITHIN = 0.5

#: What each child imports, unless it was forked from a process that had.
IMPORTED = ("ctypes", "faulthandler")

_numbers = itertools.count()


class ProcessProxy(carriers.Proxy):
    """A primitive in the hands of a scenario; the actors' copies of it go by its number."""

    _stage: Processes
    _number: int

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        is_property = isinstance(inspect.getattr_static(type(self._raw), name, None), property)
        if is_property or not callable(getattr(self._raw, name)):
            return Remote(self, f".{name}")()
        return Remote(self, name)


class Remote(carriers.Operation):
    """A method of a primitive, done in the process of the actor that calls it."""

    thing: ProcessProxy

    def __init__(self, thing: ProcessProxy, name: str) -> None:
        super().__init__(thing._stage, lambda: None, name, thing)

    def spelt(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments by the names that this family gives them, unless it is the method's own."""
        names = self.thing._stage.arguments
        if not names or not set(names) & set(kwargs):
            return dict(kwargs)
        try:
            own = set(inspect.signature(getattr(self.thing._raw, self.__name__)).parameters)
        except (TypeError, ValueError):  # a builtin that does not tell
            own = set()
        return {k if k in own else names.get(k, k): v for k, v in kwargs.items()}


class Making(carriers.Factory):
    """What makes a primitive: here, for every actor that has not started yet."""

    stage: Processes

    def begin(self, args: Any, kwargs: Any) -> Any:
        given = {name: self.stage.inherited(value) for name, value in kwargs.items()}
        return self.target(*[self.stage.inherited(a) for a in args], **given)

    def end(self, value: Any) -> Any:
        return self.stage.present(value)


class ProcessHand(ThreadHand):
    """An actor: a thread that runs what the scenario says, and a process for the operations."""

    driver: Processes

    def __init__(self, driver: Processes, name: str) -> None:
        self.body: Body | None = None
        super().__init__(driver, name)
        self.ident = 0  # where the thread is tells nobody anything

    def send(self, call: Call) -> None:
        operation = call.function
        if self.body is None and not isinstance(operation, Making):
            try:
                self.body = Body(self.driver, self.name)
            except Exception as error:  # what the implementation makes cannot be passed on
                call.entered = call.done = True
                call.error = error
                return
        super().send(call)

    def ask(self, operation: carriers.Operation | None, args: Any, kwargs: Any) -> Any:
        """Have an operation done; called in the actor's thread."""
        if operation is None:
            return time.sleep(0)
        if not isinstance(operation, Remote):
            return operation.end(operation.begin(args, kwargs))
        return self.in_a_row([(operation, args, kwargs)])

    def in_a_row(self, steps: Sequence[Any]) -> Any:
        """Have operations done, one right after the other; what the last one returns."""
        assert self.body is not None
        for operation, args, kwargs in steps:
            self.driver.refuse_late(self.body, operation, args, kwargs)
        return self.body.do(steps)

    def look(self) -> kernel.Glance | None:
        mine = super().look()
        theirs = self.body.look() if self.body is not None else None
        if mine is None or self.body is None or theirs is None:
            return mine and mine._replace(waits_untimed=False)
        return mine.beside(theirs, self.body.is_inside and theirs.waits_untimed)

    def kill(self) -> None:
        """End the process, whatever it does."""
        if self.body is None:  # it has done nothing: it starts, to be killed
            self.body = Body(self.driver, self.name)
        self.body.kill()

    def stack(self) -> str:
        if self.body is None:
            return "  (not started)"
        return self.body.stack()

    def _took(self, call: Call) -> tuple[float, float] | None:
        return self.body.took if self.body and isinstance(call.function, Remote) else None

    def _work(self, hello: SimpleQueue[tuple[int, int]]) -> None:
        carriers.become(self)
        super()._work(hello)


class Body:
    """The process of one actor, as its thread here sees it."""

    def __init__(self, driver: Processes, name: str) -> None:
        self.driver = driver
        #: Every primitive that this process knows has a smaller number.
        self.knows = driver.made
        #: In an operation, and not in a function of the scenario that it has called.
        self.is_inside = False
        #: When its last operation began and ended, by its own clock readings.
        self.ending = threading.Lock()
        self.took: tuple[float, float] | None = None
        self.view: kernel.View | None = None
        context: Any = driver.context
        self.pipe, theirs = context.Pipe()
        self.stacks, stacks = context.Pipe(duplex=False)
        self.process = context.Process(
            target=child.main, args=(theirs, stacks, driver.things), name=name, daemon=True
        )
        try:
            with warnings.catch_warnings():
                # a child that is forked does nothing but what it is told: no lock of ours matters
                warnings.simplefilter("ignore", DeprecationWarning)
                self.process.start()
        finally:
            theirs.close()
            stacks.close()
        driver.bodies.append(self)
        if not self.pipe.poll(STARTS_WITHIN) or not self._receive_hello():
            raise self._died("could not start")
        if driver.kernel:
            with suppress(OSError):
                self.view = kernel.View(self.process.pid, self.process.pid)

    def do(self, steps: Sequence[tuple[Remote, Any, Any]]) -> Any:
        """Have operations done, and call what they call back; the last value, or an exception."""
        driver = self.driver
        self._send(("do", [driver.step(*step) for step in steps]))
        while True:
            self.is_inside = True
            try:
                kind, *rest = self._receive()
            finally:
                self.is_inside = False
            if kind == "call":
                self._send(("answer", self._called_back(*rest)))
                continue
            answer, began, ended = rest
            self.took = (began, ended)
            if isinstance(answer, Raised):
                raise driver.original(answer)
            return driver.received(answer)

    def look(self) -> kernel.Glance | None:
        if self.view is None:
            return None
        try:
            return self.view.glance()
        except (OSError, ValueError):  # it is gone
            return None

    def kill(self) -> None:
        self.process.kill()
        self._exit_code()

    def close(self) -> None:
        self.kill()
        if self.view is not None:
            self.view.close()
        self.stacks.close()

    def stack(self) -> str:
        """Where the threads of the child are; it writes that when it gets a signal."""
        if not hasattr(signal, "SIGUSR2") or not self.process.is_alive():
            return "  (gone)"
        os.kill(self.process.pid, signal.SIGUSR2)
        told = b""
        wait = TELLS_WITHIN
        while self.stacks.poll(wait):
            told += os.read(self.stacks.fileno(), 65536)
            wait = TELLS_WITHIN / 10
        lines = told.decode(errors="replace").splitlines()
        engine = [number for number, line in enumerate(lines) if child.__file__ in line]
        lines = lines[: engine[0]] if engine else lines
        return "\n".join(lines if len(lines) > 1 else [*lines, "  (in C code)"])

    def _receive_hello(self) -> bool:
        with suppress(EOFError, OSError):
            return bool(self.pipe.recv_bytes())
        return False

    def _called_back(self, number: int, args: Any, kwargs: Any) -> Any:
        try:
            value = child.functions[number](*args, **kwargs)
            return self.driver.handed(value)
        except BaseException as error:
            return Raised(error, self.driver.keep(error))

    def _send(self, message: Any) -> None:
        try:
            self.pipe.send_bytes(pickle.dumps(message))
        except OSError:
            raise self._died() from None

    def _receive(self) -> Any:
        try:
            return pickle.loads(self.pipe.recv_bytes())
        except (EOFError, OSError):
            raise self._died() from None

    def _died(self, what: str = "is gone") -> Died:
        code = self._exit_code()
        if code is None:
            return Died(f"its process {what}")
        if code < 0:
            with suppress(ValueError):
                return Died(f"its process {what}: killed by {signal.Signals(-code).name}")
        return Died(f"its process {what}: it ended with exit code {code}")

    def _exit_code(self) -> int | None:
        with self.ending:  # two may wait for a child, and one is told how it ended
            self.process.join(1.0)
            code: int | None = self.process.exitcode
            return code


class Processes(Threads):
    """The driver of the process model."""

    #: So many primitives are made in advance where a scenario wants one after the other.
    ahead = 40

    def __init__(
        self, delays: Delays, use_kernel: bool = True, start_method: str = ""
    ) -> None:
        super().__init__(delays, use_kernel)
        self.context: Any = None
        self.start_by(start_method)
        #: How arguments are called here that are called otherwise in a scenario.
        self.arguments: Mapping[str, str] = {}
        self.things: dict[int, Any] = {}
        self.proxies: dict[int, ProcessProxy] = {}
        self.made = 0
        self.bodies: list[Body] = []
        self.kept: dict[int, Any] = {}
        self.own_functions: list[int] = []

    def start_by(self, method: str) -> None:
        """Start actors by this method; fork where none is said and it can be had."""
        known = multiprocessing.get_all_start_methods()
        method = method or ("fork" if "fork" in known else known[0])
        if method not in known:
            raise ScenarioError(f"processes cannot be started by {method} here")
        self.context = multiprocessing.get_context(method)
        for name in IMPORTED if method == "fork" else ():
            with suppress(ImportError):
                importlib.import_module(name)
        if method == "forkserver":
            self.context.set_forkserver_preload([child.__name__, *IMPORTED])

    def hire(self, name: str) -> ProcessHand:
        hand = ProcessHand(self, name)
        self.hands.append(hand)
        return hand

    def cancel(self, actor: Actor, message: str) -> None:
        raise ScenarioError("nobody can cancel a process: it can be killed")

    @property
    def cancelled(self) -> type[BaseException]:
        raise ScenarioError("nobody can cancel a process: it can be killed")

    def hire_main(self) -> Any:
        raise ScenarioError("the main thread is no actor where actors are processes")

    def offers(self, subject: Subject) -> Subject:
        """The implementation, so that what it makes is used in the actors' processes."""
        implementation = subject.implementation
        if implementation.start_method:
            self.start_by(implementation.start_method)
        self.arguments = spec.load(implementation.family).family.get("arguments", {})
        return subject.presented(lambda factory, name: Making(self, factory, name))

    def close(self) -> None:
        for body in self.bodies:
            body.close()
        super().close()
        for number in self.own_functions:
            child.functions.pop(number, None)

    # -- where operations are done ----------------------------------------------------------

    def is_inside(self) -> bool:
        return False

    def do(self, operation: carriers.Operation, args: Any, kwargs: Any) -> Any:
        """For the scenario itself, which is no actor: on the primitive as it was made."""
        if not isinstance(operation, Remote):
            return operation.end(operation.begin(args, kwargs))
        given = [self.inherited(a) for a in args]
        raw = operation.thing._raw
        value = child.perform(raw, operation.__name__, given, operation.spelt(kwargs))
        return operation.end(value)

    async def breathe(self) -> None:
        """Everybody runs anyhow."""

    def refuse_late(self, body: Body, operation: Any, args: Any, kwargs: Any) -> None:
        """An actor that has started does not know what was made later."""
        for used in (getattr(operation, "thing", None), *args, *kwargs.values()):
            if isinstance(used, ProcessProxy) and used._number >= body.knows:
                raise Unable(
                    f"the process of an actor has started before {type(used).__name__} was made,"
                    " and primitives are passed on when a process starts"
                )

    def present(self, raw: Any) -> ProcessProxy:
        """A primitive as a scenario sees it."""
        number = self.made
        self.made += 1
        proxy: ProcessProxy = carriers.present(self, raw, ProcessProxy, _special)
        proxy._number = number
        self.things[number], self.proxies[number] = raw, proxy
        return proxy

    # -- what goes to the children and comes back -------------------------------------------

    def inherited(self, value: Any) -> Any:
        """An argument of a primitive that is made here, and passed on with it."""
        if isinstance(value, ProcessProxy):
            return value._raw
        if callable(value) and not isinstance(value, type):
            return self._callback(value)
        return value

    def step(self, operation: Remote, args: Any, kwargs: Any) -> Any:
        """An operation as it goes through the pipe."""
        named = {k: self.sent(v) for k, v in operation.spelt(kwargs).items()}
        number = operation.thing._number
        return number, operation.__name__, [self.sent(a) for a in args], named

    def sent(self, value: Any) -> Any:
        """An argument as it goes through the pipe."""
        if isinstance(value, ProcessProxy):
            return Thing(value._number)
        if isinstance(value, BaseException):
            return Raised(value, self.keep(value))
        if isinstance(value, type) and issubclass(value, BaseException):
            return Kind(value)
        if callable(value) and not isinstance(value, type):
            return self._callback(value)
        try:
            pickle.dumps(value)
        except Exception:
            return None  # a traceback, say
        return value

    def handed(self, value: Any) -> Any:
        """What a function of the scenario has returned, as the child gets it."""
        if type(value) in PLAIN:
            return value
        return Opaque(self.keep(value), bool(value), repr(value))

    def received(self, value: Any) -> Any:
        """What an operation has returned: the primitive's proxy, or the scenario's own object."""
        if isinstance(value, Thing):
            return self.proxies[value.number]
        if isinstance(value, Opaque) and value.number in self.kept:
            return self.kept[value.number]
        return value

    def original(self, raised: Raised) -> BaseException:
        """The scenario's own exception, if it comes back, or that of the implementation."""
        if raised.number in self.kept:
            error: BaseException = self.kept[raised.number]
            return error
        error = raised.rebuild()
        error.__cause__ = None
        with suppress(Exception):
            error.add_note(f"in the process of the actor:\n{raised.trace}")  # type: ignore[attr-defined, unused-ignore]
        return error

    def keep(self, value: Any) -> int:
        """The number by which a value is known when it comes back."""
        number = getattr(value, NUMBER, None)
        if not isinstance(number, int):
            number = next(_numbers)
        self.kept[number] = value
        return number

    def _callback(self, function: Callable[..., Any]) -> Callback:
        number = next(_numbers)
        child.functions[number] = function
        self.own_functions.append(number)
        return Callback(number, getattr(function, "__name__", "function"))

    # -- waiting for quiet ------------------------------------------------------------------

    def _helpers_are_quiet(self) -> bool:
        """Whether no thread that an implementation has started in a child can wake an actor."""
        for body in self.bodies:
            pid = body.process.pid
            with suppress(OSError):  # it is gone
                if pid is not None and not kernel.others_are_quiet({pid}, {}, pid):
                    return False
        return True

    def _idle_hands_are_quiet(self, busy: Any) -> bool:
        """An actor whose operation is over has nothing more to do in its process."""
        return True


def _special(name: str) -> Callable[..., Any]:
    def method(self: ProcessProxy, *args: Any) -> Any:
        return Remote(self, name)(*args)

    return method
