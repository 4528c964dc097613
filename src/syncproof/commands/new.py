"""``syncproof new``: an adapter for what somebody has written, and the CI that checks it."""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncproof import registry
from syncproof.commands import CommandError
from syncproof.nearby import did_you_mean
from syncproof.registry import TargetError
from syncproof.results import check_writable, write_text
from syncproof.sandbox.survey import Survey, survey
from syncproof.vocabulary import MODELS, PRIMITIVES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLES = """\
A module of a package in this folder gets its adapter in the package, to be an entry point of it;
any other gets a file here. Either is a target of `syncproof check` at once.

examples:
  syncproof new mylib.locks
  syncproof new mylib.locks --class FairLock=lock --class Gate=event
  syncproof new mylib.locks --register --ci gitlab
  syncproof new somelib -o adapters/somelib_.py --ci none
"""

GROUP = registry.ENTRY_POINTS
#: What an adapter in a package is called.
ADAPTER = "syncproof_"
CI = ("github", "gitlab", "none")
#: Most linters take no line for too long that has so many characters.
SHORT = 79
#: The Pythons that a workflow checks on: the oldest that is supported, and this one.
OLDEST, NEWEST = 9, 13


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("module", metavar="NAME", help="the module whose classes are to be checked: mylib.locks")
    add("--class", dest="classes", action="append", default=[], metavar="CLASS=PRIMITIVE",
        help="take this class, and only such (may be repeated; default: those that are alike)")
    add("--name", default="", help="what it is called in lists and results (default: the package)")
    add("-o", "--output", type=Path, metavar="FILE", help="the file to write the adapter to")
    add("--register", action="store_true", help="write the entry point into pyproject.toml")
    add("--ci", default="github", choices=CI, metavar="|".join(CI),
        help="the CI to write a workflow for (default: github)")
    add("--force", action="store_true", help="write over files that are there already")


def run(args: argparse.Namespace) -> int:
    _check_name(args.module, args.name)
    try:
        found = survey(args.module, _chosen(args.classes))
    except TargetError as error:
        raise CommandError(str(error)) from None
    if not found.offers:
        left_out = f" ({found.left_out[0]})" if found.left_out else ""
        raise CommandError(
            f"{args.module} has no class that is like one of the seven{left_out}; name one:"
            f" --class NAME={'|'.join(PRIMITIVES)}"
        )
    plan = _Plan(args, found)
    for path in plan.files:
        _check_free(path, args.force)
    for path in plan.files:
        check_writable(path)
    for path, text in plan.files.items():
        write_text(path, text)
    print("\n".join(plan.told()))
    return 0


class _Plan:
    """What to write where."""

    def __init__(self, args: argparse.Namespace, found: Survey) -> None:
        self.found = found
        self.name = args.name or found.module.partition(".")[0]
        _check_unregistered(self.name, args.force)
        self.home = _home(found)
        if args.output is not None:
            self.adapter = args.output
            if self.adapter.suffix != ".py":
                raise CommandError(f"{self.adapter}: the name of an adapter ends in .py")
        elif self.home is not None:
            self.adapter = self.home / f"{ADAPTER}.py"
        else:
            self.adapter = Path(f"{found.module.partition('.')[0]}_.py")
        self.in_package = self.home is not None and args.output is None
        package = found.module.partition(".")[0]
        self.target = f"{package}.{ADAPTER}" if self.in_package else self.adapter.as_posix()
        self.distribution = found.distribution
        if self.home is not None and not self.distribution:  # it has never been installed
            self.distribution = str(_pyproject().get("project", {}).get("name", ""))
        self.files = {self.adapter: _adapter(self)}
        self.ci = args.ci
        if args.ci != "none":
            self.workflow, text = _workflow(args.ci, self)
            self.files[self.workflow] = text
        self.entry = _Entry(self.name, f"{self.target}:implementation") if self.in_package else None
        self.registers = args.register
        if args.register:
            if self.entry is None:
                raise CommandError(
                    f"--register is for a package in this folder, and {package} is none: install"
                    " nothing, check the adapter as a file"
                )
            self.files[PYPROJECT] = self.entry.added()

    def told(self) -> list[str]:
        """What has been done, and what comes next."""
        offers = ", ".join(f"{p} ({c})" for p, c in self.found.offers.items())
        lines = [f"wrote {self.adapter.as_posix()}: {offers}"]
        lines += [f"left out {line}" for line in self.found.left_out]
        if self.ci != "none":
            lines.append(f"wrote {self.workflow.as_posix()}")
        if self.ci == "gitlab":
            lines += ["add to .gitlab-ci.yml:", "", "  include:",
                      f"    - local: {self.workflow.as_posix()}", ""]
        if self.entry is not None and self.registers:
            lines.append(f"wrote the entry point into {PYPROJECT}: install the package again")
        elif self.entry is not None:
            lines += [f"add to {PYPROJECT} (or let --register do it):", ""]
            lines += [f"  {line}" for line in self.entry.lines] + [""]
        lines.append(f"now: syncproof check {self.target}")
        return lines


