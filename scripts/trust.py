"""Whether the benchmarks can be trusted: they repeat, are right, see a difference and invent none.

    python scripts/trust.py repeats --run out --budget 4m           three runs of threading
    python scripts/trust.py repeats --run busy --budget 4m --busy   the same beside a busy loop
    python scripts/trust.py repeats A B C                           runs that are there already
    python scripts/trust.py right               our loops against those of pyperf's timeit
    python scripts/trust.py sees                200 comparisons of the same, 100 of slower copies
    python scripts/trust.py facts DIR DIR       what is known of the primitives

Each prints a table, and for every bar whether it holds. The exit status is 1 where one does not.
``repeats`` and ``right`` say something of the machine as well: run them on a quiet one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from syncproof.commands.bench import duration
from syncproof.interpreters import interpreter_name
from syncproof.packed import laid_out
from syncproof.timing import Cell, load, store
from syncproof.timing.comparison import compare
from syncproof.timing.growth import growths
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import by_id
from syncproof.timing.statistics import REPEATS, Interval, jain, median, ratio_of
from syncproof.timing.table import aligned, seconds

RUNS = 3

#: A process that keeps one CPU busy for ever.
HOG = "while True: pass"


class Bars:
    """What was asked for, what came out, and whether all of it holds."""

    def __init__(self) -> None:
        self.hold = True

    def tell(self, what: str, found: float, least: float | None = None,
             most: float | None = None) -> None:
        """Print one share; a bar if it has a least or a most."""
        line = f"{what:<66} {found:7.1%}"
        if least is not None or most is not None:
            holds = (least is None or found >= least) and (most is None or found <= most)
            self.hold &= holds
            bar = f"at least {least:.0%}" if least is not None else f"at most {most:.0%}"
            line += f"   {bar}: {'holds' if holds else 'DOES NOT HOLD'}"
        print(line)


def _cells(place: Path) -> list[Cell]:
    """Of a run, published or not."""
    with laid_out(place) as run:
        return load(run)


def share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


# -- repeats ------------------------------------------------------------------------------


def repeats(args: argparse.Namespace) -> bool:
    """The headline of each cell in three runs, pair by pair."""
    places = args.runs or list(_three_runs(args))
    runs = [{c.key: c for c in _cells(p)} for p in places]
    names = [n for n in runs[0] if not runs[0][n].is_floor and runs[0][n].kind != "memory"]
    rows = [[run.get(name) for run in runs] for name in names]
    together = [[c for c in row if c is not None and c.timed] for row in rows]
    full = [row for row in together if len(row) == len(runs)]
    print(f"{len(places)} runs, {len(names)} cells, {len(full)} of them with a time in every run\n")
    hot = [row for row in full if row[0].kind == "hot"]
    others = [row for row in full if row[0].kind != "hot"]
    bars = Bars()
    _uncontended(hot, bars, args.busy)
    _contended(others, bars)
    _show_worst(hot, others)
    return bars.hold


def _three_runs(args: argparse.Namespace) -> Iterator[Path]:
    hog = subprocess.Popen([sys.executable, "-c", HOG]) if args.busy else None
    words = [w for glob in args.scenario for w in ("--scenario", glob)]
    try:
        for number in range(RUNS):
            place = args.run / str(number + 1)
            print(f"run {number + 1} of {RUNS}", file=sys.stderr)
            command = [sys.executable, "-m", "syncproof", "bench", *args.target,
                       "--budget", f"{args.budget:.0f}s", "-o", str(place), *words]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
            yield place
    finally:
        if hog is not None:
            hog.kill()


def headline(cell: Cell) -> Interval | None:
    """The ratio that is judged; where there is nothing beside it, the time."""
    return cell.relative or ratio_of([p.values for p in cell.processes])


def apart(row: Sequence[Cell]) -> float:
    """How far the headlines of any two runs are apart at most, as a part of the smaller."""
    values = [h.estimate for h in map(headline, row) if h is not None]
    return max(values) / min(values) - 1.0 if len(values) == len(row) else float("inf")


def disjoint(row: Sequence[Cell]) -> bool:
    """Whether two runs say by their bounds that they are different."""
    bounds = [h for h in map(headline, row) if h is not None]
    return any(a.high < b.low or b.high < a.low for a, b in itertools.combinations(bounds, 2))


def _uncontended(rows: Sequence[Sequence[Cell]], bars: Bars, busy: bool) -> None:
    stable = [row for row in rows if all(c.verdict == "stable" for c in row)]
    print(f"uncontended: {len(rows)} cells, ratio to the floor")
    quiet = None if busy else 0.9
    bars.tell("  agree within 5 % in every pair of runs", share([apart(r) <= 0.05 for r in rows]))
    bars.tell("  agree within 10 %", share([apart(r) <= 0.10 for r in rows]), quiet)
    bars.tell("  stable, of all cells of all runs",
              share([c.verdict == "stable" for r in rows for c in r]), None if busy else 0.8)
    bars.tell("  stable in every run", share([row in stable for row in rows]))
    bars.tell("  of these two runs apart by more than their bounds say",
              share([disjoint(r) for r in stable]), None, 0.05)


def _contended(rows: Sequence[Sequence[Cell]], bars: Bars) -> None:
    valid = [row for row in rows if all(c.usable for c in row)]
    stable = [row for row in valid if all(c.verdict == "stable" for c in row)]
    print(f"\nblocking and contended: {len(rows)} cells, ratio to threading, or to its own floor")
    bars.tell("  invalid, of all cells of all runs",
              share([c.verdict == "invalid" for r in rows for c in r]))
    bars.tell("  noisy, of all cells of all runs",
              share([c.verdict == "noisy" for r in rows for c in r]))
    for verdict, those in ("valid", valid), ("stable", stable):
        said = f"  {len(those)} {verdict} in every run"
        if those:
            agree = share([apart(r) <= REPEATS for r in those])
            bars.tell(f"{said}: agree within 20 %", agree, 0.95)
        else:
            print(said)


def _show_worst(*groups: Sequence[Sequence[Cell]]) -> None:
    for rows in groups:
        worst = sorted(rows, key=apart, reverse=True)[:6]
        table = [("apart most", *(f"run {i + 1}" for i in range(len(row))), "verdicts")
                 for row in worst[:1]]
        for row in worst:
            values = [_shown(c) for c in row]
            table.append((row[0].id, *values, ", ".join(c.verdict for c in row)))
        if table:
            print("\n" + "\n".join(aligned(table)))


def _shown(cell: Cell) -> str:
    value = headline(cell)
    if value is None:
        return ""
    return seconds(value.estimate) if cell.relative is None else f"{value.estimate:.3g}"


# -- right --------------------------------------------------------------------------------

#: The cell, pyperf's statement for it, and its set-up.
PAIRS = {
    "pair.lock": ("acquire(); release()", "acquire, release = thing.acquire, thing.release"),
    "pair.rlock": ("acquire(); release()", "acquire, release = thing.acquire, thing.release"),
    "pair.semaphore": ("acquire(); release()", "acquire, release = thing.acquire, thing.release"),
    "is_set.event": ("is_set()", "is_set = thing.is_set"),
}
#: Slices of each loop in a process, and how long one is.
SLICES, LENGTH = 100, 0.0005


def right(args: argparse.Namespace) -> bool:
    """Our loops beside those that pyperf's timeit compiles, in processes of their own."""
    found: dict[str, list[float]] = {name: [] for name in PAIRS}
    for number in range(args.processes):
        done = subprocess.run(
            [sys.executable, __file__, "loops", str(number)],
            stdout=subprocess.PIPE, text=True, check=True, timeout=120,
        )
        for name, ratio in json.loads(done.stdout).items():
            found[name].append(ratio)
    rows = [("cell", "ours / pyperf's", "processes", "")]
    holds = True
    for name, ratios in found.items():
        ratio = median(ratios)
        good = 0.95 <= ratio <= 1.05
        holds &= good
        rows.append((name, f"{ratio:.3f}", f"{min(ratios):.3f}-{max(ratios):.3f}",
                     "holds" if good else "DOES NOT HOLD"))
    print("\n".join(aligned(rows)))
    return holds


