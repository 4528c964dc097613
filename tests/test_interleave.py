"""The scheduler: that it finds what it is for, accuses nobody, and does the same thing again."""

from __future__ import annotations

import dataclasses
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from seeded_races import RACES, Race

from syncproof import registry
from syncproof.history.oracle import judge
from syncproof.history.program import Op, parse
from syncproof.interleave import (
    PCT,
    Bounded,
    Controlled,
    Diverged,
    NotControllable,
    Replay,
    Run,
    ScheduleError,
    Scheduler,
    StopAt,
    Walk,
    decode,
    encode,
    facades,
)
from syncproof.interleave import points as views
from syncproof.interleave.story import preemptions, trace

#: Schedules until a seeded race must have been found; the worst seen is a third of it.
ENOUGH = 600
#: Schedules under which a correct primitive is accused of nothing.
CORRECT = 120

MONITORING: Any = getattr(sys, "monitoring", None)


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], str]:
    """``module(source)``: a target of this source."""

    def write(source: str, name: str = "primitives") -> str:
        path = tmp_path / f"{name}.py"
        path.write_text(dedent(source), encoding="utf-8")
        return str(path)

    return write


def failing(scheduler: Scheduler, program: str, strategy: Any, most: int = ENOUGH) -> Run | None:
    """The first run that fails, by the model or by itself."""
    for run in scheduler.runs(parse(program), strategy, most):
        if run.failure not in ("", "deadlock") or judge(run.history):
            return run
    return None


def once(scheduler: Scheduler, program: str, strategy: Any, **kwargs: Any) -> Run:
    strategy.begin()
    return scheduler.run(parse(program), strategy, **kwargs)


def what(run: Run) -> tuple[Any, ...]:
    """All that a run is, as text."""
    return (run.failure, run.choices, list(map(str, run.history.events)), trace(run), run.steps)


# -- finding races ----------------------------------------------------------------------------


