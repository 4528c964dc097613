"""The oracle: what it allows, what it blames, and that it never accuses threading.

A history is written as it happens: ``a:acquire`` is a call, ``a=True`` its return; ``a!ValueError``
an exception; ``...`` a moment at which all that are in a call are known to be asleep. At the end
"deadlock" (or livelock, hang, error) where it did not come to an end.
"""

from __future__ import annotations

import random
import threading
import time
from itertools import permutations

import pytest
from test_models import made

from syncproof import spec
from syncproof.history.models.condition import EATEN, WAKES_MORE
from syncproof.history.oracle import judge
from syncproof.history.program import Op, Raised, parse
from syncproof.history.programs import afterwards, draw, walk
from syncproof.history.record import Event, History, actor_body

BROKEN = "BrokenBarrierError"
ENDS = ("deadlock", "livelock", "hang", "error")
VALUES = {"True": True, "False": False, "None": None}


def history(made_as: str, text: str) -> History:
    """The history that a text is."""
    found = History(parse(f"{made_as}:"))
    open_calls: dict[int, Op] = {}
    for word in text.split():
        actor, what = "abcdefgh".find(word[0]), word[2:]
        if word in ENDS:
            found.ended = word
        elif word == "...":
            found.quiet.append(len(found.events))
        elif word[1] == ":":
            open_calls[actor] = parse(f"{found.program.primitive}: {what}").actors[0][0]
            found.events.append(Event(actor, open_calls[actor]))
        else:
            value = VALUES.get(what, what)
            if word[1] == "!":
                value = Raised((what, "RuntimeError", "Exception", "BaseException", "object"))
                if what in ("ValueError", "TypeError"):
                    value = Raised((what, "Exception", "BaseException", "object"))
            elif what.isdecimal():
                value = int(what)
            found.events.append(Event(actor, open_calls.pop(actor), True, value))
    return found


def holder(actor: str) -> str:
    return f"{actor}:acquire {actor}=True"


