"""The mutation score of the suite: how many small faults in correct primitives it finds.

    python scripts/mutants.py run                     every mutant, on the running interpreter
    python scripts/mutants.py run --resume -n 4       go on where the last run was stopped
    python scripts/mutants.py run --again             only those that have survived so far
    python scripts/mutants.py run --only Condition --sample 1/10 --anew
    python scripts/mutants.py list                    the mutants, by number and name
    python scripts/mutants.py show 126                what one of them changes
    python scripts/mutants.py table                   the score, as Markdown
    python scripts/mutants.py table --into docs/mutation-score.md

The primitives are those of the interpreter's own threading.py that are written in Python; see
mutations.py. Each mutant is a file that is checked as a user's would be, in processes that may hang
or die, first on the primitive that it belongs to; the first broken promise ends its check. One that
--depth quick lets live is tried at --depth default. The file without a change goes first and must
live, under the same conditions, or nothing that follows would mean anything.

Results are appended to results/mutants/ as they come. What survives is looked into, and entered in
results/mutants/classified.toml with the reason. The exit status is 0 when all were tried, 1 when
the unchanged file does not live, 2 for a usage error, and 130 when interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutations import CLASSES, Mutant, mutants, pure_copy

from syncproof.sandbox.inspection import Target
from syncproof.sandbox.pair import Options, Pair
from syncproof.vocabulary import PRIMITIVES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DATA = Path(__file__).resolve().parents[1] / "results" / "mutants"
CLASSIFIED = DATA / "classified.toml"
KINDS = ("equivalent", "permitted", "missed")

DEPTHS = ("quick", "default")
#: As if so many tests had hung before: a mutant that hangs is soon believed to.
HANGS = 2
#: Seconds for one primitive at each depth. Whoever takes longer has not kept what it promised.
DEADLINES = {"quick": 120.0, "default": 240.0}
LOOK_INTERVAL = 0.02

#: In a page the table is all that follows this.
HEADING = "## The table\n\n"


class Unfit(Exception):
    """It cannot be done; one line that says what to do."""


# -- trying one ---------------------------------------------------------------------------


class Trial:
    """One file, checked until it breaks a promise or has kept all of them."""

    def __init__(
        self, name: str, source: str, stages: Sequence[tuple[str, str]], top: Path
    ) -> None:
        self.name = name
        #: What it is tried on: pairs of depth and primitive.
        self.stages = list(stages)
        self.seconds = 0.0
        #: By what it was found out: a row for the results; empty while it lives.
        self.killer: dict[str, str] = {}
        self._folder = Path(tempfile.mkdtemp(dir=top))
        self._file = self._folder / "primitives.py"
        self._file.write_text(source, encoding="utf-8")
        self._began = time.monotonic()
        self._pair: Pair | None = None

    def poll(self) -> bool:
        """Look how it goes; whether it is over."""
        if self._pair is None:
            self._next()
        pair = self._pair
        if pair is None:
            return True
        over = pair.poll()
        bad = [r for r in pair.results if r.bad]
        late = time.monotonic() - self._stage_began > DEADLINES[self._stage[0]]
        if bad or late:
            pair.stop()
            depth, primitive = self._stage
            self.killer = {"primitive": primitive, "depth": depth, "outcome": "late"}
            if bad:
                self.killer.update(outcome=bad[0].outcome, clause=bad[0].clause, test=bad[0].test)
            self._end()
            return True
        if over:
            self._pair = None
            self._next()
        return self._pair is None

    def _next(self) -> None:
        if not self.stages:
            self._end()
            return
        self._stage = depth, primitive = self.stages.pop(0)
        target = Target(str(self._file), "", "mutant", "", "thread", PRIMITIVES, "", {})
        folder = self._folder / f"{depth}-{primitive}"
        self._pair = Pair(target, primitive, Options(depth=depth), folder)
        self._pair.hangs = HANGS
        self._stage_began = time.monotonic()
        self._pair.start()

    def _end(self) -> None:
        self.seconds = round(time.monotonic() - self._began, 1)
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        if self._pair is not None:
            self._pair.stop()


def try_all(waiting: Iterator[Trial], at_once: int) -> Iterator[Trial]:
    """Each trial when it is over; none outlives this, whatever ends it."""
    running: list[Trial] = []
    more = True
    try:
        while running or more:
            while more and len(running) < at_once:
                trial = next(waiting, None)
                more = trial is not None
                if trial is not None:
                    running.append(trial)
            time.sleep(LOOK_INTERVAL)
            for trial in [t for t in running if t.poll()]:
                running.remove(trial)
                yield trial
    finally:
        for trial in running:
            trial.stop()


# -- the results --------------------------------------------------------------------------


@dataclass
class Results:
    """What came of the mutants of one copy: a file with a line for each, the last one counts."""

    path: Path
    head: dict[str, Any]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Results:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = cls(path, json.loads(lines[0]))
        for line in lines[1:]:
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was killed
            found.rows[row["mutant"]] = row
        return found

    def begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.head) + "\n", encoding="utf-8")

    def add(self, row: dict[str, Any]) -> None:
        self.rows[row["mutant"]] = row
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def tidy(self) -> None:
        """One line a mutant, in their order."""
        rows = sorted(self.rows.values(), key=lambda row: int(row["number"]))
        lines = [json.dumps(row) for row in (self.head, *rows)]
        draft = self.path.with_suffix(".draft")
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.replace(self.path)


def row_of(mutant: Mutant, trial: Trial, depth: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": mutant.number,
        "mutant": str(mutant),
        "class": mutant.class_name,
        "operator": mutant.operator,
        "outcome": "killed" if trial.killer else "survived",
        "seconds": trial.seconds,
    }
    if trial.killer:
        row["by"] = trial.killer
    else:
        row["depth"] = depth
    return row


# -- run ----------------------------------------------------------------------------------


def run(args: argparse.Namespace) -> int:
    copy = the_copy()
    chosen = [m for m in mutants(copy) if wanted(m, args)]
    results = prepare(args, copy)
    done = results.rows
    if args.again:
        chosen = [m for m in chosen if done.get(str(m), {}).get("outcome") == "survived"]
    else:
        chosen = [m for m in chosen if str(m) not in done]
    if not chosen:
        print("nothing is left to try")
        return 0
    top = Path(tempfile.mkdtemp(prefix="syncproof-"))
    try:
        if not lives(copy, chosen, args, top):
            return 1
        by_name = {str(m): m for m in chosen}
        waiting = (Trial(str(m), m.source, stages(m.primitives, args.depth), top) for m in chosen)
        for number, trial in enumerate(try_all(waiting, args.at_once), 1):
            results.add(row_of(by_name[trial.name], trial, args.depth))
            told = f"{trial.killer['depth']} {trial.killer['primitive']}" if trial.killer else ""
            verdict = "killed" if trial.killer else "SURVIVED"
            print(f"[{number}/{len(chosen)}] {verdict} {trial.name} ({told or 'every stage'},"
                  f" {trial.seconds:.1f} s)", flush=True)  # fmt: skip
    finally:
        shutil.rmtree(top, ignore_errors=True)
        results.tidy()
    return 0


def wanted(mutant: Mutant, args: argparse.Namespace) -> bool:
    if args.number:
        return mutant.number in args.number
    return (not args.only or mutant.class_name in args.only) and mutant.number % args.sample == 0


def prepare(args: argparse.Namespace, copy: str) -> Results:
    """The results to add to: those that are there, or new ones."""
    path = args.data or default_data()
    head = {
        "interpreter": platform.python_implementation(),
        "version": platform.python_version(),
        "copy": digest(copy),
    }
    results = Results(path, head)
    if path.exists() and not args.anew:
        if not args.resume and not args.again:
            raise Unfit(f"{path} is there: --resume goes on with it, --again tries its survivors"
                        " once more, --anew begins from nothing")  # fmt: skip
        results = Results.read(path)
        if results.head["copy"] != head["copy"]:
            raise Unfit(f"{path} is about other code ({results.head['version']}): --anew begins"
                        " from nothing")  # fmt: skip
    elif args.again:
        raise Unfit(f"{path} is not there: nothing has survived yet")
    else:
        results.begin()
    return results


def stages(primitives: Sequence[str], deepest: str) -> list[tuple[str, str]]:
    """Everything at the shallow depth first: most mutants are found there, and soon."""
    depths = DEPTHS[: DEPTHS.index(deepest) + 1]
    return [(depth, primitive) for depth in depths for primitive in primitives]


def lives(copy: str, chosen: Sequence[Mutant], args: argparse.Namespace, top: Path) -> bool:
    """Whether the unchanged file keeps its promises under the conditions of the mutants."""
    asked = {stage for mutant in chosen for stage in stages(mutant.primitives, args.depth)}
    waiting = (Trial(" ".join(stage), copy, [stage], top) for stage in sorted(asked))
    well = True
    for trial in try_all(waiting, args.at_once):
        if trial.killer:
            print(f"the file without a change: {json.dumps(trial.killer)}", flush=True)
            well = False
    print("the file without a change lives" if well else "nothing was tried", flush=True)
    return well


def the_copy() -> str:
    return pure_copy(Path(threading.__file__).read_text(encoding="utf-8"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def default_data() -> Path:
    name = platform.python_implementation().lower()
    return DATA / f"{name}-{sys.version_info[0]}.{sys.version_info[1]}.jsonl"


# -- list and show ------------------------------------------------------------------------


def list_all(args: argparse.Namespace) -> int:
    for mutant in mutants(the_copy()):
        if wanted(mutant, args):
            print(f"{mutant.number:4} {mutant.operator:10} {mutant}")
    return 0


def show(args: argparse.Namespace) -> int:
    copy = the_copy()
    for mutant in mutants(copy):
        if mutant.number == args.number:
            if args.write:
                args.write.write_text(mutant.source, encoding="utf-8")
            print(mutant, *difference(copy, mutant), sep="\n")
            return 0
    raise Unfit(f"there is no mutant {args.number}")


def difference(copy: str, mutant: Mutant) -> list[str]:
    lines = difflib.unified_diff(copy.split("\n"), mutant.source.split("\n"), lineterm="", n=4)
    return list(lines)[2:]


# -- the table ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What a survivor is, as somebody has judged who looked at it."""

    kind: str
    why: str
    clause: str = ""


