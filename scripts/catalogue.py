"""Writes docs/catalogue.md, the page of everything that is timed, from the scenarios themselves.

    python scripts/catalogue.py            # writes it
    python scripts/catalogue.py --check    # says whether it is current: exit status 0 or 1
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from syncproof.timing.scenarios import EVERY, GREEN, SYNC, TASKS, Scenario, cases, catalogue
from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "catalogue.md"

INTRODUCTION = """\
# Everything that is timed

Made by `python scripts/catalogue.py` from the files of `bench/`; `syncproof bench --list` shows the
same on the terminal. What the figures are, and how far to trust them, is told in
[benchmarks](benchmarks.md).

A scenario is timed on every primitive that it is *on* and with every combination of its parameters;
each is a case, called `scenario.primitive.parameter=value`. An implementation is timed in every
case of its execution model that it offers what is needed for: {count} cases in all, {threads} of
them for threads. `--scenario` chooses by the name or by the whole name, with `*` for anything.

**Kinds.** A *hot* one is a loop in which nobody waits. A *blocking* one has actors that wait for
each other; its figure is a mean. A *window* has actors that contend for some time; it says as well
how the operations were shared out (Jain's index, the most over the least, the longest gap) and,
where each `acquire()` is stamped, how long they took. Of a *latency* every single event is kept,
and percentiles are shown. *Memory* is in bytes.

**Actors.** Where nothing is said, they are threads. A scenario whose name begins with `task.` is
for tasks of asyncio, uvloop, trio and anyio, `green.` for greenlets of gevent and eventlet,
`process.` for processes: each is compared within its model, and set against the floor of that
model, which is an empty await or a bare switch of tasks, a bare switch of greenlets, or a byte
through a pipe and back.

**Work** inside and outside of a section is in units of one turn of a loop that adds one to a local
variable. `floor.work` times the unit beside every figure, in every run's file, so that units can be
read as nanoseconds.

**Growth.** Where it is marked, the exponent is fitted with which the figure grows with that
parameter: 1 is a price each, 2 is the square.

Every one checks its result: what was counted, whose turn it was, how many were inside, who was back
before anybody was woken. One that comes out wrong is `incorrect` and has no figure, and one that
does not come back is `stuck`.
"""

#: Files in the order in which they are shown; what is not named here comes last.
ORDER = (
    "floor", "alone", "timeouts", "memory", "imports", "contended", "queries", "fairness",
    "handoff", "wakeup", "producers", "phases", "herd", "shapes", "tasks", "task_handoff",
    "task_herd", "task_shapes",
    "cancellation", "mixed", "greenlets", "processes",
)


def page() -> str:
    """The whole page."""
    everything = cases((*PRIMITIVES, ""))
    of_threads = cases((*PRIMITIVES, ""), model="thread")
    text = INTRODUCTION.format(count=len(everything), threads=len(of_threads))
    by_file = groupby(catalogue(), key=lambda one: one.prepare.__module__)
    files = {module: list(found) for module, found in by_file}
    parts = [text]
    for module in sorted(files, key=_place):
        parts.append("\n".join(section(module, files[module])) + "\n")
    return "\n".join(parts)


def section(module: str, scenarios: Sequence[Scenario]) -> Iterator[str]:
    """The scenarios of one file, below what it says of itself."""
    name = module.rpartition(".")[2]
    head, _, rest = (importlib.import_module(module).__doc__ or "").strip().partition("\n")
    yield f"## {head.rstrip('.')}"
    yield ""
    yield f"`bench/{name}.py`"
    if rest.strip():
        yield ""
        yield rest.strip().replace("``", "`")
    yield ""
    yield "| scenario | on | one operation | how to read the figure |"
    yield "|---|---|---|---|"
    for one in scenarios:
        cells = (_name(one), _on(one), one.operation, one.reading)
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _name(one: Scenario) -> str:
    parameters = "".join(
        f"<br>{name} {', '.join(map(str, values))}{' (growth)' if one.growth == name else ''}"
        for name, values in one.parameters.items()
    )
    return f"`{one.name}` {one.kind}{parameters}"


def _on(one: Scenario) -> str:
    if one.primitives == PRIMITIVES:
        things = "all seven"
    elif one.is_floor:
        things = "nothing"
    else:
        things = ", ".join(CLASS_NAMES[p] for p in one.primitives) or "the implementation"
    return f"{things}{_actors(one.models)}"


def _actors(models: Sequence[str]) -> str:
    if set(models) == set(EVERY):
        return "; by anybody"
    if set(models) == set(SYNC):
        return "; by threads, greenlets, processes"
    if set(models) == {"thread", *GREEN}:
        return "; by threads, greenlets"
    if set(models) in ({"thread"}, set(TASKS), set(GREEN), {"process"}):
        return ""  # its name says it
    return f"; by {', '.join(models)}"


def _place(module: str) -> tuple[int, str]:
    name = module.rpartition(".")[2]
    return (ORDER.index(name) if name in ORDER else len(ORDER)), name


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/catalogue.md.")
    parser.add_argument("--check", action="store_true", help="only say whether it is current")
    args = parser.parse_args()
    if not args.check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
    if not current:
        print("docs/catalogue.md is out of date: python scripts/catalogue.py", file=sys.stderr)
    return int(not current)


if __name__ == "__main__":
    sys.exit(main())