LEGAL = [
    # The call that was made last may have been first.
    ("lock", "a:acquire b:acquire b=True b:release a=True b=None"),
    ("lock", "a:acquire a=True b:try a:release a=None b=False"),
    ("lock", "a:acquire a=True b:try a:release a=None b=True"),
    ("lock", "a:acquire a=True b:timed b=False a:release a=None"),
    ("lock", "a:acquire a=True b:release b=None a:release a!RuntimeError"),
    ("lock", "a:acquire a=True a:acquire b:release b=None a=True"),
    # Taken by an acquire that has not returned: seen so in CPython's own, from 3.9 to 3.13.
    ("lock", "a:acquire b:try b=False b:release b!RuntimeError a=True"),
    ("lock", "a:acquire b:try b=False b:locked b=False a=True"),
    ("lock", "a:acquire a=True a:acquire deadlock"),
    ("lock", "a:acquire a=True b:acquire c:acquire a:release a=None c=True deadlock"),
    ("lock", "a:acquire a=True b:locked a:release b=True a=None a:locked a=False"),
    ("lock", "a:acquire a=True b:acquire ... a:release a=None b=True"),
    ("rlock", "a:acquire a=True a:try a=True a:release a=None b:try b=False"),
    ("rlock", "a:acquire a=True b:release b!RuntimeError b:try b=False"),
    ("rlock", "a:acquire a=True b:release b!ValueError a:release a=None"),
    ("rlock", "a:acquire a=True b:acquire a:acquire a=True a:release a=None deadlock"),
    ("semaphore(0)", "a:acquire b:release b=None a=True"),
    ("semaphore(0)", "a:acquire b:release*2 b=None a=True c:try c=True"),
    # A semaphore may give back anything that is no exception.
    ("semaphore(0)", "b:release b=7 a:try a=True"),
    ("semaphore(0)", "a:timed b:release b=None a=False c:try c=True"),
    ("semaphore(0)", "a:acquire b:acquire c:release c=None b=True deadlock"),
    ("bounded_semaphore(1)", "a:release a!ValueError b:try b=True"),
    ("bounded_semaphore(2)", "a:acquire a=True a:release*2 a!ValueError b:release b=None"),
    ("bounded_semaphore(1)", "a:acquire a=True a:release b:release b=None a!ValueError"),
    ("event", "a:wait b:set b=None b:clear b=None a=True"),
    # It may have come too late for the pulse.
    ("event", "a:wait b:set b=None b:clear b=None deadlock"),
    ("event", "a:wait_timed b:set b=None a=False"),
    ("event", "a:wait_timed b:set b=None a=True"),
    ("event", "a:wait ... b:set b=None b:clear b=None a=True"),
    ("event", "a:is_set b:set a=True b=None"),
    ("condition", f"{holder('a')} a:wait {holder('b')} b:notify b=None b:leave b=None a=True"),
    ("condition", f"{holder('b')} b:notify b=None b:leave b=None {holder('a')} a:wait deadlock"),
    ("condition", f"{holder('a')} a:wait_timed {holder('b')} b:leave b=None a=False"),
    # One notify may wake both.
    (
        "condition",
        f"{holder('a')} a:wait {holder('b')} b:wait {holder('c')} c:notify c=None c:leave c=None"
        " a=True a:leave a=None b=True",
    ),
    (
        "condition",
        f"{holder('a')} a:wait {holder('b')} b:wait {holder('c')} c:notify c=None c:leave c=None"
        " b=True b:leave b=None deadlock",
    ),
    # Undecided: the notify went to the one whose timeout has passed.
    (
        "condition",
        f"{holder('a')} a:wait_timed {holder('b')} b:wait {holder('c')} c:notify c=None"
        " c:leave c=None a=False a:leave a=None deadlock",
    ),
    ("condition", "a:notify a!RuntimeError a:wait a!RuntimeError"),
    ("condition", f"{holder('a')} {holder('a')} a:wait {holder('b')} b:notify b=None b:leave"
     " b=None a=True a:leave a=None b:try b=False"),
    # A plain lock does not know who holds it.
    ("condition(lock)", f"{holder('a')} b:notify b=None b:notify b!RuntimeError"),
    # One that looks whether it is held holds it for that moment.
    ("condition(lock)", "a:notify b:try b=False a!RuntimeError"),
    ("barrier(2)", "a:wait b:wait b=0 a=1"),
    ("barrier(2)", "a:wait a:wait"[:6] + " b:wait b=1 b:wait a=0 a:wait a=0 b=1"),
    ("barrier(2)", f"a:wait_timed a!{BROKEN} b:wait b!{BROKEN} b:broken b=True"),
    ("barrier(2)", f"a:wait b:wait_timed a!{BROKEN} b!{BROKEN}"),
    ("barrier(2)", f"a:wait b:abort b=None a!{BROKEN}"),
    ("barrier(2)", f"a:wait b:reset b=None a!{BROKEN} b:broken b=False"),
    ("barrier(2)", "a:wait b:reset b=None deadlock"),
    # It was let go, and has been overtaken by the abort.
    ("barrier(2)", f"a:wait b:wait b=0 b:abort b=None a!{BROKEN}"),
    ("barrier(2)", "a:wait b:wait b=0 b:abort b=None a=1"),
    ("barrier(2)", "a:wait ... b:n_waiting b=1 b:parties b=2"),
    ("barrier(3)", "a:wait b:wait c:wait c=1 a=2 b=0"),
    ("barrier(2)", "a:wait deadlock"),
    ("barrier(1)", "a:wait a=0 a:wait_timed a=0"),
    # A spinning lock that is waited for in vain.
    ("lock", "a:acquire a=True b:acquire livelock"),
    # Perhaps the one that releases was not let run.
    ("lock", "a:acquire a=True b:acquire a:release livelock"),
]  # fmt: skip

