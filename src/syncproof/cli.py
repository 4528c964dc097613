"""The command line. A command's module is imported only when that command is used."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from syncproof import __version__
from syncproof.commands import CommandError
from syncproof.nearby import did_you_mean

#: The commands, in the order in which they are shown: one module of ``syncproof.commands`` each,
#: with ``add_arguments(parser)`` and ``run(args) -> exit status``.
COMMANDS = {
    "list": "show every registered implementation, and which are available here",
    "check": "check that implementations keep the promises of the documentation",
    "explore": "search for a schedule that breaks a primitive, for as long as wanted",
    "spec": "show the promises, with their sources and the tests that check them",
    "new": "write an adapter for the locks of a package, and a CI workflow that checks them",
    "bench": "time implementations",
    "compare": "compare two runs",
    "report": "make tables and pages of the results of a run",
    "run": "check, time and report everything available: the main job",
    "publish": "add a run to those that are published, and make their site",
    "completion": "print what makes a shell complete commands, options and targets",
}

EXAMPLES = """\
examples:
  syncproof check threading
  syncproof check mylib.locks
  syncproof check path/to/locks.py --primitive lock
  syncproof check mylib.locks:FairLock --as lock
"""

#: Packages that only some commands need, and the extra that brings each.
EXTRAS = {"pandas": "report", "rich": "report", "jinja2": "report", "markdown_it": "report",
          "shtab": "completion"}


class Parser(argparse.ArgumentParser):
    """Bad usage is one line, with what may have been meant; it knows what it has been given."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        #: Its options and arguments, in order.
        self.arguments: list[argparse.Action] = []
        super().__init__(*args, **settings)

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        if "choices" in settings:
            settings.setdefault("type", _one_of(settings["choices"]))
        self.arguments.append(super().add_argument(*names, **settings))
        return self.arguments[-1]

    def refuse(self, word: str) -> NoReturn:
        """End with the line for a word that it has no use for."""
        if not word.startswith("-"):
            self.error(f"unexpected argument {word}")
        option = word.partition("=")[0]
        known = [o for argument in self.arguments for o in argument.option_strings]
        if option in known:
            self.error(f"{option} goes after the command: {self.prog} {option}")
        self.error(f"unknown option {option}{did_you_mean(option, known)}")

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


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def choice(text: str) -> str:
        if text and text not in choices:  # an empty one is the default
            hint = did_you_mean(text, choices)
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(choices)}{hint}")
        return text

    return choice


def _run(words: list[str]) -> int:
    parser, commands = parsers()
    chosen = next((w for w in words if not w.startswith("-")), "")
    if chosen and chosen not in COMMANDS:
        hint = did_you_mean(chosen, COMMANDS, f"; the commands are {', '.join(COMMANDS)}")
        parser.error(f"there is no command {chosen}{hint}")
    module: Any = load(chosen) if chosen else None
    if module:
        module.add_arguments(commands[chosen])
    args, left = parser.parse_known_args(words)
    if left:
        commands[chosen].refuse(next((w for w in left if w.startswith("-")), left[0]))
    try:
        return int(module.run(args))
    except ModuleNotFoundError as error:
        raise _missing(args.command, error) from error


def parsers() -> tuple[Parser, dict[str, Parser]]:
    """The parser, and those of its commands by name, which have no arguments yet."""
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
    subs = {}
    for name, help_ in COMMANDS.items():
        subs[name] = commands.add_parser(
            name,
            help=help_,
            description=help_[0].upper() + help_[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    return parser, subs


def load(name: str):  # type: ignore[no-untyped-def]
    """The module of a command."""
    try:
        return importlib.import_module(f"syncproof.commands.{name}")
    except ModuleNotFoundError as error:
        raise _missing(name, error) from error


def _missing(command: str, error: ModuleNotFoundError) -> Exception:
    """The line to show for a package of an extra; the error itself for any other."""
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        return error
    return CommandError(
        f"syncproof {command} needs {package}: pip install 'syncproof[{EXTRAS[package]}]'"
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
