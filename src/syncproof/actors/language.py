"""The language of scenarios.

A scenario has actors. It never sees what they are (threads, processes, tasks, greenlets): a driver
starts them, hands them operations, and tells when one is blocked. What reads like a sentence is
checked at once and raises :class:`Violation` or :class:`Stuck` where it does not hold::

    holder, *waiters = actors(4)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    entered = one_of(waiters).completes()
    rest_of(waiters, entered).remain_blocked()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol, runtime_checkable

from syncproof.actors.delays import Delays
from syncproof.actors.verdicts import Died, ScenarioError, Stuck, Unable, Violation
from syncproof.subject import Subject


@dataclass
class Call:
    """One operation of an actor; the driver fills in what became of it."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    entered: bool = False
    done: bool = False
    value: Any = None
    error: BaseException | None = None
    #: Seconds on the driver's clock, taken by the actor itself right around the call.
    began: float = 0.0
    ended: float = 0.0

    #: Its end is in the story.
    told: bool = False
    #: What it is called in a story; the scene knows the names of the things in it.
    text: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def result(self) -> str:
        """What came of it, for people."""
        if not self.done:
            return "has not finished"
        if self.error is not None:
            return f"raised {_short(self.error)}"
        return f"returned {_short(self.value)}"

    @property
    def duration(self) -> str:
        """How long it took, where it was given a time to take; else nothing."""
        timeout = self.kwargs.get("timeout")
        timed = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
        timed = timed or any(isinstance(a, float) for a in self.args)
        return f" after {self.ended - self.began:.2f} s" if timed and self.ended else ""


class Hand(Protocol):
    """What performs an actor's operations: a thread, a task, ..."""

    def send(self, call: Call) -> None:
        """Start the operation; return at once."""

    def stack(self) -> str:
        """Where it is now, for people."""


@runtime_checkable
class Mortal(Protocol):
    """A hand that can be killed: a process."""

    def kill(self) -> None:
        """End it, whatever it does."""


class Driver(Protocol):
    """What a model of execution must be able to do for scenarios."""

    #: What has not happened when the actors are quiet will not happen by itself.
    exact: bool

    def hire(self, name: str) -> Hand:
        """Start an actor."""

    def cancel(self, actor: Actor, message: str) -> None:
        """Cancel what an actor is doing, as users of this model would; else ScenarioError."""

    @property
    def cancelled(self) -> type[BaseException]:
        """What an operation that was cancelled raises."""

    def hire_main(self) -> Hand:
        """The main thread as an actor, for what signals do to it; else ScenarioError."""

    def wait(self, ready: Callable[[], bool], busy: Sequence[Actor], seconds: float) -> bool:
        """Wait until ready() or for that long of the busy actors' own time; whether ready()."""

    def elapse(self, seconds: float) -> None:
        """So much time has passed for the scenario: it passes for the actors as well."""

    def nudge(self) -> None:
        """Whoever waits looks again; may be called by a signal handler."""

    def quiesce(self, busy: Sequence[Actor]) -> None:
        """Return when every one of the busy actors has finished or is blocked."""

    def offers(self, subject: Subject) -> Subject:
        """The implementation under test, as these actors can use it."""

    def close(self) -> None:
        """Let the actors go; those that are stuck are abandoned."""