ILLEGAL = [
    ("lock", "a:acquire a=True b:acquire b=True", "lock.exclusion",
     "b: acquire returned True while a holds it"),
    ("lock", "a:acquire b:acquire a=True b=True", "lock.exclusion", "while a holds it"),
    ("lock", "a:acquire a=True a:try a=True", "lock.exclusion", "while a holds it"),
    ("lock", "a:try a=False", "lock.acquire.nonblocking-free-true",
     "a: try returned False while nobody holds it"),
    ("lock", "a:acquire a=True a:release a=None b:timed b=False",
     "lock.release.unlocks", "while nobody holds it"),
    ("lock", "a:timed a=False", "lock.acquire.timeout-success-early", "while nobody holds it"),
    ("lock", "a:acquire b:acquire a!KeyError", "mod.atomic.methods", "raised KeyError"),
    ("lock", "a:acquire a=1", "lock.acquire.returns-true", "returned 1"),
    ("lock", "a:release a=None", "lock.release.free-raises", "while nobody holds it"),
    ("lock", "a:release a!ValueError", "lock.release.unlocks", "raised ValueError"),
    ("lock", "a:acquire a=True b:release b!RuntimeError", "lock.release.unlocks", "a holds it"),
    ("lock", "a:acquire a=True a:release a!RuntimeError", "lock.release.unlocks", "a holds it"),
    ("lock", "a:acquire a=True a:release a=True", "lock.release.returns-none", ""),
    ("lock", "a:acquire a=True a:locked a=False", "lock.locked.true-when-held", "a holds it"),
    ("lock", "a:acquire a=True b:acquire a:release a=None deadlock",
     "lock.release.wakes-exactly-one", "b: acquire sleeps on while nobody holds it"),
    ("lock", "a:acquire a=True b:timed deadlock", "lock.acquire.timeout-upper-bound", ""),
    ("lock", "a:acquire a=True b:acquire a:release deadlock",
     "lock.release.immediate", "a: release"),
    ("lock", "a:acquire livelock", "lock.release.wakes-exactly-one", "goes round"),
    ("lock", "a:acquire hang", "lock.release.wakes-exactly-one", "does not come back"),
    ("lock", "a:acquire error", "mod.atomic.methods", "error"),
    ("rlock", "a:acquire a=True b:acquire b=True", "rlock.exclusion", "a holds it"),
    ("rlock", "a:acquire a=True a:try a=False", "rlock.owner.single", "a holds it"),
    ("rlock", "a:try a=False", "rlock.acquire.nonblocking-unowned", "nobody holds it"),
    ("rlock", "a:acquire a=True a:release a=None b:try b=False", "rlock.release.zero-frees", ""),
    ("rlock", "a:acquire a=True b:release b=None", "rlock.owner.single", "a holds it"),
    ("rlock", "a:acquire a=True a:acquire a=True a:release a=None b:try b=True",
     "rlock.exclusion", "a holds it"),
    ("rlock", "a:acquire a=True a:acquire a=True a:release a=None a:release a!RuntimeError",
     "rlock.release.decrements", ""),
    ("rlock", "a:release a!ValueError", "rlock.release.decrements", ""),
    ("rlock", "a:acquire a=True a:acquire deadlock", "rlock.owner.single", "a holds it"),
    ("rlock", "a:acquire a=True b:acquire a:release a=None deadlock",
     "rlock.release.wakes-exactly-one", "b: acquire sleeps on while nobody holds it"),
    ("semaphore(1)", "a:acquire b:acquire a=True b=True", "sem.counter.never-negative",
     "while the counter is 0"),
    ("semaphore(1)", "a:try b:timed a=False b=False", "sem.counter.formula", ""),
    ("bounded_semaphore(1)", "a:try b:timed a=False b=False", "sem.acquire.timeout-true", ""),
    ("semaphore(1)", "a:acquire a=True b:acquire b=True", "sem.counter.formula",
     "b: acquire returned True while the counter is 0"),
    ("semaphore(0)", "a:release b:release a=None b=None c:try c=True c:try c=False",
     "sem.counter.formula", "c: try returned False while the counter is 1"),
    ("semaphore(0)", "a:acquire b:acquire c:release*2 c=None a=True deadlock",
     "sem.release.one-wakes-one", "b: acquire sleeps on while the counter is 1"),
    ("semaphore(1)", "a:acquire deadlock", "sem.acquire.positive-decrements", ""),
    ("semaphore(0)", "a:timed deadlock", "sem.acquire.timeout-bound", ""),
    ("semaphore(0)", "a:release a!ValueError", "sem.release.increments", ""),
    # The wake-up is lost, and a second release makes up for it.
    ("semaphore(0)", "a:acquire ... b:release b=None ... c:release c=None a=True",
     "sem.release.one-wakes-one", "a: acquire sleeps on while the counter is 1"),
    ("bounded_semaphore(1)", "a:release b:release a=None b=None",
     "bsem.release.check-atomic", "a: release returned None while the counter is 1"),
    ("bounded_semaphore(1)", "a:release a=None", "bsem.release.over-bound-raises", ""),
    ("bounded_semaphore(1)", "a:release*2 a=None", "bsem.release.n-over-bound-raises", ""),
    ("bounded_semaphore(1)", "a:acquire a=True a:release a!ValueError",
     "bsem.release.within-bound-ok", ""),
    ("bounded_semaphore(1)", "a:release a!ValueError a:try a=False", "sem.counter.formula", ""),
    ("event", "a:wait a=True", "event.wait.blocks-while-false", "while it is not set"),
    ("event", "a:set a=None b:wait_timed b=False", "event.wait.timeout-set-true", "it is set"),
    ("event", "a:set a=None b:wait deadlock", "event.set.wakes-all", "while it is set"),
    ("event", "a:wait b:wait c:set c=None a=True deadlock", "event.set.wakes-all", "b: wait"),
    ("event", "a:wait ... b:set b=None b:clear b=None deadlock", "event.set.wakes-all",
     "a: wait sleeps on though it has been let go"),
    ("event", "a:wait_timed deadlock", "event.wait.timeout-bound", ""),
    ("event", "a:set a=None a:is_set a=False", "event.is_set.iff", "while it is set"),
    ("event", "a:set a=None a:clear a=None a:is_set a=True", "event.is_set.iff", "not set"),
    ("condition", f"{holder('a')} a:wait {holder('b')} b:notify b=None b:leave b=None deadlock",
     "cond.wait.no-lost-wakeup", "a: wait sleeps on though it has been notified"),
    ("condition", f"{holder('a')} a:wait {holder('b')} b:notify b=None a=True",
     "cond.notify.return-after-release", "a: wait returned True while b holds it"),
    ("condition", f"{holder('a')} a:wait a=True", "cond.wait.blocks-until-notified",
     "nobody has notified it"),
    ("condition", f"{holder('a')} a:wait_timed a=True", "cond.wait.blocks-until-notified", ""),
    ("condition", f"{holder('a')} a:wait_timed {holder('b')} a=False",
     "cond.wait.reacquires-on-timeout", "while b holds it"),
    ("condition", f"{holder('a')} a:wait_timed deadlock", "cond.wait.timeout-bound", ""),
    ("condition", f"{holder('a')} a:wait b:acquire deadlock", "cond.release.delegates", "b: acq"),
    ("condition", f"{holder('a')} b:acquire b=True", "cond.acquire.delegates", "a holds it"),
    ("condition", "a:wait a=True", "cond.methods.need-lock", "while nobody holds it"),
    ("condition", "a:notify a=None", "cond.methods.need-lock", "while nobody holds it"),
    ("condition", f"{holder('a')} b:notify b=None", "cond.notify.other-holder-raises", ""),
    ("condition", f"{holder('a')} a:notify a!RuntimeError", "cond.with.holds-lock", ""),
    ("condition(lock)", "a:notify a=None", "cond.methods.need-lock", ""),
    ("condition", f"{holder('a')} a:wait {holder('b')} b:wait {holder('c')} c:notify_all c=None"
     " c:leave c=None b=True b:leave b=None deadlock", "cond.wait.no-lost-wakeup", "a: wait"),
    # A notify that is remembered.
    ("condition", f"{holder('a')} a:notify a=None a:wait_timed a=True",
     "cond.wait.blocks-until-notified", ""),
    # All levels are given up, and all come back.
    ("condition", f"{holder('a')} {holder('a')} a:wait ... {holder('b')} b:notify b=None b:leave"
     " b=None a=True a:leave a=None b:try b=True", "cond.acquire.delegates", "a holds it"),
    # The one whose timeout has passed has left, so the notify was for the other.
    ("condition", f"{holder('a')} a:wait_timed {holder('b')} b:wait a=False a:notify a=None"
     " a:leave a=None deadlock", "cond.wait.no-lost-wakeup", "b: wait"),
    ("barrier(2)", "a:wait a=0", "barrier.wait.blocks-until-parties", "1 of 2"),
    ("barrier(2)", "a:wait b:wait a=0 b=0", "barrier.wait.index-unique", "b: wait returned 0"),
    ("barrier(2)", "a:wait b:wait a=2", "barrier.wait.index-range", ""),
    ("barrier(2)", "a:wait b:wait a=True", "barrier.wait.index-range", ""),
    ("barrier(2)", "a:wait b:wait deadlock", "barrier.wait.releases-all", "a: wait"),
    ("barrier(2)", f"a:wait b:wait a!{BROKEN}", "barrier.wait.releases-all", ""),
    ("barrier(2)", "a:wait ... b:abort b=None deadlock", "barrier.abort.active-fail", ""),
    ("barrier(2)", "a:wait ... b:reset b=None deadlock", "barrier.reset.waiters-raise", ""),
    ("barrier(2)", f"a:wait b:wait_timed b!{BROKEN} deadlock",
     "barrier.timeout.others-raise", "though the barrier is broken"),
    ("barrier(2)", "a:abort a=None b:wait c:wait b=0", "barrier.wait.broken-raises", "is broken"),
    ("barrier(2)", f"a:wait_timed a!{BROKEN} a:broken a=False", "barrier.broken", ""),
    ("barrier(2)", "a:wait_timed deadlock", "barrier.timeout.raises", ""),
    ("barrier(2)", "a:abort a=None b:wait b!RuntimeError", "barrier.error.type", "it is broken"),
    ("barrier(2)", "a:abort a=None b:wait c:wait b!KeyError", "mod.atomic.methods", ""),
    ("barrier(2)", f"a:wait b:wait_timed b!{BROKEN} c:reset deadlock",
     "barrier.reset.empties", "c: reset"),
    ("barrier(2)", "a:parties a=3", "barrier.parties", ""),
    ("barrier(2)", "a:n_waiting a=1", "barrier.n_waiting", ""),
    ("barrier(2)", "a:abort a=None a:reset a=None a:broken a=True", "barrier.broken", ""),
    # A fast one comes back and passes with the round that it has left.
    ("barrier(2)", "a:wait b:wait b=1 b:wait b=0", "barrier.wait.blocks-until-parties", ""),
    ("barrier(2)", f"a:wait ... b:reset b=None c:wait c=1 a!{BROKEN}",
     "barrier.wait.blocks-until-parties", "1 of 2"),
]  # fmt: skip


