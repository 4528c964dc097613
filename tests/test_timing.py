"""The harness of the benchmarks: its loops, its threads, its statistics, its files.

Nothing here asserts how long anything takes: that is for a machine that is ours alone.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import gc
import itertools
import json
import math
import os
import random
import re
import statistics as stdlib
import threading
import time

import pytest

from syncproof import results
from syncproof.interpreters import interpreter_name
from syncproof.results import Report, Result
from syncproof.timing import (
    crews,
    floor,
    histogram,
    machine,
    planning,
    scenarios,
    store,
    table,
)
from syncproof.timing import statistics as figures
from syncproof.timing.crew import Herd, IncorrectError, contend, together
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import Case, Setting, batches, by_id, cases, catalogue, unrolled
from syncproof.timing.worker import missing_for
from syncproof.vocabulary import PRIMITIVES, Deviation, Implementation

# -- scenarios ----------------------------------------------------------------------------


def test_every_primitive_is_created_and_every_lock_is_contended():
    ids = {c.id for c in cases()}
    assert {f"create.{p}" for p in PRIMITIVES} <= ids
    for locks in ("lock", "rlock", "semaphore"):
        assert {f"throughput.{locks}.threads={n}" for n in (1, 2, 4)} <= ids
    for waiters in (8, 64):
        assert f"notify_all.condition.waiters={waiters}" in ids
        assert f"set_parked.event.waiters={waiters}" in ids


def test_ids_are_unique_and_every_scenario_says_what_one_operation_is():
    ids = [c.id for c in cases()]
    assert len(ids) == len(set(ids))
    for one in catalogue():
        assert one.operation
        assert "\n" not in one.operation
        assert one.reading


def test_globs_choose_by_name_and_by_whole_name():
    assert {c.scenario.name for c in cases(globs=["pair"])} == {"pair"}
    assert [c.id for c in cases(["lock"], ["through*threads=2"])] == ["throughput.lock.threads=2"]
    assert cases(globs=["nothing*"]) == []


def test_the_floor_is_no_implementation():
    from syncproof import registry

    assert "floor" not in registry.registered()
    assert not any("floor" in name for name in registry.registered())


def test_a_scenario_has_another_hash_when_a_helper_of_it_changes(tmp_path, monkeypatch):
    def hash_of(body, reading="r", limit=1):
        path = tmp_path / f"scene_{len(list(tmp_path.iterdir()))}.py"
        path.write_text(
            "from syncproof.timing.scenarios import scenario, unrolled\n"
            f"def helper(limit):\n    {body}\n"
            f"LIMIT = {limit}\n"
            f"@scenario('s', primitives=('lock',), operation='o', reading='{reading}')\n"
            "def s(setting):\n    helper(LIMIT)\n    return unrolled('pass')\n"
        )
        import importlib

        monkeypatch.syspath_prepend(str(tmp_path))
        return importlib.import_module(path.stem).s.hash

    assert hash_of("return 1") == hash_of("return 1")
    assert hash_of("return 1") != hash_of("return 2")
    assert hash_of("return 1") != hash_of("return 1", limit=2), "a constant that it uses"
    assert hash_of("return 1") == hash_of("return 1", reading="in other words")


def test_who_declares_to_deviate_is_not_timed_where_it_matters():
    def implementation(*deviations):
        return Implementation("mine", ("lock",), dict, deviations=deviations)

    (case,) = by_id(["pingpong.lock"])
    owned = Deviation("lock.release.any-thread", "raises RuntimeError", "it has an owner")
    assert missing_for(case, implementation(), threading.Lock) == ""
    assert "raises RuntimeError" in missing_for(case, implementation(owned), threading.Lock)
    assert missing_for(a_case(), implementation(owned), threading.Lock) == ""


# -- loops --------------------------------------------------------------------------------


def test_the_loop_holds_ten_copies_and_looks_nothing_up():
    lock = threading.Lock()
    hot = unrolled("acquire(); release()", acquire=lock.acquire, release=lock.release)
    code = list(dis.get_instructions(hot))
    calls = [i for i in code if i.opname.startswith(("CALL", "PRECALL"))]
    assert len([i for i in calls if i.opname != "PRECALL"]) >= 2 * 10 + 3  # range and two clocks
    inside = hot.__code__.co_names
    assert set(inside) <= {"range"}, "every other name is a local variable"


def test_each_loop_has_a_code_object_of_its_own():
    one, other = (unrolled("f()", f=gc.isenabled) for _ in range(2))
    assert one.__code__ is not other.__code__


def test_the_loop_does_what_it_says_so_many_times():
    done = []
    assert unrolled("step(1)", step=done.append)(7) > 0
    assert len(done) == 70


def test_a_statement_may_be_a_block():
    lock = threading.Lock()
    assert unrolled("with lock: pass", lock=lock)(3) > 0
    assert not lock.locked()


# -- threads ------------------------------------------------------------------------------


def test_together_measures_what_overlaps():
    meet = threading.Barrier(2)
    stamps = together(lambda: meet.wait(10), lambda: meet.wait(10))
    assert stamps.overlap > 0, "they have met"
    assert stamps.wall >= 0
    first = threading.Event()

    def after():
        first.wait(10)

    assert together(first.set, after).wall >= 0


def test_together_raises_what_a_body_raises_and_waits_for_no_other():
    never = threading.Event()

    def wrong():
        raise IncorrectError("off by one")

    with pytest.raises(IncorrectError, match="off by one"):
        together(wrong, never.wait)
    never.set()


def test_a_window_counts_what_was_done_while_all_were_active():
    total = []
    bodies = [batches("step(1)", 10, step=total.append) for _ in range(2)]
    window, done = contend(bodies, 10, 0.01)
    assert done == len(total)
    assert sum(window.counts) <= done
    assert window.seconds > 0


def test_threads_that_take_turns_have_no_overlap():
    from syncproof.timing import crew

    window = crew.window_of([[1.0, 2.0], [3.0, 4.0]], 10)
    assert window.overlap == 0
    assert window.seconds == 3.0
    both = crew.window_of([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], 10)
    assert both.overlap == pytest.approx(1 / 3)
    assert both.counts == [10, 10]


def test_a_herd_that_returns_before_it_is_woken_is_incorrect():
    def wait(generation, herd):
        herd.parking(generation)

    herd = Herd(2, 1, wait)
    herd.all_parking()
    herd.join()
    with pytest.raises(IncorrectError, match="before anybody woke it"):
        herd.back(0, time.perf_counter())


class Open:
    """Excludes nobody, and lets other threads in at the worst moment."""

    def __init__(self, value=1):
        pass

    def acquire(self, blocking=True, timeout=-1):
        time.sleep(0)
        return True

    def release(self):
        pass


def test_a_lock_that_excludes_nobody_is_incorrect_under_contention():
    (case,) = by_id(["throughput.lock.threads=4"])

    def windows():
        for _ in range(50):  # two must be inside at once: most windows show it, not each one
            case.on(Open)(0.05)

    with pytest.raises(IncorrectError, match="two held it at once"):
        windows()


def test_a_lock_that_lets_in_out_of_turn_is_incorrect():
    (case,) = by_id(["pingpong.lock"])
    with pytest.raises(IncorrectError, match="turn"):
        case.on(Open)(200)


def test_a_barrier_with_wrong_indices_is_incorrect():
    class Same(threading.Barrier):
        def wait(self, timeout=None):
            super().wait(timeout)
            return 0

    (case,) = by_id(["phase.barrier.parties=2"])
    with pytest.raises(IncorrectError, match="indices"):
        case.on(Same)(3)


def test_nothing_is_verified_on_the_floor():
    setting = Setting("lock", floor.Nothing, {"threads": 2}, exact=False)
    assert next(s for s in catalogue() if s.name == "throughput").prepare(setting)(0.01).seconds > 0


# -- statistics ---------------------------------------------------------------------------


def test_the_headline_is_the_median_of_all_ratios_and_lies_within_its_bounds():
    found = figures.ratio_of([[1.0, 2.0, 3.0], [2.0, 4.0], [3.0]])
    assert found.estimate == 2.5
    assert (found.low, found.high, found.processes) == (2.0, 3.0, 3)
    assert found.confidence == 0.75


def test_bounds_are_widened_by_what_the_halves_of_the_run_are_apart():
    interval = figures.ratio_of([[1.0], [1.0], [1.2], [1.2]])
    wider = figures.widened(interval, (1.0, 1.21))
    assert wider.low == pytest.approx(interval.low / 1.1)
    assert wider.high == pytest.approx(interval.high * 1.1)
    assert wider.estimate == interval.estimate
    assert figures.widened(interval, None) == interval


def test_many_processes_have_bounds_inside_their_extremes():
    found = figures.ratio_of([[float(i)] for i in range(1, 21)])
    assert (found.low, found.high) == (6.0, 15.0), "the 6th and the 15th of 20, as in any table"


def test_one_process_with_very_many_slices_has_bounds():
    found = figures.ratio_of([[float(i) for i in range(5001)]])
    assert found.estimate == 2500
    assert 2400 < found.low < 2500 < found.high < 2600
    at, above = (figures._bounds([float(i) for i in range(n)]) for n in (200, 201))
    assert at == pytest.approx(above, abs=2), "the two ways of finding them meet"


def test_bounds_hold_the_median_as_often_as_they_say():
    dice = random.Random(1)
    held = 0
    for _ in range(1000):
        found = figures.ratio_of([[dice.lognormvariate(0, 1)] for _ in range(11)])
        held += found.low <= 1.0 <= found.high
    assert held >= 930


def test_the_rank_sum_test_is_exact_for_small_samples():
    assert figures.mann_whitney([1, 2, 3], [4, 5, 6]) == pytest.approx(0.1)
    assert figures.mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(2 / 252)
    assert figures.mann_whitney([1, 4], [2, 3]) == 1.0
    assert figures.smallest_p(5, 5) == pytest.approx(2 / 252)
    for n, m in itertools.product(range(1, 5), range(1, 5)):
        arrangements = [
            sum(i < j for i in chosen for j in set(range(n + m)) - set(chosen))
            for chosen in itertools.combinations(range(n + m), n)
        ]
        for u in range(n * m // 2 + 1):
            tail = sum(x <= u for x in arrangements) / len(arrangements)
            assert figures.exact_p(u, n, m) == pytest.approx(min(1.0, 2 * tail))


def test_the_normal_approximation_meets_the_exact_one():
    dice = random.Random(2)
    a = [dice.random() for _ in range(15)]
    b = [dice.random() + 0.3 for _ in range(15)]
    exact = figures.mann_whitney(a, b)
    u = sum(x > y for x in a for y in b)
    assert figures._normal_p(u, a, b) == pytest.approx(exact, rel=0.15, abs=0.002)
    assert figures.mann_whitney([1.0] * 5, [1.0] * 5) == 1.0, "all tied: nothing can be said"


def test_the_signed_rank_test_is_exact():
    assert figures.signed_rank([1, 2, 3, 4, 5]) == pytest.approx(2 / 32)
    assert figures.signed_rank([1, -2, 3, -4]) == pytest.approx(14 / 16)
    assert figures.signed_rank([]) == figures.signed_rank([0.0, 0.0]) == 1.0
    for values in ([0.5, -0.1, 0.3, 0.2, -0.9, 0.7], [1, 1, -1, 2, 2], [3, 3, 3, 3]):
        ranks = [
            sum(abs(o) < abs(v) for o in values) + (sum(abs(o) == abs(v) for o in values) + 1) / 2
            for v in values
        ]
        sums = [
            sum(r for r, up in zip(ranks, signs) if up)
            for signs in itertools.product((False, True), repeat=len(values))
        ]
        seen = sum(r for r, v in zip(ranks, values) if v > 0)
        below = min(seen, sum(ranks) - seen)
        expected = min(1.0, 2 * sum(s <= below for s in sums) / len(sums))
        assert figures.signed_rank(values) == pytest.approx(expected)


def test_holm_corrects_for_the_number_of_tries_and_keeps_the_order():
    assert figures.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert figures.holm([]) == []
    assert figures.holm([0.9, 0.8]) == [1.0, 1.0]


def test_identical_runs_are_seldom_called_different():
    dice = random.Random(3)
    ps = [
        figures.mann_whitney(
            [dice.gauss(1, 0.1) for _ in range(8)], [dice.gauss(1, 0.1) for _ in range(8)]
        )
        for _ in range(400)
    ]
    assert sum(p <= 0.05 for p in ps) <= 32


def test_halves_are_of_processes_or_else_of_slices():
    assert figures.halves([[1.0], [1.0], [3.0], [3.0]]) == (1.0, 3.0)
    assert figures.halves([[1.0, 1.0, 2.0, 2.0]]) == (1.0, 2.0)
    assert figures.halves([[1.0]]) is None
    assert figures.disagreement((1.0, 1.1)) == pytest.approx(0.1)


def test_quantiles_are_as_in_the_standard_library():
    values = [random.Random(4).random() for _ in range(101)]
    assert figures.quantile(values, 0.1) == pytest.approx(
        stdlib.quantiles(values, n=10, method="inclusive")[0]
    )


# -- distributions and growth -------------------------------------------------------------


def test_percentiles_of_events_are_right_within_a_step():
    dice = random.Random(5)
    events = [dice.lognormvariate(-12, 1) for _ in range(2000)]
    kept = histogram.counted(events)
    for part in (0.5, 0.9, 0.99):
        exact = sorted(events)[int(part * len(events))]
        assert histogram.percentile(kept, part) == pytest.approx(exact, rel=0.06)
    assert histogram.greatest(kept) == pytest.approx(max(events), rel=0.03)
    assert histogram.loaded(histogram.dumped(kept)) == kept


def test_a_percentile_needs_events_beyond_it():
    assert histogram.percentile(histogram.counted([1e-6] * 199), 0.99) is None
    assert histogram.percentile(histogram.counted([1e-6] * 200), 0.99) is not None
    assert histogram.percentile(histogram.counted([]), 0.5) is None


def test_growth_is_the_exponent_of_a_power():
    from syncproof.timing.growth import exponent

    assert exponent({1: 2.0, 8: 16.0, 64: 128.0}) == pytest.approx(1.0)
    assert exponent({1: 1.0, 8: 64.0, 64: 4096.0}) == pytest.approx(2.0)
    assert exponent({1: 1.0, 10: 1.0, 100: 1.0, 1000: 9.0}) == pytest.approx(0.0, abs=0.4)


def test_growth_is_fitted_over_the_cells_of_a_scenario(tmp_path):
    from syncproof.timing.growth import growths

    made = by_id([f"notify_all.condition.waiters={n}" for n in (1, 8, 64)])
    session = a_session()
    session.records = [
        Record(c, [a_process(n, [c.parameters["waiters"] * 1e-6] * 2) for n in range(4)])
        for c in made
    ]
    store.write(tmp_path, session)
    (found,) = growths(store.load(tmp_path))
    assert (found.name, found.parameter) == ("notify_all.condition", "waiters")
    assert found.exponent == pytest.approx(1.0)
    assert found.low <= found.exponent <= found.high


def test_fairness_is_of_windows_in_which_all_were_at_work(tmp_path):
    (case,) = by_id(["throughput.lock.threads=2"])
    windows = a_process(
        0, [1e-6] * 3, overlaps=[0.9, 0.9, 0.1], counts=[[100, 100], [300, 100], [1000, 0]],
        gaps=[0.01, 0.02, 0.5],
    )
    session = a_session()
    session.records = [Record(case, [windows])]
    store.write(tmp_path, session)
    (cell,) = store.load(tmp_path)
    assert cell.jain == pytest.approx((1.0 + 400**2 / (2 * (300**2 + 100**2))) / 2)
    assert cell.most_to_least == pytest.approx(2.0)
    assert cell.starved == pytest.approx(0.5)


# -- crews --------------------------------------------------------------------------------


def a_crew(model):
    pytest.importorskip(model)
    return crews.of(model)


@pytest.mark.parametrize("model", ["asyncio", "uvloop", "anyio", "trio"])
def test_tasks_work_together_contend_and_are_cancelled(model):
    crew = a_crew(model)
    done = []

    async def scene():
        async def body():
            await crew.switch()
            done.append(1)

        stamps = await crew.together(body, body)
        section = batches("await switch()", 10, switch=crew.switch)
        window, total = await crew.contend([section, section], 10, 0.005)
        task = crew.start(lambda: crew.sleep(600))
        await crew.switch()
        task.cancel()
        await task.ended()
        return stamps, window, total

    stamps, window, total = crew.run(scene)
    assert len(done) == 2
    assert stamps.wall > 0
    assert total >= 20, "each finished a batch"
    assert total >= sum(window.counts)
    assert 0 <= window.overlap <= 1


@pytest.mark.parametrize("model", ["asyncio", "trio"])
def test_what_a_task_raises_ends_the_others(model):
    crew = a_crew(model)

    async def wrong():
        raise IncorrectError("off by one")

    async def scene():
        await crew.together(wrong, lambda: crew.sleep(600))

    with pytest.raises(IncorrectError, match="off by one"):
        crew.run(scene)


def test_processes_have_stamps_of_one_clock_and_tell_what_went_wrong():
    crew = crews.of("process")
    stamps = crew.together(time.perf_counter, time.perf_counter)
    assert stamps.wall > 0
    with pytest.raises(IncorrectError, match="ZeroDivisionError"):
        crew.together(functools.partial(divmod, 1, 0))
    with pytest.raises(IncorrectError, match="died"):
        crew.together(functools.partial(os._exit, 3))


def test_each_floor_runs_in_its_model():
    for model in ("thread", "asyncio", "process"):
        crew = crews.of(model)
        for case in scenarios.floors(model):
            assert case.on(object, crew=crew)(2) > 0


# -- plans --------------------------------------------------------------------------------


def test_a_short_budget_has_fewer_rounds_and_says_so():
    many = [("thread", cases(model="thread"))] * 10
    long, short = planning.plan(many, 3600), planning.plan(many, 60)
    assert (long.rounds, short.rounds) == (planning.ROUNDS[1], planning.ROUNDS[0])
    assert not long.short
    assert "short" in short.told()
    assert "short" not in long.told()
    assert sum(long.parts) == pytest.approx(1.0)


def test_the_budget_that_is_said_to_do_for_all_does():
    everything = [("thread", cases(model="thread"))]
    said = planning.plan(everything, 9, kept=0.2).told()
    (enough,) = map(int, re.findall(r"(\d+) s would do", said))
    assert not planning.plan(everything, enough, kept=0.2).left_out
    assert planning.plan(everything, enough - 1, kept=0.2).left_out
    (minutes,) = map(int, re.findall(r"(\d+) min", planning.plan(everything * 3, 9).told()))
    assert not planning.plan(everything * 3, 60 * minutes).left_out


def test_what_a_short_budget_leaves_out_is_left_out_of_all():
    everything, locks = cases(model="thread"), cases(["lock"], model="thread")
    plan = planning.plan([("thread", everything), ("thread", locks)] * 3, 120)
    assert plan.left_out
    kept = {c.scenario.name for c in everything if c.id not in plan.left_out}
    assert {"pair", "throughput", "pingpong", "phase"} <= kept, "the core was not kept"
    for case in everything:
        twins = [c for c in everything if c.scenario.name == case.scenario.name]
        twins = [c for c in twins if c.parameters == case.parameters]
        assert len({c.id in plan.left_out for c in twins}) == 1, f"{case.id} is alone"
    assert not planning.plan([("thread", everything)], 3600).left_out


def test_who_has_more_cases_has_more_of_the_time():
    few, many = cases(["lock"], ["pair"]), cases(model="thread")
    plan = planning.plan([("thread", few), ("thread", many)], 60)
    assert plan.parts[0] < plan.parts[1]


def test_processes_that_start_interpreters_have_more_of_the_time_than_forks():
    of_processes = cases(model="process")
    plan = planning.plan([("fork", of_processes), ("spawn", of_processes)], 60)
    assert plan.parts[0] < plan.parts[1]


class Turns:
    """Stands for a deck: how much of what is wanted it has, and how long that has taken."""

    def __init__(self, kind, progress, spent, untaken=False):
        self.kind, self.progress, self.spent, self.untaken = kind, progress, spent, untaken


def test_kinds_proceed_in_step_and_short_slices_are_not_kept_waiting():
    from syncproof.timing.worker import next_deck

    hot, window = Turns("hot", 0.5, 4.0), Turns("window", 0.4, 6.0)
    assert next_deck([hot, window], 10.0) is window
    hot.spent = 0.1
    assert next_deck([window, hot], 10.0) is hot


def test_a_case_without_a_slice_comes_before_a_second_slice_of_another():
    from syncproof.timing.worker import next_deck

    blocking, window = Turns("blocking", 0.1, 1.0), Turns("window", 0.9, 9.0, untaken=True)
    assert next_deck([blocking, window], 10.0) is window
    hot = Turns("hot", 0.1, 0.0)
    assert next_deck([hot, blocking, window], 10.0) is window, "nor are hot cases kept waiting yet"


def test_who_holds_a_lock_is_the_same_before_and_after_greenlets_were_switched():
    pytest.importorskip("gevent", reason="gevent is not installed")
    locks = pytest.importorskip("aiologic", reason="aiologic is not installed")
    again = []

    def actor():
        crew = crews.of("gevent")
        lock = locks.RLock()
        lock.green_acquire()
        crew.switch()
        again.append(lock.green_acquire(blocking=False))

    thread = threading.Thread(target=actor, daemon=True)  # without a hub until now
    thread.start()
    thread.join(10)
    assert again == [True]


def test_what_the_machine_did_is_told_where_it_matters():
    watch = machine.Watch()
    about = watch.record()
    assert about["cpus"] >= 1
    assert json.dumps(about)
    assert machine.remarks({"cpus": 2, "busy_with_others": 0.0, "throttled": 0}) == []
    told = " ".join(machine.remarks(
        {"cpus": 2, "busy_with_others": 1.5, "stolen": 0.1, "throttled": 3, "virtual": "kvm",
         "governor": "powersave", "turbo": True, "optimized": False}
    ))
    for word in ("loaded", "10%", "throttled", "virtual", "powersave", "turbo", "profile"):
        assert word in told


def test_the_switch_interval_is_set_and_recorded(tmp_path):
    from syncproof.timing.worker import SWITCH_INTERVAL
    from syncproof.timing.workers import work

    said = []
    job = {"target": "threading", "as": "", "model": "", "cases": [], "seconds": 0.0, "taken": {},
           "loops": {}, "seed": 1, "alone": True}
    assert work(job, said.append, 20.0) is None
    (hello,) = [e for e in said if e["event"] == "hello"]
    assert hello["interpreter"]["switch_interval"] == pytest.approx(SWITCH_INTERVAL)


# -- the loop itself ------------------------------------------------------------------------


def test_the_loop_costs_less_than_three_per_cent_of_a_lock():
    """A ratio of shortest slices, of which there are many: a busy machine has quiet moments."""
    loop, pair = by_id(["floor.loop", "pair.lock"])
    turn, lock = loop.on(object), pair.on(threading.Lock)
    least = {"turn": math.inf, "lock": math.inf}
    for _ in range(200):
        least["turn"] = min(least["turn"], turn(1000) / 1000)
        least["lock"] = min(least["lock"], lock(100) / (100 * pair.scenario.inner))
    assert least["turn"] / pair.scenario.inner < 0.03 * least["lock"]


# -- verdicts and files -------------------------------------------------------------------


def a_case(name="pair.lock") -> Case:
    return by_id([name])[0]


def a_process(number, values, beside=10.0, **more):
    return Process(number, list(values), [beside] * len(values), [1.0] * len(values), **more)


def test_what_repeats_is_stable_and_what_does_not_is_noisy():
    same = [a_process(n, [20.0, 21.0, 20.0]) for n in range(4)]
    assert Record(a_case(), same).judge() == ("stable", "")
    moved = [*same[:2], a_process(2, [30.0]), a_process(3, [30.0])]
    verdict, reason = Record(a_case(), moved).judge()
    assert verdict == "noisy"
    assert "50%" in reason
    assert Record(a_case(), [a_process(0, [1.0])]).judge()[0] == "noisy"


def test_two_kinds_of_processes_are_noisy_though_the_halves_of_the_run_agree():
    quick_and_slow = [a_process(n, [20.0, 20.0] if n % 2 else [40.0, 40.0]) for n in range(8)]
    verdict, reason = Record(a_case(), quick_and_slow).judge()
    assert verdict == "noisy"
    assert "bounds are 100%" in reason


def test_threads_that_seldom_overlap_make_a_figure_invalid():
    windows = [a_process(n, [1.0, 1.0], overlaps=[0.2, 0.3]) for n in range(4)]
    verdict, reason = Record(a_case("throughput.lock.threads=2"), windows).judge()
    assert verdict == "invalid"
    assert "25%" in reason


def moving(name, second, **more):
    """Eight processes, of which the second four take so many times as long as the first four."""
    halves = [a_process(n, [20.0 * second if n > 3 else 20.0] * 2, **more) for n in range(8)]
    return Record(a_case(name), halves).judge()


@pytest.mark.parametrize("name", [
    "throughput.lock.threads=2", "release_parked.semaphore.waiters=8", "wake.event.until=done",
])
def test_what_blocks_or_contends_and_moves_within_its_run_is_not_valid(name):
    verdict, reason = moving(name, 1.25)
    assert verdict == "invalid"
    assert "25%" in reason
    assert moving(name, 1.15)[0] == "noisy"
    assert moving("pair.lock", 1.25)[0] == "noisy", "the floor says how far to trust a call"


def test_what_blocks_or_contends_is_not_valid_if_its_processes_differ_too_much():
    """Though its halves agree: in each there are as many of the quick and of the slow ones."""
    def differing(name, slow):
        processes = [a_process(n, [20.0 * (slow if n % 2 else 1.0)] * 2) for n in range(8)]
        return Record(a_case(name), processes).judge()

    verdict, reason = differing("throughput.lock.threads=2", 1.5)
    assert verdict == "invalid"
    assert "processes differ" in reason
    assert differing("throughput.lock.threads=2", 1.15)[0] == "stable"
    assert differing("pair.lock", 1.5)[0] == "noisy"


def test_processes_tell_how_far_two_runs_are_apart_at_most_in_95_of_100():
    dice = random.Random(5)

    def run():
        return [[math.exp(dice.gauss(0, 0.1))] for _ in range(8)]

    def headline():
        return stdlib.median(value for process in run() for value in process)

    told = stdlib.median(figures.two_runs_apart(run()) for _ in range(200))
    found = [figures.disagreement((headline(), headline())) for _ in range(2000)]
    assert 0.9 < sum(apart <= told for apart in found) / len(found) < 0.99
    assert figures.two_runs_apart([[1.0]]) == 0.0
    assert figures.two_runs_apart([[1.0], [1e300]]) > 1e9, "no figure is too large for it"


def test_threading_itself_is_judged_by_the_floor_beside_it():
    """A processor that slows down in the middle of a run slows the floor as well."""
    def process(number):
        slow = 1.5 if number > 3 else 1.0
        return Process(number, [20.0 * slow] * 2, [], [1.0 * slow] * 2, overlaps=[0.9, 0.9])

    record = Record(a_case("throughput.lock.threads=2"), [process(n) for n in range(8)])
    assert record.judge() == ("stable", "")


def test_a_figure_that_does_not_repeat_can_be_compared_and_one_of_something_else_cannot(tmp_path):
    case = a_case("throughput.lock.threads=2")
    for place, overlap in (("moves", 0.9), ("turns", 0.2)):
        session = a_session()
        windows = [a_process(n, [20.0 + 10 * (n > 3)], overlaps=[overlap]) for n in range(8)]
        session.records = [Record(case, windows)]
        store.write(tmp_path / place, session)
    (moves,), (turns,) = store.load(tmp_path / "moves"), store.load(tmp_path / "turns")
    assert (moves.verdict, moves.usable, moves.comparable) == ("invalid", False, True)
    assert (turns.verdict, turns.usable, turns.comparable) == ("invalid", False, False)


def test_a_case_without_a_time_says_why():
    assert Record(a_case(), lost=("stuck", "so it is")).judge() == ("stuck", "so it is")
    assert Record(a_case()).judge()[0] == "unavailable"


def a_session(values=(20.0, 22.0), name="mine", lost=None, processes=8):
    from syncproof.interpreters import interpreter
    from syncproof.sandbox.inspection import Target

    target = Target(
        target=name, kind="", name=name, version="1.0", model="thread", primitives=("lock",),
        about="", interpreter=interpreter(),
    )
    found = [
        a_process(n, [v * 1e-9 for v in values], metadata={"gil_enabled": True})
        for n in range(processes)
    ]
    records_ = [Record(a_case(), found), Record(a_case("create.lock"), lost=lost)]
    return Session(target, records_, interpreter=interpreter(), loads=[0.5])


def test_what_is_written_is_read_and_pyperf_reads_it_too(tmp_path):
    import pyperf

    path = store.write(tmp_path, a_session(lost=("stuck", "said nothing for 5 s")))
    assert path.parent.name == interpreter_name()
    suite = pyperf.BenchmarkSuite.load(str(path))
    assert suite.get_benchmark_names() == ["pair.lock", "pair.lock@threading", "pair.lock@floor"]
    cells = {c.id: c for c in store.load(tmp_path)}
    pair = cells["pair.lock"]
    assert pair.values == pytest.approx([20e-9, 22e-9] * 8)
    assert pair.to_threading.estimate == pytest.approx(2.1e-9)
    assert pair.to_floor.processes == 8
    assert pair.best == pytest.approx(20e-9)
    assert pair.hash == a_case().scenario.hash
    assert pair.verdict == "stable"
    assert pair.usable
    lost = cells["create.lock"]
    assert (lost.verdict, lost.reason, lost.timed) == ("stuck", "said nothing for 5 s", False)
    assert store.load(path) == store.load(tmp_path)


def test_names_of_targets_make_names_of_files():
    assert store.file_name("mylib.locks:FairLock") == "mylib.locks-FairLock"
    assert store.file_name("../x") == "x"
    assert store.file_name("") == "target"


def test_a_run_without_a_time_leaves_no_old_times(tmp_path):
    session = a_session()
    path = store.write(tmp_path, session)
    session.records = [Record(a_case(), lost=("stuck", "now it is"))]
    store.write(tmp_path, session)
    assert not path.exists()
    assert [c.verdict for c in store.load(tmp_path)] == ["stuck"]


def test_a_cell_says_whether_the_clauses_of_its_primitive_hold(tmp_path):
    session = a_session()
    assert {c.conformance for c in store.load(store.write(tmp_path, session))} == {"unchecked"}
    for outcome, standing in (("pass", "kept"), ("fail", "broken")):
        checked = Report(
            implementation="mine", version="1.0", model="thread",
            interpreter=session.interpreter, target="mine",
            results=[Result("one", "lock", "must", outcome), Result("two", "lock", "must", "pass")],
        )
        place = tmp_path / "check" / interpreter_name() / "mine.json"
        results.write(place, [checked])
        cells = store.load(store.write(tmp_path, session))
        assert {c.conformance for c in cells} == {standing}
        assert ("not conformant" in "\n".join(table.lines(cells))) == (standing == "broken")
    session.target = dataclasses.replace(session.target, version="2.0")
    cells = store.load(store.write(tmp_path, session))
    assert {c.conformance for c in cells} == {"unchecked"}, "that was another version"


@pytest.mark.parametrize(
    ("build", "name", "marked"),
    [
        ({"free_threaded_build": True}, "cpython-3.14.0t", True),
        ({"free_threaded_build": True, "optimised_build": True}, "cpython-3.14.0t-pgo", True),
        ({"optimised_build": True, "jit_enabled": True}, "cpython-3.14.0-pgo-jit", False),
    ],
)
def test_only_where_the_gil_can_be_off_is_it_said_to_be_on(tmp_path, build, name, marked):
    session = a_session()
    session.interpreter = {
        "implementation": "CPython", "version": "3.14.0", "gil_at_start": False,
        "gil_enabled": True, **build,
    }
    cells = store.load(store.write(tmp_path, session))
    title = next(line for line in table.lines(cells) if line.startswith("mine on "))
    assert title == f"mine on {name}" + marked * ", with the GIL on"


def test_what_was_interrupted_is_taken_up_and_what_has_changed_is_not(tmp_path):
    session = a_session(lost=("stuck", "so it is"))
    session.complete = False
    store.write(tmp_path, session)
    wanted = [a_case(), a_case("create.lock"), a_case("pair.rlock")]
    found = store.earlier(tmp_path, session.target, wanted, "pyperf")
    assert found is None, "it was taken by another sampler"
    found = store.earlier(tmp_path, session.target, wanted, "interleaved")
    assert not found.complete
    kept = {r.case.id: r for r in found.records}
    assert [p.values for p in kept["pair.lock"].processes] == [
        p.values for p in session.records[0].processes
    ]
    assert kept["create.lock"].lost == ("stuck", "so it is")
    assert kept["pair.rlock"].processes == []
    newer = dataclasses.replace(session.target, version="2.0")
    assert store.earlier(tmp_path, newer, wanted, "interleaved") is None
    for index in store.indexes(tmp_path):
        index.write_text("{")
    assert store.earlier(tmp_path, session.target, wanted) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 99}'])
def test_files_that_are_none_of_ours_are_refused_in_one_line(tmp_path, text):
    place = tmp_path / "bench" / "x"
    place.mkdir(parents=True)
    (place / f"a{store.INDEX}").write_text(text)
    with pytest.raises(store.StoreError) as raised:
        store.load(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_file_does_not_say_whose_machine_it_was(tmp_path):
    session = a_session()
    told = session.records[0].processes[0].metadata
    told.update(hostname="alices", python_executable="/home/me/x")
    text = store.write(tmp_path, session).read_text(encoding="utf-8")
    assert "alices" not in text
    assert "/home" not in text


def test_an_index_is_plain_json_with_every_cell(tmp_path):
    path = store.write(tmp_path, a_session(lost=("incorrect", "two held it at once")))
    document = json.loads(path.with_name("mine" + store.INDEX).read_text())
    assert [row["verdict"] for row in document["cells"]] == ["stable", "incorrect"]
    assert document["interpreter"]["gil_enabled"] in (True, False)


def test_calibration_fills_a_slice():
    from syncproof.timing.slices import calibrated

    heard = []
    late = iter([0.02])  # the processor is taken away in the first try

    def calibrate(run):
        return calibrated(run, 1e-3, lambda: heard.append(1))

    assert calibrate(lambda loops: loops * 1e-6) in range(500, 2001)
    assert calibrate(lambda loops: next(late, loops * 1e-6)) in range(500, 2001)
    assert calibrate(lambda loops: 1.0) == 1
    assert calibrate(lambda loops: 0.02) == 1
    assert heard


def test_scenario_declarations_are_checked():
    with pytest.raises(ValueError, match="unknown mutex"):
        scenarios.scenario("s", primitives=("mutex",), operation="o", reading="r")
    with pytest.raises(ValueError, match="unknown slow"):
        scenarios.scenario("s", primitives=("lock",), operation="o", reading="r", kind="slow")


def test_no_interval_is_surer_than_its_processes():
    for n in range(2, 30):
        medians = [float(i) for i in range(n)]
        low, high = figures._bounds(medians)
        inside = [k for k in range(n + 1) if low < k <= high]  # how many may lie below the median
        chance = sum(math.comb(n, k) * 0.5**n for k in inside)
        assert chance >= (0.95 if n >= 6 else 1 - 2 ** (1 - n)) - 1e-9
