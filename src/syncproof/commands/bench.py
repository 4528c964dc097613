"""``syncproof bench``: what does it cost?"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from syncproof.commands import CommandError
from syncproof.vocabulary import PRIMITIVES

EXAMPLES = """\
A target is a name that `syncproof list` shows, a module, a file, or one class of either. Each is
timed side by side with threading and with a floor: calls that do nothing.

examples:
  syncproof bench --list
  syncproof bench threading mylib.locks --budget 2m -o results/today
  syncproof bench mylib.locks:FairLock --as lock --scenario 'pair' --scenario 'throughput*'
  syncproof bench threading mylib.locks --budget 10m -o results/today --resume
  syncproof bench threading --sampler pyperf --budget 1h
  pyperf stats results/today/bench/cpython-3.13.5/threading.json

exit status: 0 timed, 1 something is incorrect or stuck, 2 usage or target error, 130 interrupted
"""

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET", help="what to time")
    add("--as", dest="kind", default="", choices=PRIMITIVES, metavar="PRIMITIVE",
        help="what the class of a target module:Class is")
    add("--primitive", action="append", default=[], choices=PRIMITIVES, metavar="NAME",
        help=f"only this primitive (may be repeated): {', '.join(PRIMITIVES)}")
    add("--scenario", action="append", default=[], metavar="GLOB",
        help="only scenarios whose name or whole name matches (may be repeated)")
    add("--budget", type=duration, default=120.0, metavar="TIME",
        help="how long it may take over all targets: 90s, 2m, 1h (default: 2m)")
    add("-o", dest="directory", type=Path, default=Path("results/latest"), metavar="DIR",
        help="where to write bench/INTERPRETER/IMPLEMENTATION.json (default: results/latest)")
    add("--sampler", choices=("interleaved", "pyperf"), default="interleaved",
        help="interleaved slices, or pyperf's own runner for a quiet machine")
    add("--resume", action="store_true",
        help="go on with what DIR holds: what is complete is left, what was interrupted goes on")
    add("--seed", type=int, metavar="N", help="the order in which slices are taken")
    add("--list", action="store_true", help="show the scenarios and what one operation is")


def run(args: argparse.Namespace) -> int:
    if args.list:
        print("\n".join(_catalogue(args)))
        return 0
    if not args.targets:
        raise CommandError(
            "bench: name a target, such as threading (or --list; `syncproof run --only bench` times"
            " everything that is installed)"
        )
    from syncproof import timing
    from syncproof.interpreters import interpreter_name
    from syncproof.timing import table
    from syncproof.timing.machine import remarks

    began = time.monotonic()
    targets = _inspected(args)
    budget = max(1.0, args.budget - (time.monotonic() - began))
    with progress() as tell:
        try:
            sessions = timing.run(
                targets,
                args.directory,
                budget,
                primitives=args.primitive,
                scenarios=args.scenario,
                sampler=args.sampler,
                seed=args.seed,
                progress=tell,
                resume=args.resume,
            )
        except (timing.NothingToTimeError, timing.StoreError) as error:
            raise CommandError(str(error)) from None
    names = {s.target.name for s in sessions}
    here = {interpreter_name(s.interpreter) for s in sessions}
    cells = [
        c for c in timing.load(args.directory)
        if c.implementation in names and c.interpreter in here
    ]
    for remark in sorted({r for s in sessions for r in remarks(s.machine)}):
        print(f"machine: {remark}")
    print("\n".join(table.lines(cells)))
    print(f"\n{_verdicts(cells)}\nwritten to {args.directory}")
    if not all(s.complete for s in sessions):
        return 130
    return int(any(c.verdict in ("incorrect", "stuck") for c in cells))


def _verdicts(cells: Sequence[Any]) -> str:
    """How many cells came to each verdict."""
    from syncproof.timing.records import VERDICTS

    counts = {v: sum(c.verdict == v for c in cells if not c.is_floor) for v in VERDICTS}
    return "cells: " + ", ".join(f"{n} {v}" for v, n in counts.items() if n)


def _inspected(args: argparse.Namespace) -> list[Any]:
    from syncproof.sandbox.inspection import Target, inspect

    found = inspect([(t, args.kind) for t in dict.fromkeys(args.targets)])
    errors = [str(f) for f in found if not isinstance(f, Target)]
    if errors:
        raise CommandError("\n".join(errors))
    for target in found:
        if isinstance(target, Target) and args.primitive:
            have = set(target.primitives) & set(args.primitive)
            if not have:
                raise CommandError(
                    f"{target.target} has no {' or '.join(args.primitive)};"
                    f" it has {', '.join(target.primitives)}"
                )
    return [f for f in found if isinstance(f, Target)]


def _catalogue(args: argparse.Namespace) -> Sequence[str]:
    """Each scenario: what one operation is, how to read it, and on what it runs."""
    from syncproof.timing.scenarios import WHOLE, cases, catalogue

    wanted = cases((*PRIMITIVES, WHOLE), args.scenario)
    shown = {(c.scenario.name, c.scenario.primitives) for c in wanted}
    lines: list[str] = []
    for one in catalogue():
        if not one.is_floor and (one.name, one.primitives) not in shown:
            continue
        if args.primitive and not set(args.primitive) & set(one.primitives):
            continue
        parameters = "".join(f" {k}={','.join(map(str, v))}" for k, v in one.parameters.items())
        nothing = "nothing: timed beside every figure" if one.is_floor else "the whole of it"
        lines += [
            f"{one.name}{parameters} ({one.kind})",
            f"    actors    {', '.join(one.models)}",
            f"    on        {', '.join(one.primitives) or nothing}",
            f"    operation {one.operation}",
            f"    reading   {one.reading}",
        ]
    if not lines:
        raise CommandError("no scenario matches (syncproof bench --list shows all)")
    return lines


def duration(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``2m`` or ``1h``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    seconds = float(match[1]) * UNITS[match[2]] if match else 0.0
    if not 1 <= seconds <= 7 * 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration from 1s up, such as 90s or 2m")
    return seconds


class progress:  # noqa: N801 - used as a function
    """How far it is, on stderr: a bar on a terminal that has rich, plain lines elsewhere."""

    def __enter__(self) -> Any:
        self.bar: Any = None
        self.last = ""
        if sys.stderr.isatty():
            try:
                from rich.console import Console
                from rich.progress import BarColumn, Progress, TextColumn
            except ImportError:
                return self._line
            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[left]:.0f} s left"),
                console=Console(stderr=True),
                transient=True,
            )
            self.task = self.bar.add_task("timing", total=1.0, left=0.0)
            self.bar.start()
            return self._draw
        return self._line

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def _draw(self, now: Any) -> None:
        if now.lasting:
            self.bar.console.print(now.message, highlight=False, markup=False)
        self.bar.update(self.task, completed=now.done, description=now.message, left=now.left)

    def _line(self, now: Any) -> None:
        if now.message != self.last:
            self.last = now.message
            print(f"[{now.done:4.0%}] {now.message}, {now.left:.0f} s left", file=sys.stderr)