@pytest.mark.parametrize(("made_as", "text"), LEGAL)
def test_allowed(made_as, text):
    fault = judge(history(made_as, text))
    assert fault is None, str(fault)


@pytest.mark.parametrize(("made_as", "text", "clause", "line"), ILLEGAL)
def test_blamed(made_as, text, clause, line):
    found = history(made_as, text)
    fault = judge(found)
    assert fault is not None
    assert fault.clause == clause
    assert line in fault.line
    assert "\n" not in fault.line
    assert found.program.primitive in spec.load()[clause].primitives
    assert 0 <= fault.event <= len(found.events)


def test_a_notify_that_is_eaten_is_a_fault_where_it_is_forbidden():
    text = (
        f"{holder('a')} a:wait_timed {holder('b')} b:wait {holder('c')} c:notify c=None"
        " c:leave c=None a=False a:leave a=None deadlock"
    )
    for over in ("condition", "condition(lock)"):
        fault = judge(history(over, text), strict={EATEN, WAKES_MORE})
        assert fault is not None
        assert fault.clause == EATEN
        assert fault.line.startswith("b: wait sleeps on")
        assert judge(history(over, text), strict={WAKES_MORE}) is None


def test_a_notify_may_be_passed_on_by_a_waiter_that_it_came_too_late_for():
    text = (
        f"{holder('a')} a:wait_timed {holder('c')} c:notify c=None c:leave c=None"
        f" {holder('b')} b:wait a=False a:leave a=None b=True"
    )
    assert judge(history("condition", text)) is None
    fault = judge(history("condition", text.replace("a=False", "a=True")))
    assert fault is not None
    assert fault.clause == "cond.wait.blocks-until-notified"


