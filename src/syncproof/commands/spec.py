"""``syncproof spec``: what is promised, where, and which tests check it."""

from __future__ import annotations

import argparse
import sys
import textwrap

from syncproof import spec as specs
from syncproof.commands import CommandError
from syncproof.suite.index import tests_by_clause
from syncproof.vocabulary import LEVELS, PRIMITIVES, Clause

EXAMPLES = """\
examples:
  syncproof spec
  syncproof spec 'lock.release*'
  syncproof spec --primitive barrier --level must
"""

WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("glob", nargs="?", default="*", metavar="GLOB", help="clauses whose id matches")
    add("--primitive", action="append", default=[], choices=PRIMITIVES, metavar="NAME",
        help="clauses about this primitive (may be repeated)")
    add("--level", action="append", default=[], choices=LEVELS, metavar="LEVEL",
        help=f"clauses of this level (may be repeated): {', '.join(LEVELS)}")


def run(args: argparse.Namespace) -> int:
    spec = specs.load("threading")
    matching = spec.matching(args.glob)
    if not matching:
        raise CommandError(f"no clause matches {args.glob!r}{spec.hint(args.glob)}")
    clauses = [
        c
        for c in matching
        if (not args.primitive or set(args.primitive) & set(c.primitives))
        and (not args.level or c.level in args.level)
    ]
    if not clauses:
        raise CommandError(f"no clause matches {args.glob!r} and what else was asked for")
    checked = tests_by_clause()
    print("\n\n".join(_shown(c, checked.get(c.id, [])) for c in clauses))
    sys.stdout.flush()
    plural = "" if len(clauses) == 1 else "s"
    print(f"{len(clauses)} clause{plural}", file=sys.stderr)
    return 0


def _shown(clause: Clause, tests: list[str]) -> str:
    bounds = [f"since {clause.since}"] * bool(clause.since)
    bounds += [f"until {clause.until}"] * bool(clause.until)
    bounds += [f"on {clause.platform}"] * bool(clause.platform)
    kind = ", ".join([clause.level, f"binds the {clause.scope}", *bounds])
    if clause.scope in ("freedom", "module"):
        kind = ", ".join([clause.level, clause.scope, *bounds])
    lines = [f"{clause.id}  ({kind})"]
    lines += textwrap.wrap(clause.text, WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines += [f"  on: {', '.join(clause.primitives)}"] if clause.primitives else []
    lines += [f"  source: {specs.source_url(clause)}"] if clause.source else []
    lines += [f"  needs: {', '.join(clause.needs)}"] if clause.needs else []
    lines += [f"  test: {test}" for test in tests]
    return "\n".join(lines)
