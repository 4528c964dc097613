"""``syncproof check``: does it keep its promises?"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncproof import annotate, badge, colour, kept
from syncproof import spec as specs
from syncproof.check import Check, Plan
from syncproof.commands import CommandError
from syncproof.findings import Writer
from syncproof.interleave.tokens import TokenError, read
from syncproof.progress import progress
from syncproof.results import Report, Result, check_writable, to_text, write, write_text
from syncproof.sandbox import errand
from syncproof.sandbox.errand import Request
from syncproof.sandbox.inspection import Target, inspect
from syncproof.sandbox.pair import Options
from syncproof.sandbox.template import Template
from syncproof.vocabulary import MODELS, PRIMITIVES

DEPTHS = ("quick", "default", "thorough")

EXAMPLES = """\
A target is a name that `syncproof list` shows, a module, a file, or one class of either.

examples:
  syncproof check threading
  syncproof check mylib.locks path/to/others.py -n 2
  syncproof check mylib.locks:FairLock --as lock
  syncproof check mylib.locks --primitive condition --clause 'cond.notify*'
  syncproof check mylib.locks --json result.json --junit result.xml
  syncproof check mylib.locks --replay TOKEN

exit status: 0 conformant, 1 not, 2 usage or target error, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("targets", nargs="+", metavar="TARGET", help="what to check")
    add("--as", dest="kind", default="", choices=PRIMITIVES, metavar="PRIMITIVE",
        help="what the class of a target module:Class is")
    add("--model", default="", choices=tuple(MODELS), metavar="MODEL",
        help=f"what its actors are: {', '.join(MODELS)} (default: guessed)")
    add("--clause", action="append", default=[], metavar="GLOB",
        help="check only clauses whose id matches (may be repeated)")
    add("--json", type=Path, metavar="FILE", help="write the results as JSON (- for stdout)")
    add("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    add("--badge", type=Path, metavar="FILE", help="write a badge of the result as SVG")
    add("--annotations", default="", choices=annotate.READERS,
        help="mark failures at their lines of code (default: github where GitHub Actions runs it)")
    add("--detail", action="store_true",
        help="also check what CPython's own tests assert beyond the documentation (never counted)")
    add("--as-of", type=_version, metavar="VERSION",
        help="hold it to the documentation of this Python, such as 3.15 (default: the running one)")
    add("--no-kernel-view", action="store_true",
        help="judge blocking by settle windows alone, without the kernel's view of threads")
    add("--replay", default="", metavar="TOKEN",
        help="run just the schedule that a failure has named")
    add_common_arguments(parser)


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """What `check` and `run` have in common."""
    add = parser.add_argument
    add("--primitive", action="append", default=[], choices=PRIMITIVES, metavar="NAME",
        help=f"only this primitive (may be repeated): {', '.join(PRIMITIVES)}")
    add("--depth", default="default", choices=DEPTHS,
        help="how much is tried where only many tries can show a fault; quick: no search")
    add("-n", dest="workers", type=_positive, default=0, metavar="WORKERS",
        help="how many primitives to check at once (default: the processors, of tasks and greenlets"
        " twice as many; at most 4)")
    add("--time-factor", type=_factor, default=0.0, metavar="X",
        help="stretch every delay (default: by the machine's load)")
    add("-q", "--quiet", action="store_true", help="tell only what is broken, and the verdicts")
    add("-v", "--verbose", action="store_true", help="tell what came of every clause as well")
    colour.add_argument(parser)


def run(args: argparse.Namespace) -> int:
    if args.replay:
        return _replay(args)
    options = Options(
        clauses=tuple(args.clause),
        depth=args.depth,
        detail=args.detail,
        time_factor=args.time_factor,
        kernel_view=not args.no_kernel_view,
        as_of=args.as_of or "",
    )
    for path in (args.json, args.junit, args.badge):
        if path is not None and str(path) != "-":
            check_writable(path)
    with Template() as template:  # it gets ready while the targets are looked at
        targets, refused = _usable(args, options)
        plan = Plan(targets, tuple(args.primitive), options, args.workers)
        check = Check(plan, progress(args.quiet), template=template)
        check.run()
    reports = check.reports()
    for report in reports:
        kept.keep(report.target, args.kind, [r.replay for r in report.results if r.replay])
    _save(args, reports)
    to_stdout = str(args.json) == "-" or str(args.junit) == "-"
    stream = sys.stderr if to_stdout else sys.stdout
    writer = Writer(colour=colour.wanted(stream, args.color), options=options)
    lines = told(reports, writer, quiet=args.quiet, verbose=args.verbose)
    if annotate.reader(args.annotations) == "github":
        lines += annotate.github(reports)
    print("\n".join(lines), file=stream, flush=True)
    if check.interrupted:
        return 130
    if refused:
        raise CommandError("\n".join(refused))
    return status(reports)


def _usable(args: argparse.Namespace, options: Options) -> tuple[list[Target], list[str]]:
    """The targets that can be checked, and a line for each that cannot: that stops no other."""
    found = inspect([(t, args.kind) for t in dict.fromkeys(args.targets)], args.model)
    loaded = [f for f in found if isinstance(f, Target)]
    refused = [str(f) for f in found if not isinstance(f, Target)]
    if loaded:
        _refuse_vain_clauses(options.clauses, loaded)
    plan = Plan(loaded, tuple(args.primitive), options, args.workers)
    targets = []
    for target in loaded:
        refusal = ""
        if args.primitive and not set(args.primitive) & set(target.primitives):
            refusal = (
                f"{target.target} has no {' or '.join(args.primitive)};"
                f" it has {', '.join(target.primitives)}"
            )
        elif not plan.of(target):
            refusal = (
                f"nothing to check on {target.target}: those clauses are about other primitives"
            )
        refusal = refusal or target.refusal(plan.of(target))
        if refusal:
            refused.append(refusal)
        else:
            targets.append(target)
    if not targets:
        raise CommandError("\n".join(refused))
    return targets, refused


def _report_of(target: Target, found: Mapping[str, Any]) -> Report:
    """What a search has found, as a report on the target."""
    clause = found["clause"]
    spec = specs.load(target.family)
    result = Result(
        clause=clause,
        primitive=found["primitive"],
        level=spec[clause].level if clause in spec else "must",
        outcome="fail",
        message=found["message"],
        variant=found["variant"],
        trace=[list(step) for step in found["trace"]],
        replay=found["replay"],
    )
    return Report(
        implementation=target.name,
        version=target.version,
        model=target.model,
        family=target.family,
        interpreter=target.interpreter,
        results=[result],
        target=target.target,
        about=target.about,
        selection={"as": target.kind},
    )


def tell_found(
    target: Target, found: Mapping[str, Any], asked: bool | None = None
) -> Report:
    """Print what a search or a replay has found, in colour if asked; the report on it."""
    report = _report_of(target, found)
    writer = Writer(colour=colour.wanted(sys.stdout, asked))
    print("\n".join(writer.failures(report)).rstrip("\n"))
    return report


def _replay(args: argparse.Namespace) -> int:
    """Run the one schedule of a token again."""
    try:
        token = read(args.replay)
    except TokenError as error:
        raise CommandError(str(error)) from None
    if len(args.targets) > 1:
        raise CommandError("--replay is about one target")
    target = inspect_all([(args.targets[0], args.kind)])[0]
    primitive = token.program.primitive
    if primitive not in target.primitives:
        raise CommandError(
            f"{target.target} has no {primitive}; it has {', '.join(target.primitives)}"
        )
    request = Request(args.targets[0], args.kind, args.replay)
    last: Mapping[str, Any] = list(errand.run(request))[-1]
    if last["event"] == "found":
        report = tell_found(target, last, args.color)
        _save(args, [report])
        return 1
    if last["event"] == "nothing":
        print(f"{target.name} {primitive}: replayed, and nothing is wrong with it any more")
        return 0
    if last["event"] in ("refused", "opaque"):
        again = ["syncproof", "explore", args.targets[0]]
        again += ["--as", args.kind] if args.kind else []
        raise CommandError(
            f"the token cannot be replayed: {last['why']}; search again with"
            f" {shlex.join([*again, '--primitive', primitive])}"
        )
    print(f"{target.name} {primitive}: the replay {last['why']}\n{last['where']}")
    return 1


def inspect_all(wanted: Sequence[tuple[str, str]], model: str = "") -> list[Target]:
    """The targets; CommandError with one line for each that cannot be used."""
    found = inspect(wanted, model)
    errors = [str(f) for f in found if not isinstance(f, Target)]
    if errors:
        raise CommandError("\n".join(errors))
    return [f for f in found if isinstance(f, Target)]


def refuse_unusable(target: Target, primitives: Sequence[str]) -> None:
    """CommandError where none of the primitives can be made, or is one: nothing could be told."""
    refusal = target.refusal(primitives)
    if refusal:
        raise CommandError(refusal)


def told(
    reports: Sequence[Report], writer: Writer, quiet: bool = False, verbose: bool = False
) -> list[str]:
    """What was found: clause by clause, failures, notes, the table, and the verdicts last."""
    lines: list[str] = []
    if verbose:
        for report in reports:
            lines += _clause_by_clause(report)
        lines.append("")
    for report in reports:
        lines += writer.failures(report)
    if not quiet:
        for report in reports:
            lines += writer.notes(report)
        lines += writer.table(reports)
        lines.append("")
    return lines + [writer.verdict(report) for report in reports]


def _clause_by_clause(report: Report) -> Iterator[str]:
    """What came of every clause that binds, a line each; and why, if it is not just kept."""
    for (primitive, clause), verdict in report.verdicts().items():
        of_it = [r for r in report.results if (r.primitive, r.clause) == (primitive, clause)]
        why = next((r.message for r in of_it if r.verdict == verdict and r.message), "")
        reason = f": {why.splitlines()[0]}" if why and verdict != "kept" else ""
        yield f"{report.implementation} {primitive} {clause} {verdict}{reason}"


def status(reports: Sequence[Report]) -> int:
    """The exit status that the reports amount to."""
    if any(r.bad for report in reports for r in report.results):
        return 1
    empty = [r.implementation for r in reports if not r.results]
    if empty:
        raise CommandError(
            f"nothing to check on {', '.join(empty)}: no test is about those clauses and primitives"
        )
    return 0


def _save(args: argparse.Namespace, reports: Sequence[Report]) -> None:
    if str(args.json) == "-":
        sys.stdout.write(to_text(reports))
    elif args.json is not None:
        write(args.json, reports)
    if args.junit is not None:
        from syncproof.junit import document

        if str(args.junit) == "-":
            sys.stdout.write(document(reports))
        else:
            write_text(args.junit, document(reports))
    if args.badge is not None:
        write_text(args.badge, badge.of_reports(reports))


def _refuse_vain_clauses(globs: Sequence[str], targets: Sequence[Target]) -> None:
    """Refuse patterns that name no clause, or only such as no implementation can break."""
    families = [specs.load(f) for f in dict.fromkeys(t.family for t in targets)]
    for glob in globs:
        clauses = [c for spec in families for c in spec.matching(glob)]
        if not clauses:
            raise CommandError(f"no clause matches {glob!r}{families[0].hint(glob)}")
        if not any(c.scope == "implementation" and c.level != "may" for c in clauses):
            first = clauses[0]
            raise CommandError(
                f"{first.id} is never checked: {WHY_NOT.get(first.scope, 'nothing asserts it')}"
            )


WHY_NOT = {
    "caller": "it is a duty of the caller",
    "freedom": "it leaves implementations free",
    "module": "it is about the threading module, not about a primitive",
}


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def _version(text: str) -> str:
    if not re.fullmatch(r"3\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no version such as 3.14")
    return text


def _factor(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0.1 to 1000")
    return number
