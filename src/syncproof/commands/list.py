"""``syncproof list``: who is registered, and who of them is here."""

from __future__ import annotations

import argparse

from syncproof import registry
from syncproof.vocabulary import PRIMITIVES, Implementation

EXAMPLES = """\
examples:
  syncproof list
  syncproof list --names        the available ones, one a line, for scripts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--names", action="store_true", help="only the names of what is available here"
    )


def run(args: argparse.Namespace) -> int:
    found = registry.registered().values()
    if args.names:
        for implementation in found:
            if not registry.unavailable(implementation):
                print(implementation.name)
        return 0
    rows = [("name", "available", "model", "version", "primitives", "")]
    rows += [_row(implementation) for implementation in found]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        head = "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths))
        print(f"{head}  {row[4]}".rstrip())
        if row[5]:
            print(f"{' ' * widths[0]}  {row[5]}")
    return 0


def _row(implementation: Implementation) -> tuple[str, str, str, str, str, str]:
    reason = registry.unavailable(implementation)
    if implementation.primitives == PRIMITIVES:
        offered = "all seven"
    else:
        offered = ", ".join(implementation.primitives) or "-"
    version = registry.version(implementation) or "-"
    here = "no" if reason else "yes"
    return implementation.name, here, implementation.model, version, offered, reason
