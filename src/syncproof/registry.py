"""Finds implementations: files of ``syncproof.implementations``, entry points, or a target.

A target is a registered name, a module (``mylib.locks``), a file (``path/to/locks.py``), or one
class of either (``mylib.locks:FairLock`` with the primitive that it is). All four give the same
thing: an :class:`~syncproof.vocabulary.Implementation`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import importlib.util
import pkgutil
import shutil
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from syncproof.nearby import did_you_mean, nearest
from syncproof.vocabulary import CLASS_NAMES, MODELS, PRIMITIVES, Deviation, Implementation

__all__ = [
    "Deviation",
    "ENTRY_POINTS",
    "Implementation",
    "TargetError",
    "registered",
    "resolve",
    "unavailable",
    "version",
]

#: The group of entry points by which a package registers what it offers.
ENTRY_POINTS = "syncproof.implementations"
PACKAGE = "syncproof.implementations"


class TargetError(Exception):
    """A target that cannot be checked; one line that says what to do."""


@functools.cache
def registered() -> Mapping[str, Implementation]:
    """Every registered implementation by name: ours first, then entry points by name.

    One that cannot be loaded is listed with the reason; it never hides the others.
    """
    found: dict[str, Implementation] = {}
    package = importlib.import_module(PACKAGE)
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        origin = f"implementations/{info.name}.py"
        try:
            declared = list(_declared(importlib.import_module(f"{PACKAGE}.{info.name}")))
        except Exception as error:
            declared = [_unloadable(info.name, error)]
        _register(found, info.name, origin, declared)
    for point in sorted(_entry_points(), key=lambda p: p.name):
        origin = f"entry point {point.name} = {point.value}"
        try:
            declared = _loaded(point.load())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a stranger's package: report it, go on
            declared = [_unloadable(point.name, error)]
        _register(found, point.name, origin, declared)
    return found


def _register(
    found: dict[str, Implementation], name: str, origin: str, declared: list[Implementation]
) -> None:
    for implementation in declared:
        key = implementation.name
        if key in found:  # nobody takes the place of another
            key = f"{key} ({name})"
            why = TargetError(f"{found[implementation.name].origin} has the same name")
            implementation = _unloadable(key, why)
        found[key] = dataclasses.replace(implementation, origin=origin)


def _loaded(thing: object) -> list[Implementation]:
    """What an entry point has given: an implementation, several, or a module that declares them."""
    if isinstance(thing, Implementation):
        return [thing]
    if isinstance(thing, ModuleType):
        declared = list(_declared(thing))
    else:
        declared = [i for i in _iterated(thing) if isinstance(i, Implementation)]
    if not declared:
        raise TargetError("it gives no syncproof.vocabulary.Implementation")
    return declared


def unavailable(implementation: Implementation) -> str:
    """Why an implementation cannot be run here, with the line that installs it; empty if it can."""
    for name in implementation.requires:
        try:
            missing = importlib.util.find_spec(name) is None
        except Exception:  # the package around it cannot be imported
            missing = True
        if missing:
            install = implementation.distribution or name
            return f"{name} is not installed: pip install {install}"
    for program in implementation.programs:
        if shutil.which(program) is None:
            return f"{program} is not installed: it is a program, from the system's packages"
    if not implementation.primitives:
        return implementation.about or "it offers no primitive"
    return ""


def version(implementation: Implementation) -> str:
    """The version of the distribution, or of Python for what comes with it; empty if unknown."""
    if implementation.distribution:
        return _version_of(implementation.distribution)
    if not implementation.origin.startswith("target "):
        return sys.version.split()[0]
    place, _ = split(implementation.origin[len("target ") :])
    top = place.partition(".")[0]
    declared = getattr(sys.modules.get(top), "__version__", "")
    return declared if isinstance(declared, str) and declared else _version_of(top)


def _version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def split(target: str) -> tuple[str, str]:
    """A target's module or file, and the class in it (empty if none is named)."""
    place, colon, attribute = target.rpartition(":")
    if colon and all(part.isidentifier() for part in attribute.split(".")):
        return place, attribute
    if colon and not attribute:
        raise TargetError(f"{target}: there is no name after the colon")
    return target, ""


