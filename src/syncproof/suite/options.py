"""What every pytest run sees where syncproof is installed: options, and nothing else.

The plugin itself has fixtures with common names, and its imports take time. It joins a run when
one of the options is used, or when a test of the suite is about to be collected; a project that
merely has syncproof installed runs as if it had not.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from syncproof.vocabulary import MODELS, PRIMITIVES

#: Where the tests of the suite are.
SUITE = Path(str(resources.files("syncproof.conformance")))
DEPTHS = ("quick", "default", "thorough")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("syncproof", "syncproof: conformance of synchronization primitives")

    def option(name: str, **kwargs: Any) -> None:
        group.addoption(f"--syncproof-{name}", **kwargs)

    option("target", action="append", default=[], metavar="TARGET",
           help="what to check: a registered name, a module, a file, or module:Class"
           " (may be repeated; default: threading)")
    option("model", default="", choices=("", *MODELS),
           help="the execution model of the targets (default: guessed)")
    option("as", default="", choices=("", *PRIMITIVES), help="what module:Class is")
    option("primitive", action="append", default=[], choices=PRIMITIVES,
           help="check only this primitive (may be repeated)")
    option("clause", action="append", default=[], metavar="GLOB",
           help="check only clauses whose id matches (may be repeated)")
    option("detail", action="store_true",
           help="also check what CPython's tests assert beyond the documentation")
    option("as-of", default="", metavar="VERSION",
           help="hold it to the documentation of this Python, such as 3.15"
           " (default: the running one)")
    option("depth", default="default", choices=DEPTHS,
           help="how long actors contend in the tests where only many tries can show a fault")
    option("time-factor", type=float, default=0.0, metavar="X",
           help="stretch every delay (default: by the machine's load)")
    option("no-kernel-view", action="store_true",
           help="judge blocking by settle windows alone")
    option("journal", default="", metavar="FILE", help="append one JSON line an event")
    option("done", default="", metavar="FILE",
           help="leave out the tests that this file names, one a line")
    option("seed", type=int, default=0, metavar="N",
           help="search other schedules and programs: by the same seed the same")
    option("kept", default="", metavar="FILE",
           help="try the replay tokens in this file before anything else")
    option("hangs", type=int, default=0, metavar="N",
           help="so many operations have hung before: be less patient")


def pytest_configure(config: pytest.Config) -> None:
    if _is_wanted(config):
        _join(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> None:
    if file_path.parent == SUITE:
        _join(parent.config)


def _is_wanted(config: pytest.Config) -> bool:
    """Whether one of the options has a value of its own, or the suite is named."""
    options = {k: v for k, v in vars(config.option).items() if k.startswith("syncproof_")}
    if any(value and value != "default" for value in options.values()):
        return True
    return any(_names_suite(argument.partition("::")[0]) for argument in config.args)


def _names_suite(argument: str) -> bool:
    if argument.startswith("syncproof.conformance"):
        return True
    path = Path(argument).absolute()
    return path == SUITE or SUITE in path.parents


def _join(config: pytest.Config) -> None:
    from syncproof.suite import plugin

    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, plugin.__name__)