def _home(found: Survey) -> Path | None:
    """The folder of the package where it is the author's: below this one."""
    if not found.package:
        return None
    try:
        folder = Path(found.package).resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return None
    return None if {"site-packages", "dist-packages"} & set(folder.parts) else folder


# -- what is written ----------------------------------------------------------------------------


def _adapter(plan: _Plan) -> str:
    found = plan.found
    factories = dict(found.offers)
    if "barrier" in factories and found.has_broken_barrier_error:
        factories["BrokenBarrierError"] = "BrokenBarrierError"
    rows = [f'        "{key}": {class_name},' for key, class_name in factories.items()]
    quoted = [f'"{primitive}"' for primitive in found.offers]
    primitives = f"({', '.join(quoted)}{',' if len(quoted) == 1 else ''})"
    if len(primitives) > SHORT - len("    primitives=,"):
        primitives = "\n".join(["(", *(f"        {p}," for p in quoted), "    )"])
    fields = [
        f'    name="{plan.name}",',
        f"    primitives={primitives},",
        "    load=load,",
        f'    about="{found.module}",',
    ]
    if found.model != "thread":
        fields += [f'    model="{found.model}",', f'    family="{MODELS[found.model]}",']
    if not plan.in_package:
        fields.append(f'    requires=("{found.module.partition(".")[0]}",),')
    if plan.distribution:
        fields.append(f'    distribution="{plan.distribution}",')
    return "\n".join(
        [
            f'"""What {plan.name} offers, for syncproof."""',
            "",
            "from syncproof.registry import Implementation",
            "",
            "",
            "def load():",
            '    """The classes under test; imported only where they are checked."""',
            *_import(found.module, set(factories.values())),
            "",
            "    return {",
            *rows,
            "    }",
            "",
            "",
            "implementation = Implementation(",
            *fields,
            ")",
            "",
        ]
    )


def _import(module: str, names: set[str]) -> list[str]:
    """The import of these names, in the order that linters want."""
    ranked = sorted(names, key=lambda n: (not n.isupper(), n[0].islower(), n.lower(), n))
    line = f"    from {module} import {', '.join(ranked)}"
    if len(line) <= SHORT:
        return [line]
    return [f"    from {module} import (", *(f"        {name}," for name in ranked), "    )"]


GITHUB = """\
# Do the locks keep the promises of the documentation? `syncproof check --help` says more.
name: syncproof

on: [push, pull_request]

permissions:
  contents: read

jobs:
  conformance:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    strategy:
      fail-fast: false
      matrix:
        python: [{pythons}]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{{{ matrix.python }}}}
      - run: python -m pip install {install}
      - run: python -m syncproof check {target} --junit syncproof.xml
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: syncproof-${{{{ matrix.python }}}}
          path: syncproof.xml
"""

GITLAB = """\
# Do the locks keep the promises of the documentation? `syncproof check --help` says more.
syncproof:
  image: python:${{PYTHON}}
  parallel:
    matrix:
      - PYTHON: [{pythons}]
  script:
    - python -m pip install {install}
    - python -m syncproof check {target} --junit syncproof.xml --badge syncproof.svg
  artifacts:
    when: always
    paths: [syncproof.svg]
    reports:
      junit: syncproof.xml
"""


def _workflow(ci: str, plan: _Plan) -> tuple[Path, str]:
    where, text = {
        "github": (Path(".github/workflows/syncproof.yml"), GITHUB),
        "gitlab": (Path(".gitlab/syncproof.yml"), GITLAB),
    }[ci]
    own = "." if plan.home is not None else plan.distribution
    install = " ".join(filter(None, ("syncproof", own)))
    pythons = ", ".join(f'"3.{minor}"' for minor in dict.fromkeys((_oldest(), NEWEST)))
    return where, text.format(pythons=pythons, install=install, target=plan.target)