def loops(args: argparse.Namespace) -> bool:
    """In a process of its own: the ratio of each pair of loops, slice beside slice."""
    import threading

    from pyperf._timeit import Timer  # what `pyperf timeit --duplicate` compiles

    from syncproof.vocabulary import CLASS_NAMES

    dice = random.Random(int(args.number))
    found = {}
    for name, (statement, setup) in PAIRS.items():
        (case,) = by_id([name])
        make = getattr(threading, CLASS_NAMES[case.primitive])
        theirs = Timer("\n".join([statement] * 10), setup, globals={"thing": make()}).make_inner()
        ours = case.on(make)
        found[name] = _ratio(ours, _of_timeit(theirs), dice)
    print(json.dumps(found))
    return True


def _of_timeit(inner: Callable[..., float]) -> Callable[[int], float]:
    from time import perf_counter

    return lambda count: inner(itertools.repeat(None, count), perf_counter)


def _ratio(ours: Callable[[int], float], theirs: Callable[[int], float],
           dice: random.Random) -> float:
    """The median over slices that lie side by side, in random order."""
    count = 100
    while min(ours(count), ours(count)) < LENGTH:
        count *= 2
    theirs(count)
    ratios = []
    for _ in range(SLICES):
        both = [("ours", ours), ("theirs", theirs)]
        dice.shuffle(both)
        times = {who: run(count) for who, run in both}
        ratios.append(times["ours"] / times["theirs"])
    return median(ratios)


