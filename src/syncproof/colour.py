"""Whether to write in colour: to a terminal, unless the user says otherwise."""

from __future__ import annotations

import argparse
import os
from typing import TextIO


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add --color and --no-color; ``args.color`` is None where neither is given."""
    parser.add_argument("--color", action=argparse.BooleanOptionalAction,
                        help="colour, or none (default: on a terminal, unless NO_COLOR is set)")


def wanted(stream: TextIO, asked: bool | None = None) -> bool:
    """Whether to colour what goes to a stream."""
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
