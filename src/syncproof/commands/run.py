"""``syncproof run``: check, time and report everything that is available here.

What a run finds is kept in files as it goes; a second run with the same directory does only what
is missing, or what has changed since.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import syncproof
from syncproof import colour, registry
from syncproof.check import Check, Plan
from syncproof.commands import CommandError
from syncproof.commands.bench import duration
from syncproof.commands.bench import progress as timing_progress
from syncproof.commands.check import add_common_arguments, told
from syncproof.findings import Writer
from syncproof.interpreters import interpreter_name
from syncproof.progress import progress
from syncproof.results import Report, ResultError, check_writable, read, write
from syncproof.sandbox.inspection import Target, inspect
from syncproof.sandbox.pair import Options
from syncproof.timing.store import file_name
from syncproof.vocabulary import PRIMITIVES

EXAMPLES = """\
Writes DIR/check/INTERPRETER/IMPLEMENTATION.json and DIR/bench/INTERPRETER/IMPLEMENTATION.json, and
the report on both. What DIR holds already is not done again; --fresh does it again. Interpreters
may share DIR: each has its own place in it, and the report is on all of them.

examples:
  syncproof run
  syncproof run -o results/today --depth quick --budget 2m
  syncproof run threading mylib.locks --primitive lock --primitive condition
  syncproof run --only check -o results/all

