"""Finds implementations: files of ``syncproof.implementations``, entry points, or a target.

A target is a registered name, a module (``mylib.locks``), a file (``path/to/locks.py``), or one
class of either (``mylib.locks:FairLock`` with the primitive that it is). All four give the same
thing: an :class:`~syncproof.vocabulary.Implementation`.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation

ENTRY_POINTS = "syncproof.implementations"
PACKAGE = "syncproof.implementations"


class TargetError(Exception):
    """A target that cannot be checked; one line that says what to do."""


@functools.lru_cache(maxsize=None)
def registered() -> Mapping[str, Implementation]:
    """Every registered implementation by name: ours first, then entry points by name."""
    found: dict[str, Implementation] = {}
    package = importlib.import_module(PACKAGE)
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{PACKAGE}.{info.name}")
        for implementation in _declared(module):
            found[implementation.name] = dataclasses.replace(
                implementation, origin=f"implementations/{info.name}.py"
            )
    for point in sorted(_entry_points(), key=lambda p: p.name):
        origin = f"entry point {point.name} = {point.value}"
        try:
            loaded = point.load()
        except Exception as error:  # a stranger's package: report it, go on
            found.setdefault(point.name, _unloadable(point.name, origin, error))
            continue
        for implementation in [loaded] if isinstance(loaded, Implementation) else loaded:
            found[implementation.name] = dataclasses.replace(implementation, origin=origin)
    return found


def unavailable(implementation: Implementation) -> str:
    """Why an implementation cannot be run here, with the line that installs it; empty if it can."""
    for name in implementation.requires:
        try:
            missing = importlib.util.find_spec(name) is None
        except (ImportError, ValueError):
            missing = True
        if missing:
            install = implementation.distribution or name
            return f"{name} is not installed: pip install {install}"
    return ""


def version(implementation: Implementation) -> str:
    """The version of the distribution, or of Python for what comes with it."""
    if implementation.distribution:
        try:
            return metadata.version(implementation.distribution)
        except metadata.PackageNotFoundError:
            return ""
    if implementation.origin.startswith("target"):
        return ""
    return sys.version.split()[0]


def resolve(target: str, primitive: str = "") -> Implementation:
    """The implementation that a target names; TargetError where there is none.

    ``primitive`` says what ``module:Class`` is. Importing a target runs its code: do it only in a
    process that may hang or die.
    """
    place, _, attribute = target.partition(":")
    if not attribute:
        if primitive:
            raise TargetError(f"--as {primitive} needs a target of the form module:Class")
        if target in registered():
            return registered()[target]
    module = _import_target(place)
    if attribute:
        return _one_class(target, module, attribute, primitive)
    declared = list(_declared(module))
    if len(declared) == 1:
        return dataclasses.replace(declared[0], origin=f"target {target}")
    if len(declared) > 1:
        names = ", ".join(i.name for i in declared)
        raise TargetError(f"{target} declares several implementations: {names}; keep one a file")
    return _attributes(target, module)


def _import_target(place: str) -> ModuleType:
    if not place:
        raise TargetError("an empty target; give a name of `syncproof list`, a module or a file")
    path = Path(place)
    try:
        if place.endswith(".py") or path.is_file():
            return _import_file(path)
        return importlib.import_module(place)
    except TargetError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(error.name + ".")):
            known = ", ".join(registered())
            raise TargetError(
                f"{place} is neither a registered implementation ({known}) nor an importable module"
            ) from None
        raise TargetError(f"{place} cannot be imported: {one_line(error)}") from None
    except (Exception, SystemExit) as error:
        raise TargetError(f"{place} cannot be imported: {one_line(error)}") from None


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise TargetError(f"{path}: no such file")
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else "target"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path}: not a Python file (its name must end in .py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses, pickle and the like look a module up by name
    spec.loader.exec_module(module)
    return module


def _attributes(target: str, module: ModuleType) -> Implementation:
    factories = {p: getattr(module, c) for p, c in CLASS_NAMES.items() if hasattr(module, c)}
    if not factories:
        raise TargetError(
            f"{target} has none of {', '.join(CLASS_NAMES.values())}; name one class as"
            f" {target}:NAME --as PRIMITIVE"
        )
    return _of_target(target, module, factories)


def _one_class(target: str, module: ModuleType, attribute: str, primitive: str) -> Implementation:
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise TargetError(f"{target.partition(':')[0]} has no attribute {attribute}")
        found = getattr(found, part)
    if not primitive:
        guess = [p for p, c in CLASS_NAMES.items() if c == attribute]
        if not guess:
            raise TargetError(f"say what {attribute} is: --as {'|'.join(PRIMITIVES)}")
        primitive = guess[0]
    return _of_target(target, module, {primitive: found})


def _of_target(target: str, module: ModuleType, factories: Mapping[str, Any]) -> Implementation:
    for primitive, factory in factories.items():
        if not callable(factory):
            raise TargetError(f"{target}: {CLASS_NAMES[primitive]} is not callable")
    extras = {
        name: getattr(module, name)
        for name in ("BrokenBarrierError", "TIMEOUT_MAX")
        if hasattr(module, name)
    }
    return Implementation(
        name=target_name(target),
        primitives=tuple(p for p in PRIMITIVES if p in factories),
        load=lambda: {**factories, **extras},
        poll_interval=float(getattr(module, "poll_interval", 0.0)),
        origin=f"target {target}",
    )


def target_name(target: str) -> str:
    """What a target is called in results: its module or file stem, and the class if one is named."""
    place, _, attribute = target.partition(":")
    stem = Path(place).stem if place.endswith(".py") else place
    return f"{stem}:{attribute}" if attribute else stem


def _declared(module: ModuleType) -> Iterable[Implementation]:
    declared = getattr(module, "implementations", None) or getattr(module, "implementation", ())
    return [declared] if isinstance(declared, Implementation) else [
        i for i in declared if isinstance(i, Implementation)
    ]


def _entry_points() -> Iterable[metadata.EntryPoint]:
    points = metadata.entry_points()
    if hasattr(points, "select"):
        return points.select(group=ENTRY_POINTS)
    return points.get(ENTRY_POINTS, ())  # Python 3.9


def _unloadable(name: str, origin: str, error: Exception) -> Implementation:
    def load() -> Mapping[str, Any]:
        raise TargetError(f"{origin} cannot be loaded: {one_line(error)}")

    return Implementation(
        name=name, primitives=(), load=load, about=f"cannot be loaded: {one_line(error)}",
        origin=origin,
    )


def one_line(error: BaseException) -> str:
    """An exception in one line: its type and what it says."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
