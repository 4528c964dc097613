"""``syncproof explore``: search for a schedule that breaks it, for as long as wanted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from syncproof import colour, kept
from syncproof.commands import CommandError
from syncproof.commands.check import inspect_all, refuse_unusable, tell_found
from syncproof.sandbox import errand
from syncproof.sandbox.errand import Request
from syncproof.sandbox.inspection import Target
from syncproof.vocabulary import PRIMITIVES

EXAMPLES = """\
Runs short programs of two or three actors under one schedule after another, until one shows what
the documentation does not allow. The same seed gives the same search on the same interpreter.

examples:
  syncproof explore mylib.locks --primitive semaphore
  syncproof explore path/to/locks.py --primitive condition --seconds 600 --seed 7

exit status: 0 nothing found, 1 something found, 2 usage or target error, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("target", metavar="TARGET", help="what to search: as for `syncproof check`")
    add("--as", dest="kind", default="", choices=PRIMITIVES, metavar="PRIMITIVE",
        help="what the class of a target module:Class is")
    add("--primitive", default="", choices=PRIMITIVES, metavar="NAME",
        help=f"which of its primitives: {', '.join(PRIMITIVES)}")
    add("--seconds", type=_seconds, default=60.0, metavar="N",
        help="how long to search (default: 60)")
    add("--seed", type=int, default=0, metavar="S", help="search elsewhere (default: 0)")
    colour.add_argument(parser)


def run(args: argparse.Namespace) -> int:
    (target,) = inspect_all([(args.target, args.kind)])
    primitive = _primitive(target, args.primitive)
    refuse_unusable(target, [primitive])
    request = Request(
        target=args.target,
        kind=args.kind,
        primitive=primitive,
        seconds=args.seconds,
        seed=args.seed,
        kept=tuple(kept.tokens(args.target, args.kind)),
    )
    last: Mapping[str, Any] = {}
    meter = Meter(args.seconds)
    try:
        for event in errand.run(request):
            last = event
            if event["event"] == "progress":
                meter.show(event)
    except KeyboardInterrupt:
        meter.end()
        print(f"{target.name} {primitive}: interrupted, nothing found so far {meter.so_far}")
        return 130
    meter.end()
    return _tell_end(target, primitive, last, args, meter)


def _tell_end(
    target: Target, primitive: str, last: Mapping[str, Any], args: argparse.Namespace, meter: Meter
) -> int:
    kind = last.get("event")
    if kind == "found":
        kept.keep(args.target, args.kind, [last["replay"]])
        tell_found(target, last, args.color)
        count = last["schedules"]
        print(f"found after {count} schedule{'' if count == 1 else 's'} (seed {args.seed})")
        return 1
    if kind == "nothing":
        print(
            f"{target.name} {primitive}: nothing found in {last['schedules']} schedules"
            f" (seed {args.seed}; another one searches elsewhere)"
        )
        return 0
    if kind == "opaque":
        instead = "--depth thorough` races it on free threads"
        if target.model != "thread":
            instead = f"--primitive {primitive}` tries every order that matters"
        raise CommandError(
            f"{target.target}: {primitive} cannot be scheduled: {last['why']};"
            f" `syncproof check {target.target} {instead}"
        )
    print(f"{target.name} {primitive}: the search {last.get('why', 'ended')}")
    if last.get("where"):
        print(last["where"])
    return 1


def _primitive(target: Target, wanted: str) -> str:
    if wanted and wanted not in target.primitives:
        raise CommandError(
            f"{target.target} has no {wanted}; it has {', '.join(target.primitives)}"
        )
    if not wanted and len(target.primitives) > 1:
        raise CommandError(
            f"{target.target} has {', '.join(target.primitives)}: say which with --primitive"
        )
    return wanted or target.primitives[0]


class Meter:
    """How far the search is, on stderr: over and over in one line on a terminal."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.so_far = ""
        self._terminal = sys.stderr.isatty()
        self._shown = -10.0

    def show(self, event: Mapping[str, Any]) -> None:
        seconds = event["seconds"]
        rate = event["schedules"] / max(seconds, 1e-9)
        self.so_far = (
            f"in {event['schedules']} schedules, {event['distinct']} distinct histories,"
            f" {rate:.0f} schedules/s"
        )
        line = f"[{seconds:.0f}/{self.seconds:.0f} s] {self.so_far}: {event['doing']}"
        if self._terminal:
            print(f"\r\x1b[K{line[:118]}", end="", file=sys.stderr, flush=True)
        elif seconds - self._shown >= 10:
            self._shown = seconds
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number
