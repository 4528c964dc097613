"""Histories on free threads: races that are found, sound ones that are never accused, hangs that
cost little."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import opaque
import pytest

from syncproof.actors import Stuck, kernel
from syncproof.history.declared import decided, declared, excused, without
from syncproof.history.free.failing import NotMade
from syncproof.history.free.lacking import lacking
from syncproof.history.free.search import search
from syncproof.history.free.stage import CREWS, MOST_LOST, Stage
from syncproof.history.free.terms import Terms
from syncproof.history.free.together import together
from syncproof.history.models.model import seen_as
from syncproof.history.oracle import judge
from syncproof.history.program import Op, parse
from syncproof.history.record import Event, History
from syncproof.registry import resolve
from syncproof.subject import Subject
from syncproof.vocabulary import Deviation, Implementation

FULL = os.environ.get("SYNCPROOF_PROOF") == "full"
#: Seeds that a seeded race is looked for with, and how many of them must find it. PyPy starts
#: slowly, and a search ends by the clock: fewer programs are run there.
SEEDS, ENOUGH = (10, 9) if FULL else (8 if sys.implementation.name == "pypy" else 1, 1)
#: Programs that a sound implementation is run on.
MANY = 400 if FULL else 30
#: These show only if it is known that one waits: that is for the kernel to tell.
WATCHED = ("pulse-missed",)


def subject_of(primitive, cls, deviations=()):
    """What is searched: one class as one primitive."""
    return Subject(
        Implementation("opaque", (primitive,), lambda: {primitive: cls}, deviations=deviations)
    )


# -- what is found, and what is not ----------------------------------------------------------


@pytest.mark.parametrize("name", opaque.BROKEN)
def test_a_seeded_race_is_found(name):
    if name in WATCHED and not kernel.available():
        pytest.skip("there is no kernel's view here")
    primitive, cls = opaque.BROKEN[name]
    found = []
    for seed in range(SEEDS):
        one = search(subject_of(primitive, cls), primitive, seed=seed, patience=2.0, shrinking=150)
        if one is not None:
            assert judge(one.history) == one.fault
            found.append(one)
        if len(found) == ENOUGH:
            return
    pytest.fail(f"found with {len(found)} of {SEEDS} seeds")


@pytest.mark.parametrize("name", opaque.SOUND)
def test_a_sound_one_is_not_accused(name):
    primitive, cls = opaque.SOUND[name]
    variants = ("", "lock", "rlock") if primitive == "condition" else ("",)
    for variant in variants:
        found = search(subject_of(primitive, cls), primitive, variant, programs=MANY)
        assert found is None, found.trace


@pytest.mark.parametrize("name", ["threading", "multiprocessing"])
@pytest.mark.parametrize("primitive", ["lock", "rlock", "semaphore", "event", "barrier"])
def test_the_standard_library_is_not_accused(name, primitive):
    found = search(Subject(resolve(name)), primitive, programs=MANY // 2)
    assert found is None, found.trace


def test_what_is_found_is_told_in_order_and_made_small():
    found = search(subject_of("lock", opaque.Looks), "lock", seed=3)
    assert found.fault.clause == "lock.exclusion"
    assert len(found.program) <= 4
    assert found.trace[0] == ("", str(found.program))
    assert found.trace[-1] == ("", found.fault.line)
    assert found.lines[0] == found.fault.line
    assert "seed 3" in found.lines[2]
    assert "may not repeat" in found.lines[2]


# -- how a program is run --------------------------------------------------------------------


def histories(subject, program, count, patience=5.0, watched=False):
    with Stage(subject) as stage:
        programs = iter([parse(program)] * count)
        runs = list(stage.histories(programs, random.Random(1), Terms(patience), watched))
        return runs, stage


@pytest.fixture
def semaphores():
    return subject_of("semaphore", threading.Semaphore)


def test_each_actor_does_its_operations_in_order(semaphores):
    runs, _ = histories(semaphores, "semaphore(1): acquire leave try leave | timed leave", 40)
    for history in runs:
        assert history.ended == ""
        assert not history.pending
        for actor in (0, 1):
            own = [e for e in history.events if e.actor == actor]
            assert [e.returned for e in own] == [False, True] * (len(own) // 2)
        assert [e.op.name for e in history.events if e.actor == 0 and not e.returned][:2] == [
            "acquire",
            "leave",
        ]


def test_one_that_has_no_part_in_the_program_looks_at_what_is_left(semaphores):
    runs, _ = histories(semaphores, "semaphore(1): acquire | release*2", 5)
    for history in runs:
        looks = [(e.op.name, e.value) for e in history.events if e.actor == 2 and e.returned]
        assert looks[:3] == [("try", True), ("try", True), ("try", False)]


def test_one_run_by_itself(semaphores):
    (history,), _ = histories(semaphores, "semaphore(0): acquire | release", 1)
    assert history.ended == ""
    assert judge(history) is None


def test_threads_are_used_again(semaphores):
    seen = set()

    class Noted(threading.Semaphore):
        def release(self, n=1):
            seen.add(threading.get_native_id())
            super().release(n)

    runs, _ = histories(subject_of("semaphore", Noted), "semaphore(0): release | release", 60)
    assert len(runs) == 60
    assert len(seen) <= CREWS * 3


def test_what_is_blocked_by_design_is_let_go_and_threads_are_used_again(semaphores):
    for primitive, cls, program in (
        ("semaphore", threading.Semaphore, "semaphore(0): acquire acquire | timed"),
        ("lock", threading.Lock, "lock: acquire acquire | acquire"),
        ("rlock", threading.RLock, "rlock: acquire acquire leave | acquire"),
        ("event", threading.Event, "event: wait | set clear wait"),
        ("condition", threading.Condition, "condition: acquire wait | acquire acquire wait leave"),
        ("barrier", threading.Barrier, "barrier(2): wait | wait wait"),
    ):
        runs, stage = histories(subject_of(primitive, cls), program, 20)
        assert sum(h.ended == "deadlock" for h in runs) >= 15
        assert [judge(h) for h in runs] == [None] * 20
        assert stage.lost <= 2  # on a machine that is busy with others it may take too long


def test_what_hangs_is_a_fault_and_costs_its_patience_once():
    class Hangs(threading.Semaphore):
        def release(self, n=1):
            super().release(n)
            threading.Event().wait()

    start = time.perf_counter()
    found = search(
        subject_of("semaphore", Hangs), "semaphore", patience=0.3, shrinking=100, seconds=2.0
    )
    assert found is not None
    assert found.history.ended in ("deadlock", "hang")
    assert time.perf_counter() - start < 30


def test_one_that_comes_back_late_is_no_fault():
    class Late(threading.Semaphore):
        def release(self, n=1):
            super().release(n)
            time.sleep(0.03)

    runs, _ = histories(subject_of("semaphore", Late), "semaphore(0): acquire | release", 6)
    assert [h.ended for h in runs] == [""] * 6


def test_a_search_ends_when_nobody_can_be_let_go():
    class Deaf(threading.Event):
        def set(self):
            threading.Lock().acquire()
            threading.Event().wait()

    runs, stage = histories(subject_of("event", Deaf), "event: wait", 60)
    assert MOST_LOST <= stage.lost < MOST_LOST + CREWS
    assert len(runs) == stage.lost
    assert all(h.ended == "deadlock" for h in runs)


def test_what_is_slow_by_itself_is_ended_by_the_clock():
    class Slow(threading.Semaphore):
        def acquire(self, blocking=True, timeout=None):
            time.sleep(0.02)
            return super().acquire(blocking, timeout)

    start = time.perf_counter()
    assert search(subject_of("semaphore", Slow), "semaphore", seconds=0.5) is None
    assert time.perf_counter() - start < 20


def test_an_exit_in_an_operation_is_an_error():
    class Exits(threading.Semaphore):
        def release(self, n=1):
            raise SystemExit

    runs, _ = histories(subject_of("semaphore", Exits), "semaphore(1): release | try", 3)
    assert {h.ended for h in runs} == {"error"}
    assert "SystemExit" in str(judge(runs[0]))


def test_one_that_cannot_be_made_is_not_searched():
    def make(value=1):
        raise OSError("no more of them")

    with pytest.raises(NotMade, match="no more of them"):
        search(subject_of("semaphore", make), "semaphore")


# -- one that is late ------------------------------------------------------------------------


@pytest.mark.skipif(not kernel.available(), reason="there is no kernel's view here")
def test_where_one_is_late_it_is_known_that_the_others_wait():
    runs, _ = histories(
        subject_of("event", threading.Event), "event: wait | set clear", 30, watched=True
    )
    known = [h for h in runs if h.quiet]
    assert known
    for history in known:
        (at,) = history.quiet
        assert [str(e) for e in history.events[: at + 1]] == ["a calls wait", "b calls set"]
    assert [judge(h) for h in runs] == [None] * 30


@pytest.mark.skipif(not kernel.available(), reason="there is no kernel's view here")
def test_it_is_not_known_of_one_that_waits_with_a_timeout():
    runs, _ = histories(
        subject_of("event", threading.Event), "event: wait_timed | wait_timed", 10, watched=True
    )
    assert [h.quiet for h in runs] == [[]] * 10


# -- actors that compete ---------------------------------------------------------------------


def test_together():
    assert together([lambda: 1, lambda: 2], 5.0) == [1, 2]
    with pytest.raises(KeyError):
        together([lambda: 1, lambda: {}["x"]], 5.0)
    with pytest.raises(Stuck, match=r"^b did not come to an end"):
        together([lambda: 1, threading.Event().wait], 0.2)


# -- declared deviations, and what is not offered -----------------------------------------------


class Bare:
    """A lock without arguments, and nothing else."""

    def __init__(self):
        self.lock = threading.Lock()

    def acquire(self):
        return self.lock.acquire()

    def release(self):
        self.lock.release()


def test_what_is_not_offered_is_not_in_the_programs():
    subject = subject_of("lock", Bare)
    assert lacking(subject, "lock") == {"acquire.blocking", "acquire.timeout", "locked"}
    assert search(subject, "lock", programs=20) is None


class OtherError(threading.Semaphore):
    """A lock whose release() raises ValueError when it is free."""

    def __init__(self):
        super().__init__(1)

    def release(self):
        with self._cond:
            if self._value:
                raise ValueError("it is free")
            self._value += 1
            self._cond.notify()

    def locked(self):
        return self._value == 0


def test_a_declared_deviation_is_not_found_again():
    found = search(subject_of("lock", OtherError), "lock", programs=30)
    assert found is not None
    assert "ValueError" in found.fault.line
    said = Deviation("lock.release.free-raises", "raises ValueError", "it is documented")
    subject = subject_of("lock", OtherError, (said,))
    assert declared(subject.implementation, "lock") == {said.clause}
    assert search(subject, "lock", programs=30) is None


@pytest.mark.parametrize(
    ("clause", "text", "is_decided"),
    [
        ("lock.release.any-thread", "lock: acquire release | acquire leave", True),
        ("lock.release.any-thread", "lock: acquire | release", False),
        ("lock.release.any-thread", "lock: try release", False),
        ("lock.owner.none", "lock: try acquire", False),
        ("lock.owner.none", "lock: acquire leave acquire", True),
        ("event.wait.true-despite-clear", "event: wait | set clear", False),
        ("event.wait.true-despite-clear", "event: wait | set", True),
        ("cond.methods.need-lock", "condition: acquire notify leave | wait_timed", False),
        ("cond.methods.need-lock", "condition: acquire notify leave | acquire wait leave", True),
        ("lock.acquire.no-such", "lock: acquire | release", True),
    ],
)
def test_which_programs_a_deviation_leaves_out(clause, text, is_decided):
    assert decided(parse(text), {clause}) is is_decided


def test_what_is_asked_afterwards_heeds_deviations():
    program = parse("lock: acquire")
    ops = parse("lock: locked try try leave locked").actors[0]
    kept = without(program, ops, {"lock.owner.none"})
    assert [op.name for op in kept] == ["locked", "try", "leave", "locked"]


def test_as_good_as_true():
    history = History(parse("rlock: acquire"), [Event(0, Op("acquire"), True, 1)])
    assert seen_as(history.events[0].value) == "1"
    assert excused(history, {"rlock.acquire.returns-true"}).events[0].value is True
    assert excused(history, set()) is history


# -- in the suite ----------------------------------------------------------------------------


def run_suite(tmp_path, target, primitive, *options):
    journal = tmp_path / "journal"
    process = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--pyargs", "syncproof.conformance", "-q",
            "-k", "free_threads", "-p", "no:cacheprovider", "--syncproof-target", target,
            "--syncproof-as", primitive, "--syncproof-journal", str(journal), *options,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )  # fmt: skip
    events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    return process, [e for e in events if e["event"] == "result"]


@pytest.mark.twice
def test_the_suite_blames_one_clause_and_tells_the_record(tmp_path):
    target = f"{Path(opaque.__file__)}:Wakes"
    process, results = run_suite(tmp_path, target, "semaphore")
    bad = [r for r in results if r["outcome"] in ("fail", "hang") and "random" in r["test"]]
    assert [r["clause"] for r in bad] == ["sem.release.one-wakes-one"], process.stdout
    assert bad[0]["trace"][0][1].startswith("semaphore(0): ")
    assert "search again: " in bad[0]["message"]


@pytest.mark.twice
def test_quick_has_none_of_it(tmp_path):
    target = f"{Path(opaque.__file__)}:Wakes"
    process, results = run_suite(tmp_path, target, "semaphore", "--syncproof-depth", "quick")
    assert not results
    assert process.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
