"""The command line. A command's module is imported only when that command is used."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from syncproof import __version__
from syncproof.commands import CommandError

#: The commands, in the order in which they are shown: one module of ``syncproof.commands`` each,
#: with ``add_arguments(parser)`` and ``run(args) -> exit status``.
COMMANDS = {
    "list": "show every registered implementation, and which are available here",
    "check": "check that implementations keep the promises of the documentation",
    "explore": "search for a schedule that breaks a primitive, for as long as wanted",
    "spec": "show the promises, with their sources and the tests that check them",
    "bench": "time implementations",
    "compare": "compare two runs",
    "report": "make tables and pages of the results of a run",
    "run": "check, time and report everything available: the main job",
}

EXAMPLES = """\
examples:
  syncproof check threading
  syncproof check mylib.locks
  syncproof check path/to/locks.py --primitive lock
  syncproof check mylib.locks:FairLock --as lock
"""

#: Packages that only the desk needs, and the extra that brings them.
DESK = ("pandas", "rich", "jinja2")


class Parser(argparse.ArgumentParser):
    """Bad usage is one line and where to read more, not the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with _signals():
            status = _run(words)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has gone: that is its decision, not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except CommandError as error:
        return _refuse(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{place}{error.strerror or error}")


def _run(words: list[str]) -> int:
    parser = Parser(
        prog="syncproof",
        description="Is this Python synchronization primitive correct, and what does it cost?",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"syncproof {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    chosen = next((w for w in words if not w.startswith("-")), "")
    module = None
    for name, help_ in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=help_,
            description=help_[0].upper() + help_[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == chosen:
            module = _import(name)
            module.add_arguments(sub)
    args = parser.parse_args(words)
    if module is None:
        parser.error(f"unknown command {args.command}")
    try:
        return int(module.run(args))
    except ModuleNotFoundError as error:
        raise _missing(args.command, error) from error


def _import(name: str):  # type: ignore[no-untyped-def]
    try:
        return importlib.import_module(f"syncproof.commands.{name}")
    except ModuleNotFoundError as error:
        raise _missing(name, error) from error


def _missing(command: str, error: ModuleNotFoundError) -> Exception:
    """The line to show for a package of the desk; the error itself for any other."""
    package = (error.name or "").partition(".")[0]
    if package not in DESK:
        return error
    return CommandError(
        f"syncproof {command} needs {package}: pip install 'syncproof[report]'"
    )


def _refuse(message: str) -> int:
    print(f"syncproof: {message}", file=sys.stderr)
    return 2


@contextlib.contextmanager
def _signals():  # type: ignore[no-untyped-def]
    """Ctrl-C, also in a shell's background job; being told to end is the same."""
    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None or (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            continue  # nohup means it
        with contextlib.suppress(ValueError):  # not the main thread
            before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
