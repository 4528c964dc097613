"""``syncproof compare``: what has changed between two runs, and is more than noise?"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from syncproof import colour
from syncproof.commands import CommandError
from syncproof.interpreters import interpreter_name, paired
from syncproof.packed import PackedError, laid_out

if TYPE_CHECKING:
    from syncproof.results import Report
    from syncproof.timing import Cell
    from syncproof.timing.comparison import Difference

EXAMPLES = """\
A and B are directories that `syncproof run` or `syncproof bench` wrote, or single files of them. Of
two directories, what has the same interpreter and implementation is compared; of two files, what is
in them. An interpreter that is not in both is set against the only one of its series, such as
3.13.6 against 3.13.5, or against the only other one that is left.

examples:
  syncproof compare results/monday results/friday
  syncproof compare results/latest/bench/cpython-3.11.7/threading.json \\
                    results/latest/bench/cpython-3.13.5/threading.json
  syncproof compare results/main results/branch --fail-on 10%

exit status: 0 compared, 1 with --fail-on: something is slower by more, or fails newly,
2 usage error
"""

#: From good to bad. What moves towards the end has become worse.
GOOD = ("pass", "deviation", "property", "skipped")
COLOURS = {"slower": "\x1b[31m", "faster": "\x1b[32m"}
PLAIN = "\x1b[0m"
NOT_RIGHT = "(not conformant)"
#: So many names stand in one line.
MOST_NAMES = 8
MARKS = {"slower": "slower", "faster": "faster", "alike": "", "unclear": "?"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("before", type=Path, metavar="A", help="the run to compare with")
    add("after", type=Path, metavar="B", help="the run that is compared with it")
    add("--fail-on", type=_part, metavar="PERCENT",
        help="exit with 1 if a cell is called slower by more, or a clause fails newly")
    add("--all", action="store_true", help="also show cells that are alike")
    colour.add_argument(parser)


def run(args: argparse.Namespace) -> int:
    for place in (args.before, args.after):
        if not place.exists():
            raise CommandError(f"{place}: no such file or directory")
    try:
        with laid_out(args.before) as before, laid_out(args.after) as after:
            changes = _checks(before, after)
            differences = _figures(before, after)
    except PackedError as error:
        raise CommandError(str(error)) from None
    if changes is None and differences is None:
        raise CommandError(
            f"{args.before} and {args.after} have no results of the same kind: give two directories"
            " of `syncproof run`, `bench` or `check`, or two files of them"
        )
    lines: list[str] = []
    if changes is not None:
        lines += changes.lines()
    if differences is not None:
        lines += _shown(differences, args.all, colour.wanted(sys.stdout, args.color))
        lines += _set_against(differences)
    print("\n".join(lines).strip("\n"))
    if args.fail_on is None:
        return 0
    slower = any(d.call == "slower" and d.change > args.fail_on for d in differences or ())
    return int(slower or bool(changes and changes.worse))


# -- figures ------------------------------------------------------------------------------


def _figures(before: Path, after: Path) -> list[Difference] | None:
    """The differences; None where one of them has no figures at all."""
    from syncproof.timing import StoreError, load
    from syncproof.timing.comparison import compare

    if not (_has_figures(before) and _has_figures(after)):
        return None
    try:
        return compare(load(before), load(after))
    except StoreError as error:
        raise CommandError(str(error)) from None


def _has_figures(place: Path) -> bool:
    from syncproof.timing.store import INDEX

    if place.is_dir():
        return any(place.rglob(f"*{INDEX}"))
    return place.name.endswith(INDEX) or place.with_name(place.stem + INDEX).is_file()


def _shown(
    differences: Sequence[Difference], everything: bool, coloured: bool
) -> list[str]:
    from syncproof.timing.comparison import TOO_FEW
    from syncproof.timing.statistics import quantile
    from syncproof.timing.table import aligned, amount, ratio

    def row(one: Difference) -> tuple[str, ...]:
        times = [amount(c) if c else "" for c in (one.before, one.after)]
        noise = f"{one.noise:.1%}" if one.noise is not None else ""
        mark = f"{MARKS[one.call]} {NOT_RIGHT if _not_right(one) else ''}".strip()
        return (one.name, *times, ratio(one.ratio), noise, mark)

    compared = [d for d in differences if d.call != "missing"]
    called = [d for d in compared if d.call in ("slower", "faster")]
    called.sort(key=lambda d: -d.change)
    rest = [d for d in compared if d not in called]
    head = ("cell", "A", "B", "B / A", "noise", "")
    lines = ["", "figures (medians; ratios of multiples of what was timed beside each)"]
    shown = [*called, *(rest if everything else ())]
    if shown:
        title, *rows = aligned([head, *(row(d) for d in shown)])
        lines.append(title)
        lines += [
            f"{COLOURS[d.call]}{text}{PLAIN}" if coloured and d.call in COLOURS else text
            for d, text in zip(shown, rows)
        ]
    counts = {call: sum(d.call == call for d in differences) for call in MARKS}
    missing = [d for d in differences if d.call == "missing"]
    noises = [d.noise for d in compared if d.noise is not None]
    lines.append(
        f"{counts['slower']} slower, {counts['faster']} faster, {counts['alike']} alike,"
        f" {counts['unclear']} unclear, {len(missing)} missing"
        + (f"; half of them repeat within {quantile(noises, 0.5):.1%}" if noises else "")
    )
    lines += _agreement(compared)
    unclear = [d.name for d in rest if d.call == "unclear"]
    if unclear:
        names = ", ".join(unclear[:MOST_NAMES])
        more = f" and {len(unclear) - MOST_NAMES} more" if len(unclear) > MOST_NAMES else ""
        lines.append(
            "unclear, being not stable or of fewer than three processes (--all shows them):"
            f" {names}{more}"
        )
    few = sum(d.reason == TOO_FEW for d in compared)
    if few:
        lines.append(
            f"note: {few} have too few processes for a test of {len(compared)} cells: they are"
            " called if all processes of A and of B are apart (a larger --budget gives more)"
        )
    return lines + _left_out(missing)


def _not_right(one: Difference) -> bool:
    """Whether what is timed breaks a promise, on either side."""
    return any(c is not None and c.conformance == "broken" for c in (one.before, one.after))


def _whose(cell: Cell | None) -> tuple[str, str]:
    return (cell.interpreter, cell.implementation) if cell else ("", "")


def _agreement(compared: Sequence[Difference]) -> list[str]:
    """How many uncontended cells come out the same twice: what this machine can be asked."""
    if any(_whose(d.before) != _whose(d.after) for d in compared):
        return []
    ratios = [d.ratio.estimate for d in compared if d.ratio and d.before and d.before.kind == "hot"]
    if not ratios:
        return []
    within = {
        part: sum(max(r, 1 / r) <= 1 + part for r in ratios) / len(ratios) for part in (0.05, 0.1)
    }
    return [
        f"of {len(ratios)} uncontended cells {within[0.05]:.0%} agree within 5%,"
        f" {within[0.1]:.0%} within 10%"
    ]


def _set_against(differences: Sequence[Difference]) -> list[str]:
    """Which interpreter is set against which, where they are not the same one."""
    pairs = dict.fromkeys(
        (d.after.interpreter, d.before.interpreter)
        for d in differences
        if d.before and d.after and d.before.interpreter != d.after.interpreter
    )
    return [f"note: {new} (B) is set against {old} (A)" for new, old in pairs]


def _left_out(missing: Sequence[Difference]) -> list[str]:
    """Every cell that could not be compared, with its reason; one line where it is the same."""
    groups: dict[str, list[str]] = {}
    for one in missing:
        cell = one.before or one.after
        whose = f"{cell.interpreter} {cell.implementation}" if cell else ""
        groups.setdefault(f"{whose}: {one.reason}", []).append(cell.id if cell else one.name)
    return [f"  missing: {why}: {', '.join(names)}" for why, names in groups.items()]


def _part(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage such as 10%")
    return float(match[1]) / 100


# -- checks -------------------------------------------------------------------------------


class Changes:
    """What has become of the clauses between two checks."""

    def __init__(self, before: Iterable[Report], after: Iterable[Report]) -> None:
        first, second = list(before), list(after)
        single = len(first) == 1 and len(second) == 1
        olds = {interpreter_name(r.interpreter) for r in first}
        pairs = paired(olds, {interpreter_name(r.interpreter) for r in second})
        left, right = _outcomes(first, single, {}), _outcomes(second, single, pairs)
        common = [k for k in left if k in right]
        moved = [(k, *left[k], *right[k]) for k in common if left[k][0] != right[k][0]]
        new = [(k, "not there", False, *right[k]) for k in right if k not in left]
        self.compared = len(common)
        self.worse = [m for m in [*moved, *new] if m[4] and not m[2]]
        self.better = [m for m in moved if m[2] and not m[4]]
        self.other = [m for m in moved if m[2] == m[4]]
        self.gone = [k for k in left if k not in right]
        self.fresh = len(new)

    def lines(self) -> list[str]:
        found = [
            "",
            f"clauses: {len(self.worse)} fail newly, {len(self.better)} hold newly,"
            f" {len(self.other)} changed otherwise, {self.compared} compared",
        ]
        for title, moves in (
            ("fails newly", self.worse), ("holds newly", self.better), ("changed", self.other),
        ):
            found += [f"  {title}: {key}: {was} -> {now}" for key, was, _, now, _ in moves]
        if self.gone:
            found.append(f"  {len(self.gone)} are not in B: {', '.join(self.gone[:5])}")
        if self.fresh:
            found.append(f"  {self.fresh} are not in A")
        return found


def _outcomes(
    reports: Sequence[Report], single: bool, pairs: Mapping[str, str]
) -> dict[str, tuple[str, bool]]:
    """Outcome and whether it is bad, by clause and what it was checked on; the worst of several."""
    found: dict[str, tuple[str, bool]] = {}
    for report in reports:
        name = interpreter_name(report.interpreter)
        where = "" if single else f"{pairs.get(name, name)} {report.implementation} "
        for result in report.results:
            on = f"{result.primitive} {result.variant}".strip()
            key = f"{where}{result.clause} on {on}"
            known = found.get(key)
            if known is None or (result.bad, result.outcome not in GOOD) > (
                known[1], known[0] not in GOOD,
            ):
                found[key] = (result.outcome, result.bad)
    return found


def _checks(before: Path, after: Path) -> Changes | None:
    """What has changed in the checks; None where one of them has none."""
    first, second = _reports(before), _reports(after)
    return Changes(first, second) if first and second else None


def _reports(place: Path) -> list[Report]:
    from syncproof.results import ResultError, read

    if place.is_dir():
        files = sorted(place.glob("check/*/*.json"))
    else:
        files = [place] if _is_check(place) else []
    try:
        return [report for file in files for report in read(file)]
    except ResultError as error:
        raise CommandError(str(error)) from None


def _is_check(path: Path) -> bool:
    """Whether a file looks like the result of a check; one that is no JSON is refused."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: not a result file: {error}") from None
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and "results" in first