exit status: 0 all is done (whatever it found), 1 something could not be done, 2 usage or target
error, 130 interrupted
"""

STEPS = ("check", "bench", "report")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET",
        help="what to run (default: every registered implementation that is available)")
    add("-o", dest="directory", type=Path, default=Path("results/latest"), metavar="DIR",
        help="where to write (default: results/latest)")
    add("--budget", type=duration, default=600.0, metavar="TIME",
        help="how long timing may take over all targets: 90s, 10m, 1h (default: 10m)")
    add("--fresh", action="store_true", help="do again what DIR holds already")
    add("--only", action="append", default=[], choices=STEPS, metavar="STEP",
        help=f"only this step (may be repeated): {', '.join(STEPS)}")
    add_common_arguments(parser)


def run(args: argparse.Namespace) -> int:
    check_writable(args.directory / "check" / "trial")
    steps = args.only or STEPS
    done = []
    if "check" in steps or "bench" in steps:
        began = time.monotonic()
        targets, refused = _targets(args)
        # of `--only bench` it is a part of the budget, as in `syncproof bench`
        spent = 0.0 if "check" in steps else time.monotonic() - began
        done.append(not refused)
        if "check" in steps:
            done.append(_check(args, targets))
        if "bench" in steps:
            done.append(_time(args, targets, spent))
    if "report" in steps:
        done.append(_report(args.directory))
    return int(not all(done))


def _targets(args: argparse.Namespace) -> tuple[list[Target], list[str]]:
    """What there is to run, and a line for each target that cannot be: that stops no other."""
    names = list(dict.fromkeys(args.targets))
    twins: list[str] = []
    if not names:
        for implementation in registry.registered().values():
            reason = registry.unavailable(implementation)
            if reason and not args.quiet:
                _say(f"{implementation.name} is not available: {reason}")
            elif not reason and implementation.twin_of and args.depth == "quick":
                twins.append(implementation.name)
            elif not reason:
                names.append(implementation.name)
        if twins and not args.quiet:
            _say(f"--depth quick leaves out twins of others: {', '.join(twins)}")
    found = inspect([(name, "") for name in names])
    refused = [str(f) for f in found if not isinstance(f, Target)]
    targets: dict[str, Target] = {}
    for target in found:
        if not isinstance(target, Target):
            continue
        asked = [p for p in target.primitives if p in (args.primitive or PRIMITIVES)]
        refusal = target.refusal(asked)
        if refusal:
            refused.append(refusal)
            continue
        other = targets.setdefault(file_name(target.name), target)
        if other is not target:
            refused.append(
                f"{target.target} is called {target.name}, as {other.target} is: left out"
            )
    for line in refused:
        _say(line)
    wanted = args.primitive or ()
    chosen = []
    for target in targets.values():
        if not wanted or set(wanted) & set(target.primitives):
            chosen.append(target)
        else:
            _say(f"{target.name} has no {' or '.join(wanted)}")
    if not chosen:
        raise CommandError("nothing to run: no target is available that has what was asked for")
    return chosen, refused


# -- checking -----------------------------------------------------------------------------


def _check(args: argparse.Namespace, targets: Sequence[Target]) -> bool:
    """Check what has not been checked yet; whether all is done."""
    options = Options(depth=args.depth, time_factor=args.time_factor)
    plan = Plan(targets, tuple(args.primitive), options, args.workers)
    left = [t for t in targets if args.fresh or not _is_checked(args.directory, t, plan)]
    if not args.quiet:
        _say_what_is_left("check", targets, left)
    if not left:
        return True
    plan.targets = left
    failures: list[str] = []

    def keep(report: Report) -> None:
        path = _check_file(args.directory, report.implementation, report.interpreter)
        try:
            write(path, [report])
        except OSError as error:  # the others may still find their place
            failures.append(f"{path}: {error.strerror}")
            _say(failures[-1])

    check = Check(plan, progress(args.quiet), keep)
    check.run()
    reports = check.reports()
    writer = Writer(colour=colour.wanted(sys.stdout, args.color), options=options)
    for report in reports:
        if not report.complete and report.results:
            keep(report)
        lines = told([report], writer, quiet=True, verbose=True) if args.verbose else []
        print("\n".join(lines or [writer.verdict(report)]), flush=True)
    if check.interrupted:
        raise KeyboardInterrupt
    return not failures


def _check_file(directory: Path, implementation: str, interpreter: object) -> Path:
    about = interpreter if isinstance(interpreter, dict) else None
    return directory / "check" / interpreter_name(about) / f"{file_name(implementation)}.json"


def _is_checked(directory: Path, target: Target, plan: Plan) -> bool:
    """Whether the directory holds a whole check of just that, by this syncproof."""
    try:
        (report,) = read(_check_file(directory, target.name, target.interpreter))
    except (ResultError, ValueError):
        return False
    return (
        report.complete
        and report.target == target.target
        and report.version == target.version
        and report.depth == plan.options.depth
        and report.syncproof == syncproof.__version__
        and report.interpreter == target.interpreter
        and report.selection.get("primitives") == plan.of(target)
        and not report.selection.get("clauses")
    )


# -- timing -------------------------------------------------------------------------------


def _time(args: argparse.Namespace, targets: Sequence[Target], spent: float) -> bool:
    """Time what has not been timed yet, in its share of the budget; whether all is done.

    So many seconds of the budget are ``spent``.
    """
    from syncproof import timing

    able = [t for t in targets if timing.planned(t, args.primitive)]
    left = [t for t in able if args.fresh or not _is_timed(args, t)]
    if not args.quiet:
        _say_what_is_left("time", able, left)
    if not left:
        return True
    budget = max(1.0, args.budget * len(left) / len(able) - spent)
    with timing_progress() as tell:
        sessions = timing.run(
            left, args.directory, budget, primitives=args.primitive, progress=tell,
            resume=not args.fresh,
        )
    if not all(s.complete for s in sessions):
        raise KeyboardInterrupt
    return len(sessions) == len(left)


def _is_timed(args: argparse.Namespace, target: Target) -> bool:
    """Whether the directory holds a whole timing of that implementation, in its present version."""
    from syncproof import timing

    found = timing.earlier(args.directory, target, timing.planned(target, args.primitive))
    return found is not None and found.complete


# -- reporting ----------------------------------------------------------------------------


def _report(directory: Path) -> bool:
    """Make the report, as ``syncproof report DIR -o DIR`` does; whether that went well.

    A worker without the packages of the desk leaves it to the desk.
    """
    words = [str(directory), "-o", str(directory)]
    try:
        module = importlib.import_module("syncproof.commands.report")
        parser = argparse.ArgumentParser(prog="syncproof report")
        module.add_arguments(parser)
        return int(module.run(parser.parse_args(words))) == 0
    except ModuleNotFoundError as error:
        _say(f"no report, for want of {error.name}: pip install 'syncproof[report]'")
        _say(f"then: syncproof report {' '.join(words)}")
        return True


def _say_what_is_left(verb: str, all_: Sequence[Target], left: Sequence[Target]) -> None:
    done = len(all_) - len(left)
    kept = f" ({done} already done; --fresh does them again)" if done else ""
    names: Iterable[str] = (t.name for t in left)
    _say(f"to {verb}: {', '.join(names) or 'nothing'}{kept}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