def test_a_notify_that_wakes_two_is_a_fault_where_it_is_forbidden():
    text = (
        f"{holder('a')} a:wait ... {holder('b')} b:wait ... {holder('c')} c:notify c=None"
        " c:leave c=None a=True a:leave a=None b=True"
    )
    fault = judge(history("condition", text), strict={WAKES_MORE})
    assert fault is not None
    assert fault.clause == WAKES_MORE
    assert judge(history("condition", text), strict={EATEN}) is None


def test_what_is_wrong_anyway_comes_before_a_property():
    fault = judge(history("condition", f"{holder('a')} a:wait a=True"), strict={EATEN})
    assert fault is not None
    assert fault.clause == "cond.wait.blocks-until-notified"


def test_strict_names_what_a_model_can_forbid():
    with pytest.raises(ValueError, match=r"property\.lock\.fifo"):
        judge(history("lock", ""), strict={"property.lock.fifo"})


def test_the_order_of_the_strict_ones_does_not_matter():
    text = f"{holder('a')} a:wait_timed a=False"
    assert judge(history("condition", text), [EATEN, WAKES_MORE]) is None


# ------------------------------------------------------------------ against a second opinion


def one_after_the_other(primitive, value, spans):
    """Whether these operations in this order give these results."""
    bound = value
    for place, (called, _, op, result) in enumerate(spans):
        if op.name in ("release", "leave"):
            more = value + (op.number or 1)
            over = primitive == "bounded_semaphore" and more > bound
            if isinstance(result, Raised) != over:
                return False
            value = value if over else more
        elif result:
            if not value:
                return False
            value -= 1
        elif value and not any(
            op.name in ("timed", "try") and other.name == "timed"
            and outcome is False and returned > called
            for _, returned, other, outcome in spans[:place]
        ):  # it may be in transit: handed over to one that is about to say False
            return False
    return True