# -- sees ---------------------------------------------------------------------------------

#: What is compared: cells that everybody has.
CELLS = ("pair.lock", "with.lock", "create.lock", "pair.rlock", "with.rlock", "pair.semaphore",
         "with.condition", "set.event", "wait.event", "create.event")
#: Processes of a run, and how much slower the planted copies are.
PROCESSES, SLOWER = 8, 1.10


def sees(args: argparse.Namespace) -> bool:
    """Comparisons of threading with itself, and with itself made slower, from processes recorded.

    The slower copy is the same slices times 1.1: exactly so much slower, with the same noise.
    """
    pool = _recorded(args.processes, args.seconds)
    dice = random.Random(args.seed)
    calls: dict[str, list[str]] = {"same": [], "slower": []}
    with tempfile.TemporaryDirectory(prefix="syncproof-") as folder:
        for what, count, factor in (("same", args.same, 1.0), ("slower", args.slower, SLOWER)):
            while len(calls[what]) < count:
                first, second = _two_runs(pool, dice, factor, Path(folder))
                calls[what] += [d.call for d in compare(first, second)]
    bars = Bars()
    print(f"runs of {PROCESSES} processes of {args.seconds:g} s, {len(CELLS)} cells each\n")
    bars.tell(f"{len(calls['same'])} comparisons of the same: called different",
              share([c in ("slower", "faster") for c in calls["same"]]), None, 0.05)
    bars.tell(f"{len(calls['slower'])} comparisons with {SLOWER - 1:.0%} planted: called slower",
              share([c == "slower" for c in calls["slower"]]), 0.90)
    return bars.hold


def _recorded(count: int, length: float) -> list[Session]:
    """Runs of threading of one process each, one after the other."""
    from syncproof.sandbox.inspection import Target, inspect
    from syncproof.timing import planning
    from syncproof.timing.interleaved import sample

    (target,) = inspect([("threading", "")])
    assert isinstance(target, Target)
    rounds, planning.ROUNDS = planning.ROUNDS, (1, 1)
    sessions = []
    try:
        for number in range(count):
            print(f"\rprocess {number + 1} of {count}", end="", file=sys.stderr)
            plan = [(target, by_id(CELLS))]
            sessions += sample(plan, length + planning.START, number, *[lambda _: None] * 2, {})
    finally:
        planning.ROUNDS = rounds
        print(file=sys.stderr)
    return sessions


def _two_runs(
    pool: Sequence[Session], dice: random.Random, factor: float, folder: Path
) -> tuple[list[Cell], list[Cell]]:
    """Two runs of neighbouring processes that have none in common, the second so much slower."""
    starts = range(len(pool) - PROCESSES + 1)
    one = dice.choice(starts)
    other = dice.choice([s for s in starts if abs(s - one) >= PROCESSES])
    return tuple(  # type: ignore[return-value]
        _as_run(pool[start : start + PROCESSES], times, folder)
        for start, times in ((one, 1.0), (other, factor))
    )


def _as_run(sessions: Sequence[Session], factor: float, folder: Path) -> list[Cell]:
    records = []
    for number, record in enumerate(sessions[0].records):
        processes = [
            Process(place, [v * factor for v in p.values], list(p.threading), list(p.floor),
                    metadata=p.metadata)
            for place, session in enumerate(sessions)
            for p in session.records[number].processes
        ]
        records.append(Record(record.case, processes))
    first = sessions[0]
    store.write(folder, Session(first.target, records, interpreter=first.interpreter))
    return load(folder / "bench" / interpreter_name(first.interpreter) / "threading.json")


# -- facts --------------------------------------------------------------------------------


def facts(args: argparse.Namespace) -> bool:
    """What is known of these primitives, as the figures of these directories show it."""
    cells = [c for place in args.runs for c in _cells(place) if c.timed]
    for title, tell in FACTS.items():
        print(title)
        lines = list(tell(cells))
        print("\n".join(f"  {line}" for line in lines) if lines else "  no such figures here")
        print()
    return True


def _ids(cells: Sequence[Cell]) -> dict[tuple[str, str], dict[str, Cell]]:
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in cells:
        found.setdefault((cell.interpreter, cell.implementation), {})[cell.id] = cell
    return found