def resolve(target: str, primitive: str = "", model: str = "") -> Implementation:
    """The implementation that a target names; TargetError where there is none.

    ``primitive`` says what ``module:Class`` is, and ``model`` what its actors are, where that is
    not to be guessed: one with coroutine methods is of the loop that its module imports. Importing
    a target runs its code: do it only in a process that may hang or die.
    """
    place, attribute = split(target)
    if not attribute:
        if primitive:
            raise TargetError(f"--as {primitive} needs a target of the form module:Class")
        if target in registered():
            return _of_model(target, registered()[target], model)
    module = import_target(place)
    try:
        if attribute:
            return _one_class(target, module, attribute, primitive, model)
        declared = list(_declared(module))
        if len(declared) == 1:
            found = dataclasses.replace(declared[0], origin=f"target {target}")
            return _of_model(target, found, model)
        if len(declared) > 1:
            names = ", ".join(i.name for i in declared)
            raise TargetError(f"{target} declares several: {names}; keep one a file")
        return _attributes(target, module, model)
    except (TargetError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a module whose attributes are code
        raise TargetError(f"{target} cannot be looked into: {one_line(error)}") from None


def import_target(place: str) -> ModuleType:
    """The module or file that a target names; TargetError with one line where there is none."""
    if not place:
        raise TargetError("an empty target; give a name of `syncproof list`, a module or a file")
    path = Path(place)
    if path.is_dir() and not _is_module_name(place):
        raise TargetError(f"{place} is a directory; give a file in it, or a module by its name")
    is_file = place.endswith(".py") or path.is_file()
    if not is_file and not _is_module_name(place):
        raise TargetError(f"{place}: no such file{_did_you_mean(place)}")
    try:
        return _import_file(path) if is_file else importlib.import_module(place)
    except (TargetError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        if not is_file and error.name and f"{place}.".startswith(f"{error.name}."):
            raise TargetError(
                f"{place} is neither a registered implementation nor an importable"
                f" module{_did_you_mean(place)}"
            ) from None
        raise TargetError(f"{place} cannot be imported: {one_line(error)}") from None
    except BaseException as error:  # whatever a stranger's module does, SystemExit included
        raise TargetError(f"{place} cannot be imported: {one_line(error)}") from None


def _is_module_name(place: str) -> bool:
    return all(part.isidentifier() for part in place.split("."))


def _did_you_mean(place: str) -> str:
    for suffix in (".py", "/__init__.py"):
        if Path(f"{place}{suffix}").is_file():
            return f"; did you mean {place}{suffix}?"
    near = nearest(place, [*registered(), *_neighbours(place)])
    return f"; did you mean {near}?" if near else " (`syncproof list` shows what is registered)"


def _neighbours(place: str) -> list[str]:
    """Files beside a file that is not there, modules beside such a module."""
    if place.endswith(".py") or not _is_module_name(place):
        folder = Path(place).parent
        return [str(path) for path in folder.glob("*.py")] if folder.is_dir() else []
    package, dot, _ = place.rpartition(".")
    path = getattr(sys.modules.get(package), "__path__", None) if dot else sys.path
    return [f"{package}{dot}{m.name}" for m in pkgutil.iter_modules(path)] if path else []


def _import_file(path: Path) -> ModuleType:
    """Import a file as what it is: a module of its package, or one that stands alone.

    Its neighbours can be imported, as when Python runs it; but they come last, so that a file
    called queue.py beside it does not become everybody's queue.
    """
    if path.is_dir():
        raise TargetError(f"{path} is a directory; give a file in it, or a module by its name")
    if not path.is_file():
        raise TargetError(f"{path}: no such file{did_you_mean(str(path), _neighbours(str(path)))}")
    path = path.resolve()
    names = [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    if len(names) > 1:
        module = importlib.import_module(".".join(names[:-1] if names[-1] == "__init__" else names))
        if Path(module.__file__ or "").resolve() == path:
            return module
    return _import_alone(path)


#: The names of modules that are files that stand alone: another module each time, under one name.
_alone: set[str] = set()


def _import_alone(path: Path) -> ModuleType:
    name = path.stem
    known = None
    if name.isidentifier():
        with contextlib.suppress(ValueError):  # a module without a spec, as __main__ may be
            known = importlib.util.find_spec(name)
    theirs = name in sys.modules and name not in _alone
    if theirs or known is None or Path(known.origin or "").resolve() != path:
        name = f"target_{name}" if name.isidentifier() else "target"  # not to be taken for another
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path.name}: not a Python file (its name must end in .py)")
    module = importlib.util.module_from_spec(spec)
    _alone.add(name)
    sys.modules[name] = module  # dataclasses, pickle and the like look a module up by name
    spec.loader.exec_module(module)
    return module


def _attributes(target: str, module: ModuleType, model: str) -> Implementation:
    found = {p: getattr(module, c, None) for p, c in CLASS_NAMES.items()}
    there = {p: factory for p, factory in found.items() if factory is not None}
    # what it has imported for its own use is not what it offers, unless it offers nothing else
    own = {p: factory for p, factory in there.items() if _is_own(factory, module)}
    factories = own or there
    if not factories:
        raise TargetError(
            f"{target} has none of {', '.join(CLASS_NAMES.values())}; name one class as"
            f" {target}:NAME --as PRIMITIVE"
        )
    return of_factories(target, module, factories, model)


def _is_own(factory: object, module: ModuleType) -> bool:
    """Whether it comes from the module or its package, as far as can be told."""
    home = getattr(factory, "__module__", None)
    return not isinstance(home, str) or _top(home) == _top(module.__name__)


def _top(name: str) -> str:
    return name.partition(".")[0]


def _one_class(
    target: str, module: ModuleType, attribute: str, primitive: str, model: str
) -> Implementation:
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            hint = did_you_mean(part, dir(found))
            raise TargetError(f"{split(target)[0]} has no attribute {attribute}{hint}")
        found = getattr(found, part)
    if not primitive:
        guess = [p for p, c in CLASS_NAMES.items() if c == attribute.rpartition(".")[2]]
        if not guess:
            raise TargetError(f"{target}: say what {attribute} is: --as {'|'.join(PRIMITIVES)}")
        primitive = guess[0]
    return of_factories(target, module, {primitive: found}, model)


def of_factories(
    target: str, module: ModuleType, factories: Mapping[str, Any], model: str = ""
) -> Implementation:
    """What a target offers whose factories have been found in a module."""
    for primitive, factory in factories.items():
        if not callable(factory):
            raise TargetError(
                f"{target}: what should make a {primitive} is not callable"
                f" ({type(factory).__name__})"
            )
    extras = {
        name: getattr(module, name)
        for name in ("BrokenBarrierError", "TIMEOUT_MAX", "WouldBlock")
        if hasattr(module, name)
    }
    interval = getattr(module, "poll_interval", 0.0)
    if not isinstance(interval, (int, float)) or not 0 <= interval < 60:
        raise TargetError(f"{target}: poll_interval is {interval!r}, not a number of seconds")
    model = model or guess_model(module, factories.values())
    return Implementation(
        name=target_name(target),
        primitives=tuple(p for p in PRIMITIVES if p in factories),
        load=lambda: {**factories, **extras},
        model=model,
        family=MODELS[model],
        poll_interval=float(interval),
        origin=f"target {target}",
    )


#: What makes an actor wait, in one primitive or another.
_WAITS = ("acquire", "wait", "__aenter__")


def guess_model(module: ModuleType, factories: Iterable[Any]) -> str:
    """The execution model of what a module offers: by coroutine methods, and what it imports."""
    import inspect

    methods = [getattr(factory, name, None) for factory in factories for name in _WAITS]
    if not any(map(inspect.iscoroutinefunction, methods)):
        return "thread"
    imported = {_top(m.__name__) for m in vars(module).values() if isinstance(m, ModuleType)}
    return next((model for model in ("trio", "anyio") if model in imported), "asyncio")


def _of_model(target: str, found: Implementation, model: str) -> Implementation:
    if model and model != found.model:
        raise TargetError(f"{target} is of the {found.model} model: leave --model {model} out")
    return found


def target_name(target: str) -> str:
    """What a target is called in results: its module or file stem, and the class if named."""
    place, attribute = split(target)
    stem = Path(place).stem if place.endswith(".py") else place
    return f"{stem}:{attribute}" if attribute else stem


def _declared(module: ModuleType) -> Iterable[Implementation]:
    """What a module declares: ``implementation``, or ``implementations``."""
    for name in ("implementations", "implementation"):
        for thing in _iterated(getattr(module, name, ())):
            if isinstance(thing, Implementation):
                yield thing


def _iterated(thing: object) -> Iterable[object]:
    if isinstance(thing, Implementation):
        return [thing]
    return thing if isinstance(thing, (list, tuple, set, frozenset)) else ()


def _entry_points() -> Iterable[metadata.EntryPoint]:
    points = metadata.entry_points()
    if hasattr(points, "select"):
        return points.select(group=ENTRY_POINTS)
    return set(points.get(ENTRY_POINTS, ()))  # Python 3.9: a distribution may be seen twice


def _unloadable(name: str, error: BaseException) -> Implementation:
    reason = f"cannot be loaded: {one_line(error)}"

    def load() -> Mapping[str, Any]:
        raise TargetError(f"{name} {reason}")

    return Implementation(name=name, primitives=(), load=load, about=reason)


def one_line(error: BaseException) -> str:
    """An exception in one line: its type and what it says."""
    try:
        said = str(error)
    except Exception:  # a stranger's exception
        said = ""
    return f"{type(error).__name__}: {' '.join(said.split())}".rstrip(": ")