def classified(path: Path = CLASSIFIED) -> dict[str, Verdict]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        rows = tomllib.load(file).get("mutant", [])
    found = {}
    for row in rows:
        if row.get("kind") not in KINDS or not row.get("why"):
            raise Unfit(f"{path.name}: {row.get('name')}: kind is one of {', '.join(KINDS)},"
                        " and why says why")  # fmt: skip
        if row["name"] in found:
            raise Unfit(f"{path.name}: {row['name']} is there twice")
        found[row["name"]] = Verdict(row["kind"], row["why"], row.get("clause", ""))
    return found


COLUMNS = ("class", "mutants", "killed", *KINDS, "unclassified", "score")


def table(args: argparse.Namespace) -> int:
    path = args.data or default_data()
    if not path.exists():
        raise Unfit(f"{path} is not there: python scripts/mutants.py run")
    text = "\n".join(markdown(Results.read(path), classified())) + "\n"
    if args.into is None:
        print(text, end="")
        return 0
    page = args.into.read_text(encoding="utf-8")
    before, heading, _ = page.partition(HEADING)
    if not heading:
        raise Unfit(f"{args.into} has no heading {HEADING.strip()}")
    args.into.write_text(f"{before}{heading}{text}", encoding="utf-8")
    return 0


def markdown(results: Results, verdicts: dict[str, Verdict]) -> list[str]:
    """The score by class, then every survivor with its verdict."""
    rows = list(results.rows.values())
    shallow = sum(row.get("depth") == DEPTHS[0] for row in rows)
    note = f" ({shallow} survivors tried at --depth {DEPTHS[0]} only)" if shallow else ""
    lines = [
        f"{results.head['interpreter']} {results.head['version']}{note}:",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|---|{'---:|' * (len(COLUMNS) - 1)}",
    ]
    for name in [*CLASSES, ""]:
        of_it = [row for row in rows if name in ("", row["class"])]
        if of_it:
            lines.append(_line(name or "all", of_it, verdicts))
    survivors = [row for row in rows if row["outcome"] == "survived"]
    for kind in (*KINDS, "unclassified"):
        of_kind = [r for r in survivors if kind_of(r, verdicts) == kind]
        if not of_kind:
            continue
        lines += ["", f"**{kind.capitalize()}** ({len(of_kind)})", ""]
        for row in of_kind:
            verdict = verdicts.get(row["mutant"], Verdict("", ""))
            clause = f" (`{verdict.clause}`)" if verdict.clause else ""
            lines.append(f"- `{row['mutant']}`{': ' if verdict.why else ''}{verdict.why}{clause}")
    wrong = [
        row["mutant"]
        for row in rows
        if row["outcome"] == "killed" and kind_of(row, verdicts) in ("equivalent", "permitted")
    ]
    if wrong:  # either the verdict is wrong, or the suite has accused the innocent
        lines += ["", "**Said to be innocent, yet killed**", "", *(f"- `{n}`" for n in wrong)]
    return lines