def second_opinion(found):
    """Whether some order that keeps to what came first gives the results: all are tried."""
    spans = []
    for number, event in enumerate(found.events):
        if event.returned:
            called = max(i for i, e in enumerate(found.events[:number]) if e.actor == event.actor)
            spans.append((called, number, event.op, event.value))
    for order in permutations(spans):
        if any(later[1] < sooner[0] for i, sooner in enumerate(order) for later in order[i + 1 :]):
            continue
        value = 1 if found.program.setup is None else found.program.setup
        if one_after_the_other(found.program.primitive, value, order):
            return True
    return False


@pytest.mark.parametrize("primitive", ["semaphore", "bounded_semaphore"])
def test_a_second_opinion_agrees(primitive):
    """Histories with one result turned round, and with returns put later."""
    rng = random.Random(8)
    verdicts = []
    while len(verdicts) < 250:
        found = walk(rng, draw(rng, primitive))
        returns = [i for i, e in enumerate(found.events) if e.returned]
        if found.ended or not 0 < len(returns) <= 6:
            continue
        place = rng.choice(returns)
        event = found.events[place]
        value = event.value
        if isinstance(value, bool) and rng.random() < 0.7 and event.op.name != "acquire":
            value = not value
        del found.events[place]
        ends = [i for i, e in enumerate(found.events) if e.actor == event.actor and i >= place]
        last = ends[0] if ends else len(found.events)
        found.events.insert(rng.randint(place, last), Event(event.actor, event.op, True, value))
        verdict = judge(found) is None
        assert verdict == second_opinion(found), list(map(str, found.events))
        verdicts.append(verdict)
    assert 20 < sum(verdicts) < 230


