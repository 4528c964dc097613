"""Classes of one process under test in another: each by its module, its file and its name.

``syncproof.testing`` is given classes, and the check runs in processes of its own. So it writes a
small adapter, which says what is meant and where the modules of the author are found.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from syncproof import registry
from syncproof.registry import TargetError
from syncproof.vocabulary import Deviation, Implementation

ADAPTER = """\
from syncproof.borrowed import implementation_of

implementation = implementation_of({!r})
"""


@dataclass(frozen=True)
class Reference:
    """A class or a function by its module, the file of that, and its name there."""

    module: str
    file: str
    name: str

    def find(self) -> Any:
        found: Any = _module(self.module, self.file)
        for part in self.name.split("."):
            found = getattr(found, part)
        return found


@dataclass(frozen=True)
class Loan:
    """What is under test: a target by its name, or a class for each primitive."""

    target: str = ""
    factories: Mapping[str, Reference] = field(default_factory=dict)
    deviations: Sequence[Deviation] = ()

    def adapter(self) -> str:
        """The text of a file that is a target, and stands for it."""
        document = {**asdict(self), "path": sys.path, "folder": str(Path.cwd())}
        return ADAPTER.format(json.dumps(document))

    def implementation(self) -> Implementation:
        if self.target:
            found = registry.resolve(self.target)
            declared = (*found.deviations, *self.deviations)
            return dataclasses.replace(found, deviations=declared, origin="")
        factories = {p: reference.find() for p, reference in self.factories.items()}
        name = next(iter(self.factories.values())).module
        found = registry.of_factories(name, sys.modules[name], factories)
        return dataclasses.replace(found, deviations=tuple(self.deviations), origin="")


def implementation_of(text: str) -> Implementation:
    """What an adapter stands for; in the process that checks it."""
    document = json.loads(text)
    folder = document.pop("folder")
    folders = [p or folder for p in document.pop("path")]
    sys.path += [p for p in folders if p not in sys.path]
    factories = {p: Reference(**r) for p, r in document.pop("factories").items()}
    declared = [
        Deviation(**{**row, "primitives": tuple(row["primitives"])})
        for row in document.pop("deviations")
    ]
    return Loan(factories=factories, deviations=declared, **document).implementation()


def reference(thing: Callable[..., Any]) -> Reference:
    """How another process can find it; TargetError where none can."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    home = sys.modules.get(module or "")
    if module is None or name is None or home is None or "<" in name:
        raise TargetError(
            f"{name or thing!r} cannot be found by name from another process: give a class or a"
            " function of a module"
        )
    return Reference(module, file_of(home), name)


def file_of(module: ModuleType) -> str:
    """Where a module was read; empty where it is none of Python code."""
    return str(getattr(module, "__file__", None) or "")


def _module(name: str, file: str) -> ModuleType:
    """The module by its name, or, where that names another or none, from its file."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        if not file:
            raise
    else:
        if not file or _same(file_of(module), file):
            return module
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise TargetError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()
