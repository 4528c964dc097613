"""Whether the search can be trusted: it finds the seeded races, and accuses nobody else.

    python scripts/races.py found --seeds 10        each seeded race, by ten seeds
    python scripts/races.py table 3.13.json 3.11.json   what `found --json` wrote, side by side
    python scripts/races.py replayed --times 100    each failure, replayed a hundred times
    python scripts/races.py innocent --schedules 50000

``found`` prints a table in Markdown: for each variant by how many seeds it was found with the
effort of `syncproof check --depth default`, and the median and the most of the schedules that it
took; at least 95 % of the pairs of variant and seed must be found. ``innocent`` runs so many
schedules or more on each of the implementations that are right, shared out over its primitives:
the interpreter's own, and the unusual ones of tests/permitted. The exit status is 1 where one of
them falls short.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from variants import PERMITTED, RACY, Racy, permitted, racy  # noqa: E402

from syncproof.interleave.control import Controlled  # noqa: E402
from syncproof.interleave.facades import NotControllable  # noqa: E402
from syncproof.interleave.search import EFFORTS, Found, Search  # noqa: E402
from syncproof.interleave.tokens import read  # noqa: E402
from syncproof.suite.cases import OVER  # noqa: E402


def searched(variant: Racy, seeds: int) -> Iterator[Found | None]:
    """What each seed finds. A sweep is the same for all of them, and is made once."""
    effort = EFFORTS["default"]
    with Controlled(str(RACY / variant.file)) as controlled:
        sweep = Search(controlled, variant.primitive, explain=False, turns=effort.turns)
        with sweep:
            swept = sweep.sweep()
        for seed in range(seeds):
            if swept is not None:
                yield swept
                continue
            search = Search(
                controlled, variant.primitive, seed=seed, explain=False, turns=effort.turns
            )
            search.schedules = sweep.schedules
            with search:
                yield search.exhaust(
                    effort.preemptions, effort.certified
                ) or search.at_random(effort.programs, effort.schedules)


def measure(variant: Racy, seeds: int) -> dict[str, Any]:
    began = time.process_time()
    found = [f for f in searched(variant, seeds) if f is not None]
    clauses = sorted({f.fault.clause for f in found})
    return {
        "variant": str(variant),
        "primitive": variant.primitive,
        "found": len(found),
        "seeds": seeds,
        "schedules": sorted(f.schedules for f in found),
        "clauses": clauses,
        "unexpected": sorted(set(clauses) - set(variant.clauses)),
        "cpu": round(time.process_time() - began, 2),
    }


def line(row: dict[str, Any]) -> str:
    schedules = row["schedules"]
    median = f"{statistics.median(schedules):.0f}" if schedules else "-"
    most = str(schedules[-1]) if schedules else "-"
    cells = [row["variant"], row["primitive"], f"{row['found']} of {row['seeds']}", median, most]
    return f"| {' | '.join([*cells, ', '.join(row['clauses'])])} |"


def found(args: argparse.Namespace) -> int:
    rows = []
    print("| variant | primitive | found | median | most | clauses |")
    print("|---|---|---|---|---|---|")
    for variant in chosen(args):
        rows.append(measure(variant, args.seeds))
        print(line(rows[-1]), flush=True)
    hits, tried = sum(r["found"] for r in rows), sum(r["seeds"] for r in rows)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"\n{hits} of {tried} pairs of variant and seed found")
    return int(hits < 0.95 * tried)


def table(args: argparse.Namespace) -> int:
    """Put what several interpreters have found side by side."""
    every = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in args.files}
    print(f"| variant | what is wrong | {' | '.join(every)} |")
    print("|---|---|" + "---|" * len(every))
    for variant in racy():
        cells = []
        for rows in every.values():
            row = next(r for r in rows if r["variant"] == str(variant))
            schedules = row["schedules"]
            median = f", {statistics.median(schedules):.0f} ({schedules[-1]})" if schedules else ""
            cells.append(f"{row['found']} of {row['seeds']}{median}")
        print(f"| {variant} {variant.primitive} | {variant.seed} | {' | '.join(cells)} |")
    return 0


def replayed(args: argparse.Namespace) -> int:
    """Find each race as a user does, made small and explained, and repeat it."""
    failures = repeated = 0
    for variant in chosen(args):
        with Controlled(str(RACY / variant.file)) as controlled:
            search = Search(controlled, variant.primitive)
            with search:
                first = search.all(EFFORTS["default"])
                if first is None:
                    continue
                failures += 1
                same = sum(
                    again is not None and (again.fault, again.trace) == (first.fault, first.trace)
                    for again in (search.replay(read(first.token)) for _ in range(args.times))
                )
        repeated += same == args.times
        print(
            f"{variant}: {same} of {args.times}, {len(first.program)} operations,"
            f" {first.preemptions} preemptions, {first.possible.split(' (')[0]}",
            flush=True,
        )
    print(f"\n{repeated} of {failures} failures replayed {args.times} of {args.times} times")
    return int(repeated != failures)


def innocent(args: argparse.Namespace) -> int:
    """Random programs under random schedules, on what is right."""
    wanted = [("threading", p) for p in ("semaphore", "bounded_semaphore", "event", "barrier")]
    wanted += [("threading", "condition"), ("threading-python", "rlock")]
    wanted += [(str(PERMITTED / v.file), v.primitive) for v in permitted()]
    only = args.only.split(",") if args.only else []
    cases = [
        (target, primitive, kind)
        for target, primitive in wanted
        if not only or Path(target).stem in only
        for kind in (OVER if primitive == "condition" else ("",))
    ]
    shares = Counter(target for target, _, _ in cases)
    accused = 0
    for target, primitive, kind in cases:
        verdict = acquitted(target, primitive, kind, -(-args.schedules // shares[target]))
        accused += verdict.startswith("ACCUSED")
        name = " ".join(filter(None, [Path(target).stem, primitive, kind]))
        print(f"{name}: {verdict}", flush=True)
    print(f"\n{accused} accused")
    return int(bool(accused))


#: They wait in a loop: nearly every schedule with few preemptions is one more turn of it, and long.
LOOPS = ("poll_1ms", "poll_20ms", "poll_200us", "spin", "timed_slices")


def acquitted(target: str, primitive: str, variant: str, schedules: int) -> str:
    began = time.process_time()
    try:
        with Controlled(target) as controlled:
            search = Search(controlled, primitive, variant, seed="innocent")
            with search:
                accusation = search.sweep()
                if accusation is None and Path(target).stem not in LOOPS:
                    accusation = search.exhaust(2, 2000)
                number = 0
                while accusation is None and search.schedules < schedules:
                    accusation = search.at_random(50, 16, number)
                    number += 50
    except NotControllable as reason:
        return f"cannot be scheduled: {reason}"
    if accusation is not None:
        return f"ACCUSED: {accusation.fault} {accusation.token}"
    seconds = time.process_time() - began
    return (
        f"nothing in {search.schedules} schedules, {search.distinct} distinct histories,"
        f" {search.operations} operations ({search.schedules / seconds:.0f} schedules"
        f" and {search.operations / seconds:.0f} checked operations per CPU-second)"
    )


def chosen(args: argparse.Namespace) -> list[Racy]:
    only = args.only.split(",") if args.only else []
    return [variant for variant in racy() if not only or str(variant) in only]


def main() -> int:
    top = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = top.add_subparsers(dest="what", required=True)
    for name, do in (("found", found), ("replayed", replayed), ("innocent", innocent)):
        kind = kinds.add_parser(name, help=do.__doc__)
        kind.set_defaults(do=do)
        kind.add_argument("--only", default="", metavar="NAMES", help="comma-separated names")
        if do is found:
            kind.add_argument("--seeds", type=int, default=10, metavar="N")
            kind.add_argument("--json", type=Path, metavar="FILE")
        elif do is replayed:
            kind.add_argument("--times", type=int, default=100, metavar="N")
        else:
            kind.add_argument("--schedules", type=int, default=50_000, metavar="N")
    side_by_side = kinds.add_parser("table", help=table.__doc__)
    side_by_side.set_defaults(do=table)
    side_by_side.add_argument("files", nargs="+", type=Path, metavar="FILE")
    args = top.parse_args()
    result: int = args.do(args)
    return result


if __name__ == "__main__":
    sys.exit(main())