@pytest.mark.parametrize("race", RACES, ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_seeded_race_is_found_and_replays(race: Race, seed: int, module: Any) -> None:
    with Controlled(module(race.broken)) as controlled, Scheduler(controlled) as scheduler:
        run = failing(scheduler, race.program, PCT(seed))
        assert run is not None
        for _ in range(6):
            again = once(scheduler, race.program, Replay(run.choices))
            assert what(again) == what(run)


@pytest.mark.parametrize("race", RACES, ids=str)
@pytest.mark.parametrize("view", views.VIEWS)
def test_the_correct_sibling_is_never_accused(race: Race, view: str, module: Any) -> None:
    with Controlled(module(race.source)) as controlled, Scheduler(controlled, view) as scheduler:
        for strategy in (PCT(7), Bounded(2, 7), Walk(7)):
            assert failing(scheduler, race.program, strategy, CORRECT) is None


def test_a_failure_replays_a_hundred_times(module: Any) -> None:
    race = RACES[0]
    with Controlled(module(race.broken)) as controlled, Scheduler(controlled) as scheduler:
        run = failing(scheduler, race.program, PCT(3))
        assert run is not None
        replay = Replay(decode(encode(run.choices)))
        for _ in range(100):
            assert what(once(scheduler, race.program, replay)) == what(run)


@pytest.mark.parametrize(
    "program",
    [
        "semaphore(1): acquire leave | acquire leave | timed leave",
        "bounded_semaphore(2): acquire release | try release | timed",
        "event: wait | set clear | wait_timed",
        "condition(default): acquire wait leave | acquire notify leave | acquire notify_all leave",
        "condition(lock): acquire wait_timed leave | acquire notify leave",
        "barrier(2): wait wait | wait wait",
        "barrier(2): wait | wait_timed | abort",
    ],
)
def test_the_interpreters_own_primitives_are_never_accused(program: str) -> None:
    with Controlled("threading") as controlled:
        for view in views.VIEWS:
            with Scheduler(controlled, view) as scheduler:
                assert failing(scheduler, program, PCT(5), CORRECT) is None


def test_what_a_gil_forbids_is_found_only_without(module: Any) -> None:
    race = next(r for r in RACES if r.name == "semaphore-fast-path-unlocked")
    with Controlled(module(race.broken)) as controlled:
        with Scheduler(controlled, "gil") as scheduler:
            everything = Bounded(2, 0)
            found = failing(scheduler, race.program, everything, 5000)
        with Scheduler(controlled, "any") as scheduler:
            assert failing(scheduler, race.program, PCT(0)) is not None
    if views.GIL_IS_NARROW:
        assert found is None
        assert everything.exhausted
    else:
        assert found is not None


def test_a_run_says_how_many_preemptions_it_took(module: Any) -> None:
    race = next(r for r in RACES if r.name == "event-looks-before-the-lock")
    with Controlled(module(race.broken)) as controlled, Scheduler(controlled) as scheduler:
        run = failing(scheduler, race.program, Bounded(2, 1))
        assert run is not None
        assert preemptions(run) == 1
        assert any(text.endswith("(switch)") for _, text in trace(run))
        none = Bounded(0, 1)
        assert failing(scheduler, race.program, none) is None
        assert none.exhausted


def test_an_actor_is_stopped_at_each_of_its_points(module: Any) -> None:
    race = next(r for r in RACES if r.name == "event-looks-before-the-lock")
    with Controlled(module(race.broken)) as controlled, Scheduler(controlled) as scheduler:
        faults = []
        for step in range(1, 100):
            strategy = StopAt(0, step)
            run = once(scheduler, race.program, strategy)
            if not strategy.reached:
                break
            faults.append(judge(run.history) is not None)
    assert any(faults)
    assert not all(faults)
    assert 3 < len(faults) < 60


def test_a_timeout_fires_at_each_step_of_a_release(module: Any) -> None:
    race = next(r for r in RACES if "timeout" in r.name)
    with Controlled(module(race.broken)) as controlled, Scheduler(controlled) as scheduler:
        faults = []
        for step in range(1, 60):
            strategy = StopAt(1, step, fires=True, after=(0,))
            run = once(scheduler, "semaphore(0): timed | release acquire", strategy)
            faults.append(judge(run.history) is not None)
        assert any(faults)
        assert not all(faults)


# -- the same again ---------------------------------------------------------------------------

TELLS = """
import sys
from syncproof.history.program import parse
from syncproof.interleave import PCT, Bounded, Controlled, Scheduler, Walk, encode
from syncproof.interleave.story import trace
with Controlled(sys.argv[1]) as controlled, Scheduler(controlled, sys.argv[3]) as scheduler:
    print(controlled.code_hash)
    for strategy in (PCT(4), Bounded(2, 4), Walk(4)):
        for run in scheduler.runs(parse(sys.argv[2]), strategy, 40):
            print(encode(run.choices), run.failure, run.steps, *map(str, run.history.events))
            print(trace(run))
"""


@pytest.mark.parametrize("view", ["any", "gil"])
def test_another_process_does_the_same(view: str, module: Any) -> None:
    race = RACES[3]
    target = module(race.broken)
    said = set()
    for seed in ("0", "1", "random"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", TELLS, target, race.program, view],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        said.add(done.stdout)
    assert len(said) == 1


def test_a_schedule_of_another_run_diverges(module: Any) -> None:
    program = "semaphore(1): acquire leave | acquire leave"
    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        with pytest.raises(Diverged, match="decision 2: 3 cannot go on, only"):
            once(scheduler, program, Replay([0, 0, 3]))
        assert once(scheduler, program, Replay([])).failure == ""


@pytest.mark.parametrize("choices", [[], [0], [0, 0, 1, ~2, ~2, 0], [~0]])
def test_schedules_as_text(choices: list[int]) -> None:
    assert decode(encode(choices)) == choices


def test_schedules_are_written_in_runs() -> None:
    assert encode([0] * 9 + [1] * 13 + [~2]) == "0*9,1*13,~2*1"


@pytest.mark.parametrize("text", ["x", "0", "0*", "*3", "0*3,,1*2", "-1*2", "0*9999999999", "~*1"])
def test_nonsense_is_no_schedule(text: str) -> None:
    with pytest.raises(ScheduleError) as told:
        decode(text)
    assert "\n" not in str(told.value)


# -- how runs end -----------------------------------------------------------------------------

TWO_LOCKS = """
    import threading

    class Lock:
        def __init__(self):
            self.first, self.second = threading.Lock(), threading.Lock()

        def acquire(self, blocking=True, timeout=-1):
            self.first.acquire()
            return self.second.acquire(blocking, timeout)

        def release(self):
            self.second.release()
            self.first.release()
"""


def test_a_deadlock_is_known_at_once_and_for_certain(module: Any) -> None:
    with Controlled(module(TWO_LOCKS)) as controlled, Scheduler(controlled) as scheduler:
        begin = time.perf_counter()
        run = once(scheduler, "lock: acquire | acquire leave", Replay([]))
        assert run.failure == "deadlock"
        assert run.why.startswith("b is blocked at primitives.py:9 self.first.acquire()")
        assert time.perf_counter() - begin < 2
        assert [str(e) for e in run.history.pending] == ["b calls acquire"]
        # and it leaves nothing behind
        assert once(scheduler, "lock: acquire leave | acquire leave", Replay([])).failure == ""


def test_a_timed_wait_is_no_deadlock(module: Any) -> None:
    with Controlled(module(TWO_LOCKS)) as controlled, Scheduler(controlled) as scheduler:
        source = "semaphore(0): timed | timed"
        assert controlled.why_not("semaphore") == "it is not offered"
        with pytest.raises(NotControllable, match="not offered"):
            once(scheduler, source, PCT(0))
    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        ended = set()
        for run in scheduler.runs(parse("semaphore(0): timed | release"), PCT(0), 60):
            assert run.failure == ""
            values = [e.value for e in run.history.events if e.returned and e.actor == 0]
            ended.add(values[0])
        assert ended == {True, False}  # the timeout may pass early, and need not


def test_timeouts_take_no_time() -> None:
    def body() -> None:
        lock = controlled.threading.Lock()
        lock.acquire()
        assert not lock.acquire(True, 5000)

    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        begin = time.perf_counter()
        strategy = PCT(0)
        strategy.begin()
        assert scheduler.run_bodies([body, body], strategy).failure == ""
        assert time.perf_counter() - begin < 2


@pytest.mark.parametrize(
    "pause", ["pass", "time.sleep(0)", "time.sleep(0.01)", "threading.Event().wait(0.01)"]
)
@pytest.mark.parametrize(
    "strategy",
    [lambda: PCT(1), lambda: Walk(1), lambda: Bounded(1, 1), lambda: StopAt(0, 3)],
    ids=["PCT", "Walk", "Bounded", "StopAt"],
)
def test_who_spins_starves_nobody(pause: str, strategy: Any, module: Any) -> None:
    target = module(f"""
        import threading, time

        class Lock:
            def __init__(self):
                self.inner, self.held = threading.Lock(), False

            def acquire(self, blocking=True, timeout=-1):
                while True:
                    with self.inner:
                        if not self.held:
                            self.held = True
                            return True
                    {pause}

            def release(self):
                self.held = False
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        program = parse("lock: acquire leave | acquire leave | acquire leave")
        for run in scheduler.runs(program, strategy(), 25):
            assert run.failure == "", run.why


def test_who_spins_for_ever_is_a_livelock(module: Any) -> None:
    target = module("""
        class Event:
            def __init__(self):
                self.flag = False

            def set(self):
                pass

            def wait(self, timeout=None):
                while not self.flag:
                    pass
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        run = once(scheduler, "event: wait | set", PCT(0), most_steps=2000)
        assert run.failure == "livelock"
        assert run.why == "no end after 2000 steps"


@pytest.mark.parametrize("view", ["any", "gil"])
def test_a_loop_over_nothing_is_a_livelock_too(view: str, module: Any) -> None:
    target = module("""
        class Event:
            def set(self):
                pass

            def wait(self, timeout=None):
                while True:
                    pass
    """)
    with Controlled(target) as controlled, Scheduler(controlled, view) as scheduler:
        assert once(scheduler, "event: wait | set", PCT(0), most_steps=500).failure == "livelock"


def test_an_endless_loop_that_nobody_sees_takes_no_time_afterwards(module: Any) -> None:
    target = module("""
        class Event:
            def set(self):
                pass

            def wait(self, timeout=None):
                while True:
                    pass
    """)
    with Controlled(target) as controlled, Scheduler(controlled, "locks", hang=0.3) as scheduler:
        assert once(scheduler, "event: wait | set", PCT(0)).failure == "hang"
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.3


def test_who_only_waits_in_slices_is_a_livelock_soon(module: Any) -> None:
    target = module("""
        import time

        class Event:
            def __init__(self):
                self.flag = False

            def set(self):
                pass

            def wait(self, timeout=None):
                while not self.flag:
                    time.sleep(0.001)
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        run = once(scheduler, "event: wait | set", PCT(0))
        assert run.failure == "livelock"
        assert run.why.startswith("only timeouts go on")
        assert run.history.quiet == []  # it may be about to look again


def test_moments_at_which_all_open_calls_are_blocked_are_noted() -> None:
    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        run = once(scheduler, "event: wait | is_set set", StopAt(0, 10_000))
        assert list(map(str, run.history.events)) == [
            "a calls wait",
            "b calls is_set",
            "b: is_set returned False",
            "b calls set",
            "b: set returned None",
            "a: wait returned True",
        ]
        # before each of b's calls; when it has ended a has been woken
        assert run.history.quiet == [1, 3]
        run = once(scheduler, "event: wait_timed | is_set", StopAt(0, 10_000))
        assert run.history.quiet == []


def test_one_scheduler_at_a_time() -> None:
    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        with pytest.raises(RuntimeError, match="at work already"):
            Scheduler(controlled, "gil").__enter__()
        assert once(scheduler, "event: wait | set", PCT(0)).failure == ""


def test_who_blocks_elsewhere_is_left_behind(module: Any) -> None:
    target = module("""
        import os

        class Event:
            def __init__(self):
                self.reads, self.writes = os.pipe()

            def set(self):
                os.write(self.writes, b"x")

            def wait(self, timeout=None):
                os.read(self.reads, 1)
    """)
    with Controlled(target) as controlled, Scheduler(controlled, hang=0.3) as scheduler:
        run = once(scheduler, "event: wait | set", Replay([0] * 4))
        assert run.failure == "hang"
        with pytest.raises(NotControllable, match="blocks outside of the scheduler"):
            once(scheduler, "event: wait | set", PCT(0))


def test_an_actor_that_leaves_by_no_exception_is_an_error(module: Any) -> None:
    target = module("""
        import threading

        class Event:
            def __init__(self):
                self.inner = threading.Event()

            def set(self):
                raise SystemExit("enough")

            def wait(self, timeout=None):
                self.inner.wait()
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        run = once(scheduler, "event: wait | set", PCT(0))
        assert run.failure == "error"
        assert run.why == "b: SystemExit: enough"


def test_who_swallows_everything_is_unwound_all_the_same(module: Any) -> None:
    target = module("""
        import threading

        class Lock:
            def __init__(self):
                self.inner = threading.Lock()

            def acquire(self, blocking=True, timeout=-1):
                try:
                    self.inner.acquire()
                except BaseException:
                    pass
                try:
                    return self.inner.acquire()
                finally:
                    self.inner.release()

            def release(self):
                self.inner.release()
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        for run in scheduler.runs(parse("lock: acquire | acquire | acquire"), PCT(0), 30):
            assert run.failure == "deadlock"


def test_who_never_stops_swallowing_is_left_behind(module: Any) -> None:
    target = module("""
        import threading

        class Lock:
            def __init__(self):
                self.inner = threading.Lock()
                self.inner.acquire()

            def acquire(self, blocking=True, timeout=-1):
                while True:
                    try:
                        return self.inner.acquire()
                    except BaseException:
                        pass

            def release(self):
                self.inner.release()
    """)
    with Controlled(target) as controlled, Scheduler(controlled, hang=0.3) as scheduler:
        assert once(scheduler, "lock: acquire | acquire", PCT(0)).failure == "deadlock"
        with pytest.raises(NotControllable):
            once(scheduler, "lock: acquire | acquire", PCT(0))


def test_locks_of_a_module_are_free_again_after_a_deadlock(module: Any) -> None:
    target = module("""
        import threading

        everybodys = threading.Lock()

        class Lock:
            def acquire(self, blocking=True, timeout=-1):
                return everybodys.acquire(blocking, timeout)

            def release(self):
                everybodys.release()
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        assert once(scheduler, "lock: acquire | acquire", PCT(0)).failure == "deadlock"
        assert once(scheduler, "lock: acquire leave | acquire leave", PCT(0)).failure == ""


def test_permits_are_counted_when_all_have_ended() -> None:
    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        afterwards = [Op("try"), Op("try"), Op("try")]
        for run in scheduler.runs(parse("semaphore(1): release | acquire leave"), PCT(0), 3):
            assert run.failure == ""
        strategy = PCT(0)
        run = once(
            scheduler, "semaphore(1): release | acquire leave", strategy, afterwards=afterwards
        )
        counted = [e.value for e in run.history.events if e.returned and e.actor == 2]
        assert counted == [True, True, False]
        stuck = once(scheduler, "semaphore(0): try | try", strategy, afterwards=[Op("acquire")])
        assert stuck.failure == "deadlock"
        assert [str(e) for e in stuck.history.pending] == ["c calls acquire"]


def test_bodies_may_be_anything() -> None:
    seen: list[int] = []

    def fails() -> None:
        raise ValueError("no")

    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        run = scheduler.run_bodies([lambda: seen.append(1), lambda: seen.append(2)], Replay([]))
        assert (run.failure, seen) == ("", [1, 2])
        run = scheduler.run_bodies([fails, lambda: None], Replay([]))
        assert (run.failure, run.why) == ("error", "a: ValueError: no")
        assert isinstance(run.error, ValueError)


def test_garbage_is_not_collected_while_actors_run(module: Any) -> None:
    states: list[bool] = []
    with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
        scheduler.run_bodies([lambda: states.append(gc.isenabled())], Replay([]))
    assert states == [False]
    assert gc.isenabled()


# -- what is under control --------------------------------------------------------------------


def test_nothing_of_the_live_modules_changes(module: Any) -> None:
    target = module(RACES[4].source)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        failing(scheduler, RACES[4].program, PCT(0), 1)  # what is imported for the first time stays
    before, names = dict(sys.modules), dict(vars(threading))
    hook = sys.unraisablehook
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        failing(scheduler, RACES[4].program, PCT(0), 20)
        assert dict(sys.modules) == before
    assert dict(sys.modules) == before
    assert dict(vars(threading)) == names
    assert sys.unraisablehook is hook
    assert sys.gettrace() is None or MONITORING is None


def test_sys_modules_is_as_before_when_it_cannot_be_imported(module: Any) -> None:
    target = module("""
        import sys, threading
        if threading is not sys.modules.get("threading") or hasattr(threading.Lock(), "held"):
            raise OSError("only once")

        class Lock:
            def acquire(self, blocking=True, timeout=-1): ...
            def release(self): ...
    """)
    for _ in range(2):
        before = dict(sys.modules)
        with pytest.raises(NotControllable, match=r"imported a second time: .*only once"):
            Controlled(target)
        assert {name: sys.modules[name] for name in before} == before


def test_two_one_after_another_and_two_at_once(module: Any) -> None:
    program = "semaphore(1): acquire leave | acquire leave"
    with Controlled("threading") as first, Controlled("threading") as second:
        assert first.code_hash == second.code_hash
        assert first.modules[0] is not second.modules[0]
        for controlled in (first, second, first):
            with Scheduler(controlled) as scheduler:
                assert failing(scheduler, program, PCT(0), 20) is None
        with Scheduler(first) as one, Scheduler(second) as other:
            for scheduler in (one, other, one):
                assert failing(scheduler, program, PCT(0), 5) is None


def test_what_was_captured_early_is_under_control(module: Any) -> None:
    target = module("""
        import threading
        from threading import Lock as Base
        from functools import partial

        def enclosing(make=threading.Lock):
            kept = make

            class Lock:
                kind = Base
                makers = {"lock": partial(kept)}

                def __init__(self, factory=threading.Lock):
                    self.locks = [factory(), self.kind(), kept(), self.makers["lock"]()]

                def acquire(self, blocking=True, timeout=-1):
                    for lock in self.locks:
                        lock.acquire()
                    return True

                def release(self):
                    for lock in self.locks:
                        lock.release()

            return Lock

        Lock = enclosing()
    """)
    with Controlled(target) as controlled:
        lock = controlled.subject.factories["lock"]()
        assert all(isinstance(inner, facades.Lock) for inner in lock.locks)
        with Scheduler(controlled) as scheduler:
            program = "lock: acquire leave | acquire leave"
            assert failing(scheduler, program, PCT(0), 50) is None


def test_imports_inside_of_functions_find_the_facades(module: Any) -> None:
    target = module("""
        class Event:
            def __init__(self):
                import threading
                self.inner = threading.Event()

            def set(self):
                self.inner.set()

            def wait(self, timeout=None):
                import time
                from threading import Lock
                time.sleep(3600)
                lock = Lock()
                lock.acquire()
                lock.acquire(True, 3600)
                return self.inner.wait(timeout)
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        begin = time.perf_counter()
        assert failing(scheduler, "event: wait | set", PCT(0), 20) is None
        assert time.perf_counter() - begin < 10


def test_a_package_with_its_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "neighbourly"
    package.mkdir()
    (package / "__init__.py").write_text("from neighbourly.locks import Lock\n", encoding="utf-8")
    (package / "below.py").write_text(
        "import threading\n\nmake = threading.Lock\n", encoding="utf-8"
    )
    (package / "locks.py").write_text(
        dedent("""
            from . import below

            class Lock:
                def __init__(self):
                    self.inner = below.make()

                def acquire(self, blocking=True, timeout=-1):
                    from .late import take
                    return take(self.inner, blocking, timeout)

                def release(self):
                    self.inner.release()
        """),
        encoding="utf-8",
    )
    (package / "late.py").write_text(
        "def take(lock, blocking, timeout):\n    return lock.acquire(blocking, timeout)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with Controlled("neighbourly") as controlled:
        names = [m.__name__ for m in controlled.modules]
        assert names == ["neighbourly", "neighbourly.below", "neighbourly.locks"]
        with Scheduler(controlled) as scheduler:
            program = "lock: acquire leave | acquire leave"
            assert failing(scheduler, program, PCT(0), 50) is None
    assert "neighbourly.late" not in sys.modules


def test_one_class_of_a_module(module: Any) -> None:
    target = module(RACES[3].source) + ":Semaphore"
    with Controlled(target, "bounded_semaphore") as controlled:
        assert controlled.primitives == ("bounded_semaphore",)
        with Scheduler(controlled) as scheduler:
            program = "bounded_semaphore(1): acquire leave | acquire leave"
            assert failing(scheduler, program, PCT(0), 50) is None


def test_what_an_entry_point_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    declares = """
        import threading
        from syncproof.vocabulary import Implementation

        class Lock:
            def __init__(self):
                self.inner = threading.Lock()

            def acquire(self, blocking=True, timeout=-1):
                return self.inner.acquire(blocking, timeout)

            def release(self):
                self.inner.release()

        implementation = Implementation("declared", ("lock",), lambda: {"lock": Lock})
    """
    module(declares, "pointed_at")
    monkeypatch.syspath_prepend(str(tmp_path))
    import pointed_at  # type: ignore[import-not-found]

    origin = "entry point declared = pointed_at:implementation"
    declared = dataclasses.replace(pointed_at.implementation, origin=origin)
    monkeypatch.setattr(registry, "registered", lambda: {"declared": declared})
    with Controlled("declared") as controlled, Scheduler(controlled) as scheduler:
        assert [m.__name__ for m in controlled.modules] == ["pointed_at"]
        assert controlled.modules[0] is not pointed_at
        assert failing(scheduler, "lock: acquire leave | acquire leave", PCT(0), 50) is None


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("_thread", "it is C code"),
        ("multiprocessing", "it uses multiprocessing"),
        ("fastrlock", "it is C code|is not installed"),
    ],
)
def test_what_cannot_be_controlled_says_why(target: str, why: str) -> None:
    with pytest.raises(NotControllable, match=why) as told:
        Controlled(target)
    assert "\n" not in str(told.value)


def test_some_of_the_primitives_may_be_in_c() -> None:
    with Controlled("threading") as controlled:
        assert controlled.why_not("lock").startswith("it is C code")
        assert "rlock" not in controlled.primitives
        assert "barrier" in controlled.primitives
    with Controlled("threading-python") as controlled:
        assert controlled.primitives == ("rlock", "condition")
        with Scheduler(controlled) as scheduler:
            program = parse("rlock: acquire acquire leave leave | acquire leave")
            assert {r.failure for r in scheduler.runs(program, PCT(0), CORRECT)} == {""}


def test_threads_of_its_own_cannot_be_controlled(module: Any) -> None:
    target = module("""
        import threading

        class Event:
            def __init__(self):
                self.inner = threading.Event()

            def set(self):
                threading.Thread(target=self.inner.set).start()

            def wait(self, timeout=None):
                return self.inner.wait(timeout)
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        with pytest.raises(NotControllable, match="starts threads of its own"):
            once(scheduler, "event: wait | set", PCT(0))
        # who starts them says so; the others can go on
        assert once(scheduler, "event: wait_timed | is_set", PCT(0)).failure == ""


def test_readerwriterlock_keeps_its_lock_in_a_default_argument() -> None:
    pytest.importorskip("readerwriterlock")
    with Controlled("readerwriterlock") as controlled, Scheduler(controlled) as scheduler:
        program = "lock: acquire leave | acquire leave | acquire leave"
        assert failing(scheduler, program, PCT(0), 100) is None


def test_threads_that_look_at_themselves_are_the_same_every_time(module: Any) -> None:
    target = module("""
        import threading

        class Lock:
            def __init__(self):
                self.inner, self.names = threading.Lock(), threading.local()

            def acquire(self, blocking=True, timeout=-1):
                if hasattr(self.names, "mine"):
                    raise RuntimeError("a thread that has run before")
                self.names.mine = threading.current_thread().name
                return self.inner.acquire(blocking, timeout)

            def release(self):
                self.inner.release()
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        program = parse("lock: acquire leave | acquire leave")
        strategy = PCT(0)
        first = [what(run) for run in scheduler.runs(program, strategy, 10)]
        strategy = PCT(0)
        assert [what(run) for run in scheduler.runs(program, strategy, 10)] == first


# -- points -----------------------------------------------------------------------------------


@pytest.mark.skipif(MONITORING is None, reason="there is no sys.monitoring before 3.12")
def test_a_tool_that_is_taken_is_left_alone() -> None:
    program = "semaphore(1): acquire leave | acquire leave"
    MONITORING.use_tool_id(4, "somebody else")
    try:
        with Controlled("threading") as controlled, Scheduler(controlled) as scheduler:
            assert once(scheduler, program, PCT(0)).steps > 10
            assert MONITORING.get_tool(4) == "somebody else"
        taken = [n for n in range(6) if MONITORING.get_tool(n) is None]
        for number in taken:
            MONITORING.use_tool_id(number, f"tool {number}")
        try:
            refused = pytest.raises(NotControllable, match=r"all six tools .* in use .*somebody")
            with Controlled("threading") as controlled, refused:
                Scheduler(controlled).__enter__()
        finally:
            for number in taken:
                MONITORING.free_tool_id(number)
    finally:
        MONITORING.free_tool_id(4)


def test_points_in_everything_that_is_code(module: Any) -> None:
    target = module("""
        import threading

        def passing(function):
            return lambda self, *args: function(self, *args)

        class Lock:
            def __init__(self):
                self.inner, self.n = threading.Lock(), 0

            @property
            def count(self):
                return self.n

            @passing
            def acquire(self, blocking=True, timeout=-1):
                self.n = (lambda: self.count + 1)()
                [setter(self) for setter in (lambda thing: thing.inner.acquire(),)]
                return True

            def release(self):
                def inside():
                    self.n = 0
                    self.inner.release()
                inside()
    """)
    with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
        lines = {text for _, text in trace(once(scheduler, "lock: acquire leave", PCT(0)))}
    for part in ("return self.n", "lambda self, *args", "self.n = (lambda", "self.n = 0"):
        assert any(part in line for line in lines), part


def test_attributes_that_never_change_are_no_points(module: Any) -> None:
    def steps(change: str) -> int:
        target = module(f"""
            import threading

            class Lock:
                def __init__(self):
                    self.inner, self.kind = threading.Lock(), 1

                def acquire(self, blocking=True, timeout=-1):
                    kind = self.kind
                    return self.inner.acquire(blocking, timeout)

                def release(self):
                    {change}
                    self.inner.release()
        """)
        with Controlled(target) as controlled, Scheduler(controlled) as scheduler:
            return once(scheduler, "lock: acquire", PCT(0)).steps

    assert steps("self.kind = 2") == steps("pass") + 1


def test_an_unknown_view_is_refused() -> None:
    with Controlled("threading") as controlled, pytest.raises(ValueError, match="is no view"):
        Scheduler(controlled, "all")


LOSES = """
    class Event:
        def __init__(self):
            self.count, self.never = 0, False

        def read(self):
            return self.count

        def set(self):
            {}
            self.count = count + 1

        def is_set(self):
            return self.count

        def wait(self, timeout=None):
            return True
"""


@pytest.mark.skipif(not views.GIL_IS_NARROW, reason="this GIL may change hands anywhere")
@pytest.mark.parametrize(
    ("reads", "loses"),
    [
        ("count = self.count", False),
        ("count = self.count; len('')", True),  # after a call of C code
        ("count = self.read()", sys.version_info < (3, 11)),  # and of Python code, until 3.11
        ("count = self.count\n            if self.never: pass", sys.version_info < (3, 11)),
        ("for count in (self.count,): pass", True),  # a loop goes round
    ],
)
def test_the_gils_view_is_that_of_this_interpreter(reads: str, loses: bool, module: Any) -> None:
    with Controlled(module(LOSES.format(reads))) as controlled:
        for view, lost in (("gil", loses), ("any", True)):
            strategy = Bounded(1, 0)
            counts = set()
            with Scheduler(controlled, view) as scheduler:
                for run in scheduler.runs(parse("event: set is_set | set is_set"), strategy, 500):
                    ends = [e for e in run.history.events if e.returned and e.op.name == "is_set"]
                    counts.add(max(e.value for e in ends))
            assert strategy.exhausted
            assert (1 in counts) == lost