def _divided(cells: Sequence[Cell], above: str, below: str, what: str) -> Iterator[str]:
    for (interpreter, implementation), own in _ids(cells).items():
        if above in own and below in own:
            a, b = own[above], own[below]
            yield (f"{interpreter} {implementation}: {what} {_time(a) / _time(b):.2f} times"
                   f" ({seconds(_time(a))} and {seconds(_time(b))}; {a.verdict}, {b.verdict})")


def _time(cell: Cell) -> float:
    return cell.median or float("nan")


def _shared(cells: Sequence[Cell]) -> Iterator[str]:
    for primitive in ("lock", "event"):
        for threads in (2, 4):
            name = f"look.{primitive}.threads={threads}.of="
            yield from _divided(
                cells, f"{name}one", f"{name}own", f"{threads} threads, {primitive}:"
            )


def _with(cells: Sequence[Cell]) -> Iterator[str]:
    for primitive in ("lock", "rlock"):
        yield from _divided(cells, f"with.{primitive}", f"pair.{primitive}", f"{primitive}:")


def _herds(cells: Sequence[Cell]) -> Iterator[str]:
    for one in growths(cells):
        if one.name.startswith("notify_all"):
            figures = ", ".join(f"{n}: {seconds(v)}" for n, v in sorted(one.figures.items()))
            yield (f"{one.interpreter} {one.implementation}: waiters to the power of"
                   f" {one.exponent:.2f} ({one.low:.2f} to {one.high:.2f}); {figures}")


def _unfair(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell.id in ("fair.lock.threads=4", "throughput.lock.threads=4") and cell.jain:
            indices = sorted(jain(counts) for counts in cell.fair_windows)
            yield (f"{cell.interpreter} {cell.implementation} {cell.id}: Jain {cell.jain:.2f}"
                   f" ({indices[0]:.2f} to {indices[-1]:.2f} in {len(indices)} windows),"
                   f" most to least {cell.most_to_least:.3g}, longest starved"
                   f" {seconds(cell.starved)} (GIL {'on' if cell.gil_enabled else 'off'})")


def _events(cells: Sequence[Cell]) -> Iterator[str]:
    made = [c for c in cells if c.id == "create.event" and c.implementation == "threading"]
    for cell in made:
        ratio = _time(cell) / _time(made[-1])
        floor = cell.to_floor.estimate if cell.to_floor else float("nan")
        yield (f"{cell.interpreter}: {seconds(_time(cell))}, {floor:.3g} times the floor,"
               f" {ratio:.2f} times {made[-1].interpreter}")


FACTS: dict[str, Callable[[Sequence[Cell]], Iterator[str]]] = {
    "threads that look at one object, against each at its own": _shared,
    "a with block, against acquire() and release()": _with,
    "notify_all() with more waiters": _herds,
    "four threads on one lock": _unfair,
    "Event() on the interpreters that there are": _events,
}


# -- command line -------------------------------------------------------------------------


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")

    def command(work: Callable[[argparse.Namespace], bool], name: str) -> Any:
        found = commands.add_parser(name, help=(work.__doc__ or "").splitlines()[0])
        found.set_defaults(work=work)
        return found.add_argument

    add = command(repeats, "repeats")
    add("runs", nargs="*", type=Path, help="three directories of syncproof bench")
    add("--run", type=Path, default=Path("trust"), help="make them here (default: trust)")
    add("--target", action="append", default=[], help="what to time (default: threading)")
    add("--scenario", action="append", default=[], help="only these, by glob")
    add("--budget", type=duration, default=240.0, help="of each run (default: 4m)")
    add("--busy", action="store_true", help="with a busy loop beside them")
    add = command(right, "right")
    add("--processes", type=int, default=8)
    add = command(sees, "sees")
    add("--processes", type=int, default=64, help="how many to record (default: 64)")
    add("--seconds", type=float, default=1.0, help="of slices in each (default: 1)")
    add("--same", type=int, default=200)
    add("--slower", type=int, default=100)
    add("--seed", type=int, default=0)
    add = command(facts, "facts")
    add("runs", nargs="+", type=Path, help="directories of syncproof bench or run")
    command(loops, "loops")("number")
    args = parser.parse_args()
    if args.command == "repeats":
        args.target = args.target or ["threading"]
        if args.runs and len(args.runs) < 2:
            parser.error("repeats needs two directories or more")
    if args.command == "sees" and args.processes < 3 * PROCESSES:
        parser.error(f"sees needs at least {3 * PROCESSES} processes")
    return int(not args.work(args))


if __name__ == "__main__":
    sys.exit(main())