class Actor:
    """One actor: it does one operation at a time."""

    def __init__(self, scene: Scene, name: str, hand: Hand) -> None:
        self.scene = scene
        self.name = name
        self.hand = hand
        self.call = Call(function=lambda: None, done=True, told=True)

    def __repr__(self) -> str:
        return self.name

    # -- starting an operation --------------------------------------------------------------

    def begins(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Actor:
        """Start an operation and do not wait for it."""
        if self.busy:
            raise ScenarioError(f"{self.name} is still in {self.call}")
        text = self.scene.names.call(operation, args, kwargs)
        self.call = Call(operation, args, kwargs, text=text)
        self.scene.tell(self, f"begins {self.call}")
        self.hand.send(self.call)
        return self

    def does(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do an operation that must finish without an exception; its value."""
        return self.begins(operation, *args, **kwargs).completes()

    def reads(self, thing: Any, attribute: str) -> Any:
        """The value of an attribute, read by this actor."""
        return self.does(Attribute(thing, attribute))

    def enters(self, thing: Any) -> Any:
        """Enter a ``with`` block on thing and stay in it; what ``as`` would bind."""
        return self.does(Entry(thing))

    def begins_to_enter(self, thing: Any) -> Actor:
        """Start to enter a ``with`` block on thing, and do not wait for it."""
        return self.begins(Entry(thing))

    def leaves(self, thing: Any, error: BaseException | None = None) -> Any:
        """Leave that block, by an exception if one is given; whether it would be swallowed."""
        return self.does(Exit(thing), *((type(error), error, None) if error else (None,) * 3))

    def is_cancelled(self, message: str = "") -> Actor:
        """Cancel the operation, with a message where that can be given; nobody runs yet."""
        self.scene.tell(self, f"is cancelled in {self.call}")
        self.scene.driver.cancel(self, message)
        return self

    def is_killed(self) -> Actor:
        """Kill the actor's process, in whatever it does; what it was in ends by Died."""
        if not isinstance(self.hand, Mortal):
            raise ScenarioError("only actors that are processes can be killed")
        self.scene.tell(self, f"is killed in {self.call}" if self.busy else "is killed")
        self.hand.kill()
        if self.busy:
            self.raises(Died)
        return self

    # -- what must become of it -------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether its operation has not finished."""
        return not self.call.done

    def completes(self) -> Any:
        """The operation finishes, without an exception; its value."""
        self.ends()
        if self.call.error is not None:
            raise self.scene.violation(f"{self.name}: {self.call} {self.call.result}") from (
                self.call.error
            )
        return self.call.value

    def ends(self) -> Call:
        """The operation finishes, in whatever way; the call."""
        self.scene.finish([self], 1)
        self.scene.tell_end(self)
        if isinstance(self.call.error, (Unable, Stuck)):
            raise self.call.error
        return self.call

    def returns(self, expected: Any) -> Actor:
        """The operation finishes and returns this: True, False and None themselves."""
        value = self.completes()
        exact = expected is None or isinstance(expected, bool)
        if value is not expected if exact else value != expected:
            raise self.scene.violation(
                f"{self.name}: {self.call} returned {_short(value)}, expected {_short(expected)}"
            )
        return self

    def raises(self, expected: type[BaseException] | tuple[type[BaseException], ...]) -> Any:
        """The operation finishes by raising this exception, or a subclass; the exception."""
        call = self.ends()
        if not isinstance(call.error, expected):
            wanted = expected if isinstance(expected, tuple) else (expected,)
            names = " or ".join("an exception" if e is Exception else e.__name__ for e in wanted)
            if call.error is not None and type(call.error).__name__ in names.split(" or "):
                names = f"that of another class: {' or '.join(map(_qualified, wanted))}"
                names += f", not {_qualified(type(call.error))}"
            raise self.scene.violation(
                f"{self.name}: {call} {call.result}, expected {names}"
            ) from call.error
        return call.error

    def ends_cancelled(self) -> Any:
        """The operation finishes by the exception of a cancelled task; the exception."""
        return self.raises(self.scene.driver.cancelled)

    def blocks(self) -> Actor:
        """The operation does not finish as things are: the actor is blocked in it."""
        self.scene.quiesce()
        if not self.busy:
            raise self.scene.violation(
                f"{self.name}: {self.call} {self.call.result} instead of blocking"
            ) from self.call.error
        self.scene.tell(self, f"is blocked in {self.call}")
        return self

    remains_blocked = blocks

    def took_at_least(self, seconds: float) -> Actor:
        """The operation has finished, and not sooner than this (its timeout)."""
        if self.busy:
            raise ScenarioError(f"{self.name} has not finished {self.call}")
        elapsed = self.call.ended - self.call.began
        if elapsed < seconds - self.scene.delays.early:
            raise self.scene.violation(
                f"{self.name}: {self.call} {self.call.result} after {elapsed * 1e3:.1f} ms,"
                f" before its timeout of {seconds * 1e3:.1f} ms"
            )
        return self


class Group(list[Actor]):
    """Several actors, and how many of them a sentence is about."""

    def __init__(
        self, actors: Iterable[Actor], count: int | None = None, or_more: bool = False
    ) -> None:
        super().__init__(actors)
        self.wanted = len(self) if count is None else count
        self.or_more = or_more

    @property
    def scene(self) -> Scene:
        if not self:
            raise ScenarioError("a sentence about no actor")
        return self[0].scene

    def begin(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Group:
        """Each starts the operation."""
        for actor in self:
            actor.begins(operation, *args, **kwargs)
        return self

    def finish(self) -> Group:
        """As many as the sentence says finish, in whatever way; which."""
        self.scene.finish(self, self.wanted)
        if self.wanted < len(self):
            self.scene.quiesce()
        finished = [a for a in self if not a.busy]
        for actor in finished:
            self.scene.tell_end(actor)
        if len(finished) != self.wanted and not (self.or_more and len(finished) > self.wanted):
            raise self.scene.violation(
                f"{_names(finished)} finished {self[0].call}: {len(finished)} of {_names(self)},"
                f" expected {self.wanted}"
            )
        return Group(finished)

    def complete(self) -> Group:
        """As many as the sentence says finish, without an exception; which."""
        finished = self.finish()
        for actor in finished:
            actor.completes()
        return finished

    def completes(self) -> Actor:
        """Exactly one of them finishes, without an exception; which."""
        if self.wanted != 1:
            raise ScenarioError("completes() is about one_of(...)")
        return self.complete()[0]

    def return_(self, expected: Any) -> Group:
        """As many as the sentence says finish and return this; which."""
        finished = self.finish()
        for actor in finished:
            actor.returns(expected)
        return finished

    def raise_(self, expected: type[BaseException]) -> Group:
        """As many as the sentence says finish by raising this; which."""
        finished = self.finish()
        for actor in finished:
            actor.raises(expected)
        return finished

    def block(self) -> Group:
        """Every one of them is blocked in its operation."""
        if self:
            self.scene.quiesce()
        for actor in self:
            if not actor.busy:
                raise self.scene.violation(
                    f"{actor.name}: {actor.call} {actor.call.result} instead of blocking"
                ) from actor.call.error
            self.scene.tell(actor, f"is blocked in {actor.call}")
        return self

    remain_blocked = block


def one_of(actors: Iterable[Actor]) -> Group:
    """Exactly one of them ..."""
    return Group(actors, 1)


def some_of(count: int, actors: Iterable[Actor]) -> Group:
    """Exactly that many of them ..."""
    return Group(actors, count)


def at_least(count: int, actors: Iterable[Actor]) -> Group:
    """That many of them, or more, ..."""
    return Group(actors, count, or_more=True)


def all_of(actors: Iterable[Actor]) -> Group:
    """Every one of them ..."""
    return Group(actors)


def rest_of(actors: Iterable[Actor], *gone: Actor | Iterable[Actor]) -> Group:
    """Those of them that are not named."""
    left_out: list[Actor] = []
    for item in gone:
        left_out.extend([item] if isinstance(item, Actor) else item)
    return Group(a for a in actors if a not in left_out)


class Scene:
    """One scenario's actors, on one driver, and what they have done so far."""

    def __init__(self, driver: Driver, delays: Delays) -> None:
        self.driver = driver
        self.delays = delays
        self.cast: list[Actor] = []
        self.names = Names()
        #: What happened, in order: (actor, sentence).
        self.trace: list[tuple[str, str]] = []

    def actors(self, count: int) -> list[Actor]:
        """That many new actors, called a, b, c, ..."""
        new = []
        for _ in range(count):
            name = _letters(len(self.cast))
            new.append(Actor(self, name, self.driver.hire(name)))
            self.cast.append(new[-1])
        return new

    @property
    def busy(self) -> list[Actor]:
        return [a for a in self.cast if a.busy]

    def tell(self, actor: Actor, sentence: str) -> None:
        """Note what happened; the same thing twice in a row is told once."""
        if (actor.name, sentence) not in self.trace[-1:]:
            self.trace.append((actor.name, sentence))

    def tell_end(self, actor: Actor) -> None:
        """Note how an actor's operation ended, once."""
        if not actor.call.told:
            actor.call.told = True
            self.tell(actor, f"{actor.call} {actor.call.result}{actor.call.duration}")

    def tell_ends(self) -> None:
        """Note what else has ended: nobody asked, and it may be the reason."""
        for actor in self.cast:
            if not actor.busy:
                self.tell_end(actor)

    def violation(self, text: str) -> Violation:
        """The exception to raise for what the implementation did wrong."""
        for actor in self.cast:
            if isinstance(actor.call.error, (Unable, Stuck)):
                raise actor.call.error
        self.tell_ends()
        self.trace.append(("", text))
        return Violation(text)

    def quiesce(self) -> None:
        """Return when every busy actor has finished or is blocked."""
        if self.busy:
            self.driver.quiesce(self.busy)

    def finish(self, actors: Sequence[Actor], count: int) -> None:
        """Wait until that many of the actors have finished; Stuck where they do not."""

        def ready() -> bool:
            return sum(not a.busy for a in actors) >= count

        patience = self.delays.deadline
        if ready() or self.driver.wait(ready, self.busy, patience):
            return
        left = [a for a in actors if a.busy]
        if len(actors) == 1:
            summary = f"{left[0].name} did not finish {left[0].call}"
        else:
            summary = (
                f"{len(actors) - len(left)} of {_names(actors)} finished {left[0].call}, expected"
                f" {count}; still in it: {_names(left)}"
            )
        others = [f"{a.name} in {a.call}" for a in self.busy if a not in actors]
        if others:
            summary += f" (also busy: {', '.join(others)})"
        summary += f"; waited {patience:.1f} s"
        self.tell_ends()
        self.trace.append(("", summary))
        stacks = "\n".join(f"{a.name} in {a.call}:\n{a.hand.stack()}" for a in self.busy)
        raise Stuck(f"{summary}\n{stacks}")

    def passes(self, seconds: float, watching: Sequence[Actor] = ()) -> None:
        """Let so much time pass, in the busy actors' own time, or until those watched are idle."""
        watched = list(watching) or self.busy
        self.driver.wait(lambda: not any(a.busy for a in watched), self.busy, seconds)

    def until(
        self, enough: Callable[[], bool], nudge: Callable[[], Any], seconds: float
    ) -> bool:
        """Call nudge() again and again, until enough() or for so long; whether enough()."""
        clock = _clock()
        end = clock() + seconds
        while not enough():
            began = clock()
            if began > end:
                return False
            nudge()
            self.driver.elapse(clock() - began)
        return True

    def close(self) -> None:
        """Let the actors go."""
        self.driver.close()


class Names:
    """What the things of a scene are called: by their class, and numbered from the second on."""

    def __init__(self) -> None:
        self.things: list[Any] = []

    def call(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> str:
        """A call as a reader would write it: ``Condition.wait(0.5)``, ``Lock 2.acquire()``."""
        if isinstance(function, Attribute):
            return self.function(function)
        given = [self.value(a) for a in args]
        given += [f"{k}={self.value(v)}" for k, v in kwargs.items()]
        return f"{self.function(function)}({', '.join(given)})"

    def function(self, function: Callable[..., Any]) -> str:
        """Its name, after that of the thing whose method it is."""
        name = str(getattr(function, "__name__", None) or type(function).__name__)
        thing = getattr(function, "thing", None)
        if thing is None:
            thing = getattr(function, "__self__", None)
        if thing is None or isinstance(thing, (ModuleType, type)):
            return name
        return f"{self.thing(thing)}.{name}"

    def value(self, value: Any) -> str:
        """A thing of the scene by its name, a method or function by its own, others by repr."""
        if any(value is thing for thing in self.things):
            return self.thing(value)
        if isinstance(value, (FunctionType, MethodType, BuiltinFunctionType)):
            return self.function(value)
        if getattr(type(value), "is_operation", False):
            return self.function(value)
        return _short(value)

    def thing(self, thing: Any) -> str:
        if not any(thing is other for other in self.things):
            self.things.append(thing)
        kind = type(thing).__name__
        alike = [other for other in self.things if type(other).__name__ == kind]
        number = next(n for n, other in enumerate(alike, 1) if other is thing)
        return kind if number == 1 else f"{kind} {number}"


class Attribute:
    """Reading an attribute, as an operation."""

    def __init__(self, thing: Any, attribute: str) -> None:
        self.thing, self.__name__ = thing, attribute

    def __call__(self) -> Any:
        return getattr(self.thing, self.__name__)


class Entry:
    """Entering a ``with`` block, as an operation."""

    __name__ = "__enter__"

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __call__(self) -> Any:
        return type(self.thing).__enter__(self.thing)


class Exit:
    """Leaving a ``with`` block, as an operation."""

    __name__ = "__exit__"

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __call__(self, *details: Any) -> Any:
        return type(self.thing).__exit__(self.thing, *details)


def _clock() -> Callable[[], float]:
    from time import perf_counter

    return perf_counter


def _short(value: object, limit: int = 80) -> str:
    try:
        text = repr(value)
    except Exception as error:  # a stranger's repr
        text = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _names(actors: Iterable[Actor]) -> str:
    names = [a.name for a in actors]
    return ", ".join(names) if names else "none"


def _letters(index: int) -> str:
    letter = "abcdefghijklmnopqrstuvwxyz"[index % 26]
    return letter if index < 26 else f"{letter}{index // 26}"