def _oldest() -> int:
    """The oldest Python that the project of this folder supports."""
    wanted = str(_pyproject().get("project", {}).get("requires-python", ""))
    found = re.search(r">=?\s*3\.(\d+)", wanted)
    return max(OLDEST, int(found[1])) if found else OLDEST


# -- the entry point ----------------------------------------------------------------------------

PYPROJECT = Path("pyproject.toml")


def _pyproject() -> dict[str, Any]:
    try:
        found: dict[str, Any] = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
        return found
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CommandError(f"{PYPROJECT} cannot be read: {error}") from None


@dataclass(frozen=True)
class _Entry:
    """The lines of pyproject.toml that register an adapter."""

    name: str
    value: str

    @property
    def lines(self) -> tuple[str, str]:
        return self.header, f'{_key(self.name)} = "{self.value}"'

    header = f'[project.entry-points."{GROUP}"]'

    def added(self) -> str:
        """The text of pyproject.toml with the entry point; CommandError where that is not sure."""
        by_hand = f"add by hand: {' '.join(self.lines)}"
        if "project" not in _pyproject():
            raise CommandError(f"{PYPROJECT} has no table [project]; {by_hand}")
        text = PYPROJECT.read_text(encoding="utf-8")
        if self._registered(text) == self.value:
            return text
        header, line = self.lines
        if header in text.splitlines():
            new = text.replace(f"{header}\n", f"{header}\n{line}\n", 1)
        else:
            new = f"{text.rstrip()}\n\n{header}\n{line}\n"
        try:
            sure = self._registered(new) == self.value
        except ValueError:
            sure = False
        if not sure:
            raise CommandError(f"{PYPROJECT} says something else of entry points; {by_hand}")
        return new

    def _registered(self, text: str) -> object:
        groups: Mapping[str, Any] = tomllib.loads(text)["project"].get("entry-points", {})
        return groups.get(GROUP, {}).get(self.name)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else f'"{name}"'


# -- refusals -----------------------------------------------------------------------------------


def _check_name(module: str, name: str) -> None:
    for part in module.split("."):
        if not part.isidentifier() or keyword.iskeyword(part):
            better = re.sub(r"[^\w.]", "_", re.sub(r"\.py$", "", module).replace("/", "."))
            better = better if all(p.isidentifier() for p in better.split(".")) else ""
            hint = f"; did you mean {better}?" if better and better != module else ""
            raise CommandError(f"{module!r} is no name of a module, such as mylib.locks{hint}")
    if name and not re.fullmatch(r"\w[\w.+-]*", name):
        raise CommandError(f"--name {name!r}: use letters, digits, and . _ + -")


def _chosen(words: list[str]) -> dict[str, str]:
    """What --class says, by primitive."""
    found: dict[str, str] = {}
    for word in words:
        class_name, equals, primitive = word.partition("=")
        if not equals or not class_name.isidentifier():
            raise CommandError(f"--class {word}: write CLASS=PRIMITIVE, such as FairLock=lock")
        if primitive not in PRIMITIVES:
            hint = did_you_mean(primitive, PRIMITIVES, f"; there are {', '.join(PRIMITIVES)}")
            raise CommandError(f"--class {word}: there is no primitive {primitive!r}{hint}")
        if primitive in found:
            raise CommandError(f"--class {word}: {found[primitive]} is the {primitive} already")
        found[primitive] = class_name
    return found


def _check_unregistered(name: str, force: bool) -> None:
    known = registry.registered().get(name)
    if known is not None and not force:
        raise CommandError(
            f"{name} is registered already ({known.origin}); choose another --name, or --force"
        )


def _check_free(path: Path, force: bool) -> None:
    """Refuse a path that cannot be written, or that holds what nobody has said to write over."""
    if path.is_dir():
        raise CommandError(f"{path} is a directory")
    if path == PYPROJECT:
        return  # what is there stays
    if path.exists() and not force:
        raise CommandError(f"{path} is there already; --force writes over it")
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise CommandError(f"{path} cannot be written: {parent} is no directory")