# ------------------------------------------------------------------ real threads


def run_freely(program, rng):
    """The program on real threads that make room for each other; then the checker."""
    thing = made(program)
    found = History(program)
    gate = threading.Barrier(len(program.actors))
    over = threading.Event()

    def body(number, ops):
        naps = [rng.random() < 0.3 for _ in range(len(ops))]

        def between():
            if naps and naps.pop():
                time.sleep(rng.choice((0, 0, 0.0005)))

        run = actor_body(
            number, ops, thing, found.events.append, threading.BrokenBarrierError, between
        )

        def go():
            gate.wait(30)
            run()
            done[number].set()
            over.wait(30)  # so that no other thread gets the same identifier

        return go

    done = [threading.Event() for _ in program.actors]
    for number, ops in enumerate(program.actors):
        threading.Thread(target=body(number, ops), daemon=True).start()
    checker = len(program.actors)

    def check(ops):
        note, error = found.events.append, threading.BrokenBarrierError
        actor_body(checker, ops, thing, note, error)()

    for _ in range(8):
        if all(one.wait(0.2) for one in done):
            check(afterwards(program))
            over.set()
            return found
        # It may sleep for good, as it may; or the machine is slow. Both are helped by one more.
        check(RESCUE[program.primitive])
    raise AssertionError(f"{program}: not to be rescued")


#: A program may sleep for good in so many of 20 walks: where nobody can help, in none of many.
LEAST = {"lock": 4, "semaphore": 4, "event": 4, "condition": 6, "barrier": 4}

#: What a checker does to wake those who sleep.
RESCUE = {
    "lock": parse("lock: release").actors[0],
    "rlock": (),
    "semaphore": parse("semaphore: release").actors[0],
    "bounded_semaphore": parse("bounded_semaphore: release").actors[0],
    "event": parse("event: set").actors[0],
    "condition": parse("condition: try notify_all leave").actors[0],
    "barrier": parse("barrier: abort").actors[0],
}


@pytest.mark.parametrize(
    ("primitive", "variant"),
    [
        ("lock", ""),
        ("rlock", ""),
        ("semaphore", ""),
        ("bounded_semaphore", ""),
        ("event", ""),
        ("condition", "default"),
        ("condition", "lock"),
        ("condition", "rlock"),
        ("barrier", ""),
    ],
)
def test_threading_is_never_accused(primitive, variant):
    rng = random.Random(17)
    judged = 0
    while judged < 150:
        program = draw(rng, primitive, variant)
        walks = 20 if primitive in LEAST else 300
        if sum(bool(walk(rng, program).ended) for _ in range(walks)) > LEAST.get(primitive, 0):
            continue
        found = run_freely(program, rng)
        fault = judge(found)
        assert fault is None, [str(program), str(fault), *map(str, found.events)]
        judged += 1
