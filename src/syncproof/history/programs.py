"""Where programs come from: drawn, made smaller, and the small ones that every sweep runs.

``draw`` draws short programs that race: roles such as a waiter, a holder, one that only tries, put
together at random and weighted to what goes wrong. ``pairs`` are the programs of the sweeps, one
for each pair of operations that the documentation relates. ``smaller`` is how a program that shows
a fault is made shorter, and ``afterwards`` what is asked of the object when a program is over.

All choices are those of the random.Random that is given: the same one draws the same programs, on
every interpreter.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from syncproof.history.models import model_of
from syncproof.history.models.model import ANY_ERROR, ANYTHING, FINISHED, Call, State
from syncproof.history.program import TAKING, Op, Program, Raised, parse
from syncproof.history.record import Event, History, held_after

#: Two roles make one actor only if they are no more operations than this.
MOST_OPERATIONS = 4

# ------------------------------------------------------------------ what an implementation offers

_CAPABILITIES: Mapping[str, str] = {
    "try": "acquire.blocking",
    "timed": "acquire.timeout",
    "locked": "locked",
    "wait_timed": "wait.timeout",
    "clear": "clear",
    "is_set": "is_set",
    "notify": "notify",
    "notify_all": "notify_all",
    "abort": "abort",
    "reset": "reset",
    "broken": "broken",
    "n_waiting": "n_waiting",
    "parties": "parties",
}


def needs(ops: Collection[Op]) -> frozenset[str]:
    """The capabilities, in the words of the spec, without which these operations are not to be
    had."""
    found = {_CAPABILITIES[op.name] for op in ops if op.name in _CAPABILITIES}
    for op in ops:
        if op.number is not None:
            found.add(f"{op.name}.n")
    return frozenset(found)


def _offered(program: Program, lacks: Collection[str]) -> bool:
    return not needs([op for ops in program.actors for op in ops]).intersection(lacks)


# ------------------------------------------------------------------ draw

#: What an actor may be up to, and how often that is drawn. A role of two or three operations may
#: be followed by another.
_ROLES: Mapping[str, tuple[tuple[int, str], ...]] = {
    "lock": (
        (6, "acquire leave"),
        (3, "try leave"),
        (4, "timed leave"),
        (2, "acquire locked leave"),
        (1, "acquire"),
        (2, "release"),
        (1, "locked"),
        (1, "try"),
        (1, "acquire leave try"),
    ),
    "rlock": (
        (4, "acquire leave"),
        (3, "acquire acquire leave leave"),
        (2, "acquire try leave leave"),
        (1, "acquire timed leave leave"),
        (3, "try leave"),
        (4, "timed leave"),
        (1, "acquire acquire leave"),
        (1, "release"),
        (1, "acquire leave release"),
    ),
    "semaphore": (
        (5, "acquire leave"),
        (2, "acquire acquire leave leave"),
        (2, "try leave"),
        (4, "timed leave"),
        (3, "acquire"),
        (2, "try"),
        (2, "timed"),
        (5, "release"),
        (3, "release*2"),
        (1, "release try"),
    ),
    "bounded_semaphore": (
        (6, "acquire leave"),
        (2, "acquire acquire leave leave"),
        (2, "try leave"),
        (4, "timed leave"),
        (1, "acquire"),
        (2, "try"),
        (4, "release"),
        (2, "acquire release"),
        (1, "acquire acquire release*2"),
        (1, "release*2"),
    ),
    "event": (
        (6, "wait"),
        (4, "wait_timed"),
        (5, "set"),
        (3, "set clear"),
        (2, "clear"),
        (3, "clear set"),
        (1, "is_set"),
        (1, "set is_set"),
        (1, "set clear set"),
        (1, "wait is_set"),
        (1, "wait clear"),
    ),
    "condition": (
        (5, "acquire wait leave"),
        (4, "acquire wait_timed leave"),
        (6, "acquire notify leave"),
        (3, "acquire notify_all leave"),
        (2, "acquire notify*2 leave"),
        (3, "acquire wait_timed notify leave"),
        (2, "acquire wait notify leave"),
        (2, "acquire notify notify leave"),
        (2, "acquire notify wait_timed leave"),
        (2, "acquire wait_timed wait_timed leave"),
        (1, "acquire leave"),
        (1, "try leave"),
        (1, "timed leave"),
    ),
    "barrier": (
        (6, "wait"),
        (4, "wait wait"),
        (1, "wait wait wait"),
        (4, "wait_timed"),
        (2, "wait wait_timed"),
        (2, "abort"),
        (3, "reset"),
        (1, "abort reset"),
        (2, "wait reset"),
        (1, "wait abort"),
        (1, "n_waiting"),
        (1, "broken"),
        (1, "parties"),
    ),
}

#: Over a lock that has an owner a condition can be held several levels deep, and knows who may
#: not wait or notify. Over a plain one the first is a deadlock and the second undecided.
_OWNED = (
    (3, "acquire acquire wait leave leave"),
    (2, "acquire acquire wait_timed leave leave"),
    (1, "acquire acquire notify leave leave"),
    (1, "notify"),
    (1, "wait_timed"),
    (1, "acquire release notify"),
)

_SETUPS: Mapping[str, Sequence[int]] = {
    "semaphore": (0, 0, 1, 1, 2),
    "bounded_semaphore": (1, 1, 1, 2),
    "barrier": (2, 2, 2, 3),
}

#: A program is tried on the model so many times before it is used. One that mostly ends with all
#: asleep, as it may, shows little.
_WALKS = 6
#: So many programs are drawn at most to find one that is worth its while.
_DRAWS = 30


def draw(
    rng: random.Random,
    primitive: str,
    variant: str = "",
    actors: int = 0,
    lacks: Collection[str] = (),
) -> Program:
    """A program for two or three actors; ``lacks`` names capabilities that it is to do without."""
    best, least = None, 2.0
    for _ in range(_DRAWS):
        program = _draw(rng, primitive, variant, actors or rng.choice((2, 2, 3, 3, 3)), lacks)
        if not _races(program) and rng.random() > 0.05:
            continue
        asleep = sum(walk(rng, program).ended == "deadlock" for _ in range(_WALKS)) / _WALKS
        # What a condition loses shows where somebody waits without a timeout, so more is let by.
        if rng.random() < (1 - asleep) ** (1 if primitive == "condition" else 2):
            return program
        if asleep < least:
            best, least = program, asleep
    return program if best is None else best


#: What is of interest is what one actor does while another does this.
_MEETINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **dict.fromkeys(
        ("lock", "rlock", "semaphore", "bounded_semaphore"), (TAKING, (*TAKING, "release"))
    ),
    "event": (("wait", "wait_timed"), ("set",)),
    "condition": (("wait", "wait_timed"), ("notify", "notify_all")),
    "barrier": (("wait", "wait_timed"), ("wait", "wait_timed", "abort", "reset")),
}


def _races(program: Program) -> bool:
    """Whether two actors have to do with each other."""
    ones, others = _MEETINGS[program.primitive]
    names = [{op.name for op in ops} for ops in program.actors]
    return any(
        a is not b and not a.isdisjoint(ones) and not b.isdisjoint(others)
        for a in names
        for b in names
    )


def _draw(
    rng: random.Random, primitive: str, variant: str, actors: int, lacks: Collection[str]
) -> Program:
    roles = _roles(primitive, variant, frozenset(lacks))
    known = _known(primitive, variant, actors, frozenset(lacks))
    if known and rng.random() < 0.35:
        return _varied(rng, rng.choice(known), roles)
    setup = rng.choice(_SETUPS[primitive]) if primitive in _SETUPS else None
    if primitive == "barrier" and setup is not None:
        setup = min(setup, actors)
    return Program(primitive, tuple(_actor(rng, roles) for _ in range(actors)), setup, variant)


@functools.lru_cache(maxsize=64)
def _known(primitive: str, variant: str, actors: int, lacks: frozenset[str]) -> tuple[Program, ...]:
    """The programs of the sweeps with so many actors."""
    found = (program for _, program in pairs(primitive, variant, lacks))
    return tuple(program for program in found if len(program.actors) == actors)


def _varied(rng: random.Random, program: Program, roles: Sequence[tuple[Op, ...]]) -> Program:
    """One of them with its actors in another order, and one of these perhaps with more to do."""
    actors = list(program.actors)
    rng.shuffle(actors)
    if rng.random() < 0.5:
        actors[-1] = _longer(rng, actors[-1], roles)
    rng.shuffle(actors)
    return replace(program, actors=tuple(actors))


def _actor(rng: random.Random, roles: Sequence[tuple[Op, ...]]) -> tuple[Op, ...]:
    ops = rng.choice(roles)
    return _longer(rng, ops, roles) if rng.random() < 0.35 else ops


def _longer(
    rng: random.Random, ops: tuple[Op, ...], roles: Sequence[tuple[Op, ...]]
) -> tuple[Op, ...]:
    more = rng.choice(roles)
    return ops + more if len(ops) + len(more) <= MOST_OPERATIONS else ops


@functools.lru_cache(maxsize=64)
def _roles(primitive: str, variant: str, lacks: frozenset[str]) -> tuple[tuple[Op, ...], ...]:
    """Each role as often as its weight says."""
    weighted = _ROLES[primitive]
    if primitive == "condition" and variant != "lock":
        weighted += _OWNED
    return tuple(
        ops
        for weight, text in weighted
        for ops in parse(f"{primitive}: {text}").actors * weight
        if not needs(ops) & lacks
    )


# ------------------------------------------------------------------ walk


def walk(rng: random.Random, program: Program, checker: Sequence[Op] = ()) -> History:
    """One of the histories that the documentation allows of a program: it runs on the model.

    A checker is one more actor, who begins when all others have come to their end.
    """
    model = model_of(program)
    history = History(program)
    todo = [list(reversed(ops)) for ops in (*program.actors, ())]
    state = State(model.start(program), (None,) * len(todo))
    held = [0] * len(todo)
    while True:
        choices: list[tuple[int, State | None]] = []
        for actor, ops in enumerate(todo):
            while ops and ops[-1].name == "leave" and not held[actor] and not state.calls[actor]:
                ops.pop()
            call = state.calls[actor]
            if call is None and not ops:
                continue
            if call is None or call.at == FINISHED:
                choices.append((actor, None))
            else:
                choices += [(actor, after) for after in model.moves(state, actor)]
        if not choices and checker and not any(state.calls):
            todo[-1], checker = list(reversed(checker)), ()
            continue
        if not choices:
            break
        actor, after = rng.choice(choices)
        call = state.calls[actor]
        if after is not None:
            state = after
        elif call is None:
            op = todo[actor].pop()
            history.events.append(Event(actor, op))
            state = model.call(state, actor, op)
        else:
            value = _value(rng, call)
            history.events.append(Event(actor, call.op, True, value))
            if not isinstance(value, Raised):
                held[actor] = held_after(held[actor], call.op, value)
            state = model.returned(state, actor)
    if any(state.calls):
        history.ended = "deadlock"
    return history


def _value(rng: random.Random, call: Call) -> object:
    outcome = rng.choice(call.outcomes)
    constants = {"True": True, "False": False, "None": None, ANYTHING: None}
    if outcome in constants:
        return constants[outcome]
    if outcome.isdecimal():
        return int(outcome)
    return Raised((outcome, ANY_ERROR) if outcome != ANY_ERROR else ("RuntimeError", ANY_ERROR))


# ------------------------------------------------------------------ smaller

#: What may stand for an operation in a smaller program.
_SIMPLER: Mapping[str, tuple[str, ...]] = {
    "timed": ("acquire", "try"),
    "try": ("acquire",),
    "wait_timed": ("wait",),
    "notify_all": ("notify",),
    "release": ("leave",),
}
_WEIGHT: Mapping[str, int] = {
    "timed": 2, "try": 1, "wait_timed": 1, "notify_all": 1, "release": 1,
}  # fmt: skip


def size(program: Program) -> tuple[int, int, int]:
    """How large a program is; what ``smaller`` gives is less than that."""
    ops = [op for actor in program.actors for op in actor]
    weight = sum(_WEIGHT.get(op.name, 0) + (op.number or 0) for op in ops)
    return len(program) + len(program.actors), weight, program.setup or 0


def smaller(program: Program) -> Iterator[Program]:
    """Programs that are smaller by a little, the smallest first."""
    found = dict.fromkeys(p for p in _smaller(program) if _decided(p))
    yield from sorted(found, key=lambda p: (size(p), str(p)))


def _decided(program: Program) -> bool:
    """Whether it is decided what the program does: over a plain lock, which has no owner, it is
    not what comes of a wait(), notify() or release() by one that does not hold it."""
    if program.primitive != "condition" or program.variant != "lock":
        return True
    for ops in program.actors:
        held = 0
        for op in ops:
            if op.name == "acquire":
                held += 1
            elif op.name not in ("try", "timed", "leave"):
                if not held:
                    return False
                held -= op.name == "release"
            elif op.name == "leave":
                held = max(0, held - 1)
    return True


def _smaller(program: Program) -> Iterator[Program]:
    actors = program.actors
    fewest = 1 if program.primitive == "barrier" else 0
    lower = program.setup - 1 if program.setup is not None and program.setup > fewest else None
    if lower is not None:
        yield replace(program, setup=lower)
    for number, ops in enumerate(actors):
        rest = (actors[:number], actors[number + 1 :])
        if len(actors) > 1:
            without = replace(program, actors=rest[0] + rest[1])
            yield without
            if lower is not None:
                yield replace(without, setup=lower)
        for count in (1, 2):
            for kept in combinations(range(len(ops)), len(ops) - count) if len(ops) > count else ():
                shorter = tuple(ops[i] for i in kept)
                yield replace(program, actors=(*rest[0], shorter, *rest[1]))
        for place, op in enumerate(ops):
            for other in _simpler(op):
                changed = (*ops[:place], other, *ops[place + 1 :])
                yield replace(program, actors=(*rest[0], changed, *rest[1]))


def _simpler(op: Op) -> Iterator[Op]:
    if op.number is not None:
        yield Op(op.name, op.number - 1 if op.number > 2 else None)
    else:
        for name in _SIMPLER.get(op.name, ()):
            yield Op(name)


# ------------------------------------------------------------------ afterwards


def afterwards(program: Program, lacks: Collection[str] = ()) -> tuple[Op, ...]:
    """What a checker does, one after the other, when all actors have come to their end: it shows
    what they have left behind.

    The checker must not be taken for one of the actors: their threads still live, or it is the
    main thread (thread identifiers are used again).
    """
    text = {
        "lock": "locked try try leave locked",
        "rlock": "try try leave leave",
        "event": "is_set set wait is_set clear is_set",
        "condition": "try wait_timed leave try leave",
        "barrier": "n_waiting broken parties reset n_waiting broken wait_timed broken reset broken",
    }.get(program.primitive)
    if text is None:
        text = _drain(program)
    ops = parse(f"{program.primitive}: {text}").actors[0]
    return tuple(op for op in ops if not needs([op]).intersection(lacks))


def _drain(program: Program) -> str:
    """Take all permits that there can be, and one; of a bounded one, put back one too many."""
    most = 1 if program.setup is None else program.setup
    if program.primitive == "bounded_semaphore":
        return " ".join(["try"] * (most + 1) + ["release"] * (most + 1))
    most += sum(op.number or 1 for ops in program.actors for op in ops if op.name == "release")
    return " ".join(["try"] * (most + 1) + ["release", "try", "try"])


# ------------------------------------------------------------------ pairs

#: The programs of the sweeps: what races with what, and the program. The first actor is the one
#: that is stopped on its way; each is run the other way round as well.
_PAIRS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "lock": (
        ("acquire", "acquire", "lock: acquire leave | acquire leave"),
        ("release", "acquires", "lock: acquire leave | acquire leave | acquire leave"),
        ("try", "try", "lock: try | try"),
        ("try", "release", "lock: try leave | acquire leave"),
        ("timed", "release", "lock: timed leave | acquire leave"),
        ("timed", "timed", "lock: timed leave | timed leave"),
        ("timed", "acquires", "lock: timed leave | acquire leave | acquire leave"),
        ("own-release", "release", "lock: acquire release | release"),
        ("second-acquire", "release", "lock: acquire acquire | release"),
        ("locked", "release", "lock: locked | acquire leave"),
    ),
    "rlock": (
        ("acquire", "acquire", "rlock: acquire leave | acquire leave"),
        ("release", "acquires", "rlock: acquire leave | acquire leave | acquire leave"),
        ("nested", "acquire", "rlock: acquire acquire leave leave | acquire leave"),
        ("nested", "nested", "rlock: acquire acquire leave leave | acquire acquire leave leave"),
        ("nested-try", "try", "rlock: acquire try leave leave | try leave"),
        ("nested-timed", "timed", "rlock: acquire timed leave leave | timed leave"),
        ("try", "try", "rlock: try | try"),
        ("try", "release", "rlock: try leave | acquire leave"),
        ("timed", "release", "rlock: timed leave | acquire leave"),
        ("timed", "acquires", "rlock: timed leave | acquire leave | acquire leave"),
        ("foreign-release", "acquire", "rlock: release | acquire leave"),
        ("foreign-release", "nested", "rlock: release | acquire acquire leave leave"),
    ),
    "semaphore": (
        ("release", "release", "semaphore(0): release | release | acquire acquire"),
        ("release", "acquire", "semaphore(0): release | acquire"),
        ("acquire", "acquire", "semaphore(1): acquire leave | acquire leave"),
        ("acquire", "try", "semaphore(1): acquire | try"),
        ("acquires", "release", "semaphore(0): acquire leave | release | acquire leave"),
        ("try", "try", "semaphore(1): try | try"),
        ("try", "release", "semaphore(0): try | release"),
        ("try", "leave", "semaphore(1): try leave | acquire leave"),
        ("timed", "release", "semaphore(0): timed | release"),
        ("timed", "release-with-a-waiter", "semaphore(0): timed leave | release | acquire"),
        ("timed", "acquire", "semaphore(1): timed leave | acquire leave"),
        ("timed", "timed", "semaphore(0): timed leave | timed leave | release"),
        ("release-many", "acquires", "semaphore(0): release*2 | acquire | acquire"),
        ("release-many", "release", "semaphore(0): release*2 | release | acquire acquire"),
        ("release-many", "timed", "semaphore(0): release*2 | timed leave | acquire acquire"),
    ),
    "bounded_semaphore": (
        ("release", "release-at-the-bound", "bounded_semaphore(1): acquire release | release"),
        ("release", "release-near-the-bound", "bounded_semaphore(2): acquire release | release"),
        ("release-many", "release", "bounded_semaphore(2): acquire acquire release*2 | release"),
        ("overflow", "acquire", "bounded_semaphore(1): release | acquire leave"),
        ("overflow-many", "acquire", "bounded_semaphore(2): release*2 | acquire leave"),
        ("release", "try", "bounded_semaphore(1): acquire release | try"),
        ("acquire", "acquire", "bounded_semaphore(1): acquire leave | acquire leave"),
        ("release", "acquires",
         "bounded_semaphore(1): acquire leave | acquire leave | acquire leave"),
        ("try", "try", "bounded_semaphore(1): try | try"),
        ("timed", "release", "bounded_semaphore(1): timed leave | acquire leave"),
        ("timed", "acquires",
         "bounded_semaphore(1): timed leave | acquire leave | acquire leave"),
    ),
    "event": (
        ("set", "wait", "event: set | wait"),
        ("set", "waits", "event: set | wait | wait"),
        ("set", "set", "event: set | set | wait"),
        ("set", "timed-wait", "event: set | wait_timed"),
        ("set", "timed-wait-and-wait", "event: set | wait_timed | wait"),
        ("clear", "set", "event: clear set | set | wait"),
        ("clear", "wait", "event: set clear set | wait"),
        ("pulse", "wait", "event: set clear | wait"),
        ("pulse", "timed-wait", "event: set clear | wait_timed"),
        ("clear", "timed-wait", "event: set clear set | wait_timed"),
        ("is-set", "set", "event: is_set | set"),
        ("is-set", "clear", "event: is_set | set clear"),
    ),
    "condition": (
        ("notify", "wait", "condition: acquire notify leave | acquire wait leave"),
        ("notify-all", "waits",
         "condition: acquire notify_all leave | acquire wait leave | acquire wait leave"),
        ("notify-many", "waits",
         "condition: acquire notify*2 leave | acquire wait leave | acquire wait leave"),
        ("notify", "notify",
         "condition: acquire notify leave | acquire notify leave | acquire wait leave"),
        ("notify", "timed-wait", "condition: acquire notify leave | acquire wait_timed leave"),
        ("notify", "timed-wait-and-wait",
         "condition: acquire notify leave | acquire wait_timed leave | acquire wait leave"),
        ("notify", "timed-waits",
         "condition: acquire notify leave | acquire wait_timed leave | acquire wait_timed leave"),
        ("notify-all", "timed-wait",
         "condition: acquire notify_all leave | acquire wait_timed leave | acquire wait leave"),
        ("notify-in-turn", "wait-in-turn",
         "condition: acquire notify wait_timed leave | acquire wait notify leave"),
        ("notify", "timed-waits-in-a-row",
         "condition: acquire notify leave | acquire wait_timed wait_timed leave"),
        ("timed-wait", "acquire", "condition: acquire wait_timed leave | acquire leave"),
        ("timed-wait", "try", "condition: acquire wait_timed leave | try leave"),
        ("timed-wait", "timed", "condition: acquire wait_timed leave | timed leave"),
        ("acquire", "acquire", "condition: acquire leave | acquire leave"),
    ),
    "barrier": (
        ("wait", "wait", "barrier(2): wait | wait"),
        ("wait", "two-waits", "barrier(3): wait | wait | wait"),
        ("rounds", "rounds", "barrier(2): wait wait | wait wait"),
        ("rounds", "waits", "barrier(2): wait wait | wait | wait"),
        ("timed-wait", "wait", "barrier(2): wait_timed | wait"),
        ("timed-wait", "timed-wait", "barrier(2): wait_timed | wait_timed"),
        ("timed-wait", "two-waits", "barrier(3): wait_timed | wait | wait"),
        ("timed-rounds", "rounds", "barrier(2): wait wait_timed | wait wait_timed"),
        ("abort", "wait", "barrier(2): abort | wait"),
        ("abort", "waits", "barrier(3): abort | wait | wait"),
        ("abort", "draining", "barrier(2): abort | wait | wait"),
        ("abort", "timed-wait", "barrier(2): abort | wait_timed"),
        ("abort", "reset", "barrier(2): abort | reset | wait_timed"),
        ("reset", "timed-wait", "barrier(2): reset | wait_timed"),
        ("reset", "wait", "barrier(2): reset | wait | wait_timed"),
        ("reset", "draining", "barrier(2): wait reset | wait"),
        ("reset", "draining-rounds", "barrier(2): reset | wait wait_timed | wait wait_timed"),
        ("abort-and-reset", "waits", "barrier(2): abort reset | wait_timed | wait_timed"),
        ("n-waiting", "wait", "barrier(2): n_waiting | wait | wait"),
        ("broken", "abort", "barrier(2): broken | abort reset"),
    ),
}  # fmt: skip

_OWNED_PAIRS = (
    ("nested-wait", "notify",
     "condition: acquire acquire wait leave leave | acquire notify leave"),
    ("nested-timed-wait", "acquire",
     "condition: acquire acquire wait_timed leave leave | acquire leave"),
    ("nested-timed-wait", "notify",
     "condition: acquire acquire wait_timed leave leave | acquire notify leave"),
    ("notify-without-the-lock", "acquire", "condition: notify | acquire leave"),
    ("wait-without-the-lock", "acquire", "condition: wait_timed | acquire leave"),
)  # fmt: skip


def pairs(
    primitive: str, variant: str = "", lacks: Collection[str] = ()
) -> Iterator[tuple[str, Program]]:
    """The programs of the sweeps, each by the name of what races: "set-against-wait"."""
    table = _PAIRS[primitive]
    if primitive == "condition" and variant != "lock":
        table += _OWNED_PAIRS
    for first, second, text in table:
        program = replace(parse(text), variant=variant)
        if not _offered(program, lacks):
            continue
        yield f"{first}-against-{second}", program
        one, two, *others = program.actors
        if one != two:
            yield f"{second}-against-{first}", replace(program, actors=(two, one, *others))