def kind_of(row: dict[str, Any], verdicts: dict[str, Verdict]) -> str:
    verdict = verdicts.get(row["mutant"])
    return verdict.kind if verdict else "unclassified"


def _line(name: str, rows: Sequence[dict[str, Any]], verdicts: dict[str, Verdict]) -> str:
    killed = sum(row["outcome"] == "killed" for row in rows)
    kinds = [kind_of(row, verdicts) for row in rows if row["outcome"] == "survived"]
    counted = len(rows) - kinds.count("equivalent") - kinds.count("permitted")
    score = f"{100 * killed / counted:.1f} %" if counted else "-"
    numbers = [len(rows), killed, *(kinds.count(k) for k in (*KINDS, "unclassified"))]
    return f"| {' | '.join([name, *map(str, numbers), score])} |"


# -- the command line ---------------------------------------------------------------------


def fraction(text: str) -> int:
    one, _, many = text.partition("/")
    if one != "1" or not many.isdecimal() or int(many) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form 1/10")
    return int(many)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = top.add_subparsers(dest="what", required=True)
    runs = kinds.add_parser("run", help="try the mutants")
    runs.set_defaults(do=run)
    how = runs.add_mutually_exclusive_group()
    how.add_argument("--resume", action="store_true", help="only those without a result")
    how.add_argument("--again", action="store_true", help="only those that survived")
    how.add_argument("--anew", action="store_true", help="all, and forget the results there are")
    runs.add_argument("-n", dest="at_once", type=positive, default=os.cpu_count() or 1, metavar="N",
                      help="try so many at once")  # fmt: skip
    runs.add_argument("--depth", default=DEPTHS[-1], choices=DEPTHS, help="how deep at most")
    lists = kinds.add_parser("list", help="show the mutants")
    lists.set_defaults(do=list_all)
    for kind in (runs, lists):
        kind.add_argument("--only", action="append", default=[], choices=tuple(CLASSES))
        kind.add_argument("--sample", type=fraction, default=1, metavar="1/N", help="one of N")
        kind.add_argument("--number", type=positive, action="append", default=[], metavar="N",
                          help="only this mutant (may be repeated)")  # fmt: skip
    shows = kinds.add_parser("show", help="show what one mutant changes")
    shows.set_defaults(do=show)
    shows.add_argument("number", type=int)
    shows.add_argument("--write", type=Path, metavar="FILE", help="write it there, to be checked")
    tables = kinds.add_parser("table", help="print the score and the survivors")
    tables.set_defaults(do=table)
    tables.add_argument("--into", type=Path, metavar="FILE", help="replace it in a page")
    for kind in (runs, tables):
        kind.add_argument("--data", type=Path, metavar="FILE", help="default: results/mutants/")
    return top


def main() -> int:
    args = parser().parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    try:
        return int(args.do(args))
    except Unfit as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; --resume goes on")
        return 130


if __name__ == "__main__":
    sys.exit(main())
