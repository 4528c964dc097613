"""``syncproof compare``: what is called, and what is left alone."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys

import pytest

from syncproof import results
from syncproof.interpreters import interpreter
from syncproof.results import Report, Result
from syncproof.sandbox.inspection import Target
from syncproof.timing import store
from syncproof.timing.comparison import compare
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import by_id, cases

pytestmark = pytest.mark.twice

NAMES = [
    c.id for c in cases(globs=["create", "pair", "with", "set", "wait", "is_set"], model="thread")
]

SPREAD = 0.1


def a_run(directory, seed=0, slower=None, processes=8, slices=20, name="mine", lost=None):
    """A run with made-up slices, of which the machine makes some processes slow as a whole."""
    dice = random.Random(seed)
    slower = slower or {}
    target = Target(
        target=name, kind="", name=name, version="1", model="thread", primitives=("lock",),
        about="", interpreter=interpreter(),
    )
    records = []
    for case in by_id(NAMES):
        found = []
        for number in range(processes):
            machine = dice.choice([1.0, 1.8])
            own = dice.gauss(1.0, 0.01)
            floor = [1e-8 * machine * (1 + dice.random() * SPREAD) for _ in range(slices)]
            values = [
                5e-8 * machine * own * (1 + dice.random() * SPREAD) * slower.get(case.id, 1.0)
                for _ in range(slices)
            ]
            found.append(Process(number, values, list(floor), floor))
        lost_here = (lost or {}).get(case.id)
        records.append(Record(case, [] if lost_here else found, lost_here))
    store.write(directory, Session(target, records, interpreter=interpreter()))
    return directory


def calls(before, after):
    return {d.name.split()[-1]: d for d in compare(store.load(before), store.load(after))}


def test_a_planted_slowdown_is_seen_on_a_machine_that_changes_speed(tmp_path):
    a = a_run(tmp_path / "a", 1)
    b = a_run(tmp_path / "b", 2, {"pair.lock": 1.2, "with.lock": 1 / 1.2})
    found = calls(a, b)
    assert found["pair.lock"].call == "slower"
    assert found["pair.lock"].ratio.estimate == pytest.approx(1.2, rel=0.05)
    assert found["pair.lock"].ratio.low < 1.2 < found["pair.lock"].ratio.high * 1.02
    assert found["with.lock"].call == "faster"
    assert found["create.lock"].call == "alike"


def test_two_runs_of_the_same_are_alike(tmp_path):
    called = 0
    for seed in range(10):
        a = a_run(tmp_path / f"a{seed}", 2 * seed, slices=6)
        b = a_run(tmp_path / f"b{seed}", 2 * seed + 1, slices=6)
        called += sum(d.call in ("slower", "faster") for d in calls(a, b).values())
    assert called <= 1, "220 comparisons"


@pytest.mark.parametrize("alone", [False, True], ids=["beside threading", "threading itself"])
def test_what_contends_is_measured_by_what_was_timed_beside_it(tmp_path, alone):
    (case,) = by_id(["throughput.lock.threads=2"])
    for place, load in (("a", 1.0), ("b", 3.0)):  # three times as slow, and so is that
        target = Target("m", "", "m", "1", "thread", ("lock",), "", interpreter())
        beside, floor = ([], [load] * 3) if alone else ([load] * 3, [1.0] * 3)
        found = [
            Process(n, [load * 5.0 * (1 + n / 1000)] * 3, beside, floor, [0.9] * 3)
            for n in range(8)
        ]
        session = Session(target, [Record(case, found)], interpreter=interpreter())
        store.write(tmp_path / place, session)
    (only,) = compare(store.load(tmp_path / "a"), store.load(tmp_path / "b"))
    assert only.call == "alike"
    assert only.ratio.estimate == pytest.approx(1.0)


@pytest.mark.parametrize(("factor", "call"), [(3.0, "slower"), (1.2, "alike")])
def test_what_does_not_repeat_is_called_when_it_moves_by_more_than_within_its_run(
    tmp_path, factor, call
):
    (case,) = by_id(["throughput.lock.threads=2"])
    for place, slower in (("a", 1.0), ("b", factor)):
        target = Target("m", "", "m", "1", "thread", ("lock",), "", interpreter())
        found = [
            Process(n, [slower * (5.0 if n < 8 else 7.0) * (1 + n / 1000)] * 3, [1.0] * 3,
                    [1.0] * 3, [0.9] * 3)
            for n in range(16)
        ]
        session = Session(target, [Record(case, found)], interpreter=interpreter())
        store.write(tmp_path / place, session)
    (only,) = compare(store.load(tmp_path / "a"), store.load(tmp_path / "b"))
    assert (only.before.verdict, only.call) == ("invalid", call)
    assert only.p < 0.05, "the processes differ"
    assert only.noise == pytest.approx(0.4, abs=0.02)


def test_runs_on_two_interpreters_are_set_against_each_other(tmp_path, capsys):
    from syncproof.cli import main

    for place, free in (("a", False), ("b", True)):
        about = {"implementation": "CPython", "version": "3.13.5", "free_threaded_build": free}
        for name in ("one", "two"):
            target = Target(name, "", name, "1", "thread", ("lock",), "", about)
            found = [Process(n, [5.0 + n / 1000] * 3, [], [1.0] * 3) for n in range(8)]
            record = Record(by_id(["pair.lock"])[0], found)
            store.write(tmp_path / place, Session(target, [record], interpreter=about))
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--all"]) == 0
    out = capsys.readouterr().out
    assert "cpython-3.13.5 two pair.lock" in out
    assert "cpython-3.13.5t (B) is set against cpython-3.13.5 (A)" in out
    assert "2 alike, 0 unclear, 0 missing" in out


def test_a_difference_within_the_repeat_noise_is_not_called(tmp_path):
    # the halves of each run differ by more than the runs do
    a, b = tmp_path / "a", tmp_path / "b"
    for place, factor in ((a, 1.0), (b, 1.08)):
        target = Target("m", "", "m", "1", "thread", ("lock",), "", interpreter())
        found = [
            Process(n, [factor * (5.0 if n < 4 else 5.6) * (1 + n / 1000)] * 3, [], [1.0] * 3)
            for n in range(8)
        ]
        store.write(place, Session(target, [Record(by_id(["pair.lock"])[0], found)],
                                   interpreter=interpreter()))
    (only,) = compare(store.load(a), store.load(b))
    assert only.call == "alike"
    assert only.noise == pytest.approx(0.12, abs=0.01)


def test_few_processes_are_called_only_when_they_are_apart(tmp_path):
    a = a_run(tmp_path / "a", 1, processes=4)
    b = a_run(tmp_path / "b", 2, {"pair.lock": 1.5}, processes=4)
    found = calls(a, b)
    assert found["pair.lock"].call == "slower"
    assert "too few" in found["pair.lock"].reason
    two = a_run(tmp_path / "c", 3, {"pair.lock": 1.5}, processes=2)
    assert calls(a, two)["pair.lock"].call == "unclear"


def test_missing_cells_are_listed_with_their_reason(tmp_path):
    a = a_run(tmp_path / "a", 1)
    b = a_run(tmp_path / "b", 2, lost={"pair.lock": ("stuck", "said nothing for 5 s")})
    found = calls(a, b)["pair.lock"]
    assert found.call == "missing"
    assert "said nothing for 5 s" in found.reason
    assert found.change == 0.0


def test_a_changed_scenario_is_not_compared(tmp_path):
    a, b = a_run(tmp_path / "a", 1), a_run(tmp_path / "b", 2)
    for index in store.indexes(b):
        hash_ = by_id(["pair.lock"])[0].scenario.hash
        index.write_text(index.read_text().replace(hash_, "0" * 12))
    found = calls(a, b)["pair.lock"]
    assert found.call == "missing"
    assert "changed" in found.reason


def test_two_implementations_are_compared_by_scenario(tmp_path):
    run = a_run(tmp_path / "r", 1, name="mine")
    a_run(tmp_path / "r", 2, {"pair.lock": 1.3}, name="theirs")
    first, second = (run / "bench" / p.parent.name / p.name for p in store.indexes(run))
    found = {d.name: d for d in compare(store.load(first), store.load(second))}
    assert found["pair.lock"].call == "slower"


def a_session(name, kind_of, values, beside=None):
    """Eight processes of one case: ``values(number)`` and ``beside(number)`` are slices of each."""
    (case,) = by_id([kind_of])
    target = Target(name, "", name, "1", "thread", ("lock",), "", interpreter())
    found = [Process(n, values(n), beside(n) if beside else [], []) for n in range(8)]
    return Session(target, [Record(case, found)], interpreter=interpreter())


def only(tmp_path, first, second):
    (one,), (other,) = (
        store.load(store.write(tmp_path / place, session))
        for place, session in (("a", first), ("b", second))
    )
    (found,) = compare([one], [other])
    return found


def test_against_threading_the_processes_are_pairs(tmp_path):
    # its machine changes its speed by a factor from one process to the next, within it hardly
    speed = [1.0, 3.0, 1.4, 2.2, 1.1, 2.9, 1.7, 2.5]

    def mine(n):
        return [speed[n] * 1.2 * (1 + n / 1000)] * 4

    threading = a_session("threading", "pair.lock", lambda n: [speed[-n]] * 4)
    other = a_session("mine", "pair.lock", mine, lambda n: [speed[n]] * 4)
    found = only(tmp_path, threading, other)
    assert found.paired
    assert found.call == "slower"
    assert found.ratio.estimate == pytest.approx(1.2, rel=0.01)
    back = only(tmp_path, other, threading)
    assert back.call == "faster"
    assert back.ratio.estimate == pytest.approx(1 / 1.2, rel=0.01)


def test_sizes_are_compared_as_they_are(tmp_path):
    small, large = (
        a_session("mine", "memory.lock.state=new", lambda n, size=size: [size])
        for size in (88.0, 104.0)
    )
    assert only(tmp_path, small, large).call == "slower", "larger, to be exact"
    assert only(tmp_path, small, small).call == "alike"


def test_events_are_compared_by_their_medians(tmp_path):
    before, after = (
        a_session("mine", "wake.lock.until=back",
                  lambda n, by=by: [by * (5e-6 + n * 1e-8)] * 3, lambda n: [5e-6] * 3)
        for by in (1.0, 1.5)
    )
    found = only(tmp_path, before, after)
    assert (found.call, found.paired) == ("slower", False)


# -- the command --------------------------------------------------------------------------


def syncproof(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "syncproof", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )


def test_the_command_shows_what_was_called_and_fails_when_told(tmp_path):
    a = a_run(tmp_path / "a", 1)
    b = a_run(tmp_path / "b", 2, {"pair.lock": 1.3}, lost={"with.lock": ("stuck", "so it is")})
    done = syncproof("compare", a, b)
    assert done.returncode == 0, done.stderr
    assert "pair.lock" in done.stdout
    assert "1 slower, 0 faster" in done.stdout
    assert "so it is" in done.stdout
    assert "create.lock" not in done.stdout
    assert "create.lock" in syncproof("compare", a, b, "--all").stdout
    assert syncproof("compare", a, b, "--fail-on", "10%").returncode == 1
    assert syncproof("compare", a, b, "--fail-on", "50%").returncode == 0
    assert syncproof("compare", b, a, "--fail-on", "10%").returncode == 0
    assert "\x1b[31m" in syncproof("compare", a, b, "--color").stdout
    assert "\x1b" not in done.stdout


def a_check(directory, outcomes):
    report = Report(
        implementation="mine", version="1", model="thread", interpreter=interpreter(),
        results=[
            Result(clause, "lock", "must", outcome, test="t")
            for clause, outcome in outcomes.items()
        ],
    )
    results.write(directory / "check" / "cpython-3.13.0" / "mine.json", [report])
    return directory


def test_checks_are_compared_with_new_failures_first(tmp_path):
    a = a_check(tmp_path / "a", {"one": "pass", "two": "fail", "three": "pass", "four": "pass"})
    b = a_check(tmp_path / "b", {"one": "fail", "two": "pass", "three": "pass", "five": "hang"})
    done = syncproof("compare", a, b)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("clauses: 2 fail newly, 1 hold newly")
    assert "one" in lines[1]
    assert "pass -> fail" in lines[1]
    assert "1 are not in B: four on lock" in done.stdout
    assert syncproof("compare", a, b, "--fail-on", "10%").returncode == 1
    assert syncproof("compare", a, a, "--fail-on", "10%").returncode == 0


def packed(directory, name):
    """The same run as it is published."""
    for file in directory.glob("*/*/*.json"):
        place = directory.parent / name / file.relative_to(directory)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_name(f"{place.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    return directory.parent / name


def test_published_runs_are_compared_as_they_were_before(tmp_path):
    a = a_check(a_run(tmp_path / "a", 1), {"one": "pass"})
    b = a_check(a_run(tmp_path / "b", 2, {"pair.lock": 1.3}), {"one": "fail"})
    before = syncproof("compare", a, b).stdout
    assert "1 slower, 0 faster" in before
    assert "1 fail newly" in before
    assert syncproof("compare", packed(a, "A"), packed(b, "B")).stdout == before
    assert syncproof("compare", packed(a, "A"), b).stdout == before


def test_a_published_file_that_is_cut_short_is_refused(tmp_path):
    a = packed(a_check(tmp_path / "a", {"one": "pass"}), "A")
    file = next(a.glob("*/*/*.gz"))
    file.write_bytes(file.read_bytes()[:-20])
    done = syncproof("compare", a, a)
    assert done.returncode == 2
    assert file.name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "[]"])
def test_files_that_cannot_be_compared_are_refused(tmp_path, text):
    good = a_check(tmp_path / "a", {"one": "pass"})
    other = tmp_path / "other.json"
    other.write_text(text)
    done = syncproof("compare", good, other)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_place_that_is_not_there_is_refused(tmp_path):
    done = syncproof("compare", tmp_path / "no", tmp_path)
    assert done.returncode == 2
    assert "no such file" in done.stderr
    assert syncproof("compare", tmp_path, tmp_path, "--fail-on", "much").returncode == 2
