"""What of a module could be one of the seven, found out in a process of its own.

A class is taken for what it is called; else for what its methods are like. One that cannot be made
without arguments is told of and not taken; so is one for an event loop beside others for threads.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncproof.nearby import did_you_mean
from syncproof.registry import TargetError
from syncproof.sandbox.process import (
    Child,
    enter_users_folder,
    hear_interrupts,
    leave_no_core,
    ready_to_tell_stacks,
)
from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES

#: How long a module may take to be imported.
PATIENCE = 30.0
#: What each is known by, the most telling first.
METHODS: Mapping[str, tuple[str, ...]] = {
    "condition": ("wait", "notify"),
    "barrier": ("wait", "n_waiting"),
    "event": ("wait", "set", "is_set"),
    "lock": ("acquire", "release"),
}
#: How the name of what has the methods of a lock says that it is more. A FairLock is no RLock.
CALLED: Mapping[str, str] = {
    "bounded_semaphore": "(?i:bounded)",
    "semaphore": "(?i:semaphore)",
    "rlock": "RLock|(?i:^rlock|reentrant|recursive)",
}


@dataclass(frozen=True)
class Survey:
    """A module, and its classes that could be checked."""

    module: str
    #: Where it was read, and the folder of its package; empty where there is none.
    file: str
    package: str
    distribution: str
    #: By primitive the name of the class.
    offers: Mapping[str, str]
    #: Lines about classes that were not taken.
    left_out: tuple[str, ...]
    has_broken_barrier_error: bool
    #: What its actors are.
    model: str


def survey(module: str, chosen: Mapping[str, str]) -> Survey:
    """Look into a module; ``chosen`` are classes that were named, by primitive.

    TargetError with one line where that cannot be.
    """
    with tempfile.TemporaryDirectory(prefix="syncproof-") as name:
        folder = Path(name)
        answer = folder / "answer"
        child = Child(__name__, [str(answer), module, json.dumps(dict(chosen))], folder)
        try:
            start = child.patience_clock()
            while not answer.exists() and not child.ended:
                time.sleep(0.005)
                if child.patience_clock() - start > PATIENCE:
                    raise TargetError(f"{module}: its import has not ended after {PATIENCE:.0f} s")
            if not answer.exists():
                raise TargetError(f"{module} cannot be imported: its process {child.ending()}")
            found = json.loads(answer.read_text(encoding="utf-8"))
        finally:
            child.kill()
    if "error" in found:
        raise TargetError(found["error"])
    return Survey(**{**found, "left_out": tuple(found["left_out"])})


# -- in the child -------------------------------------------------------------------------------


def main() -> None:
    """Look into the module that the arguments name, and write what is there."""
    import os

    stacks, answer, module, chosen = sys.argv[1:]
    ready_to_tell_stacks(stacks)
    hear_interrupts()
    leave_no_core()
    try:
        known = _describe(module, json.loads(chosen))
    except TargetError as error:
        known = {"error": " ".join(str(error).split())}
    except KeyboardInterrupt:
        known = {"error": f"{module}: interrupted"}
    draft = Path(f"{answer}.draft")
    draft.write_text(json.dumps(known), encoding="utf-8")
    draft.replace(answer)
    os._exit(0)  # whatever threads the import has started


def _describe(name: str, chosen: Mapping[str, str]) -> dict[str, Any]:
    from syncproof import registry

    enter_users_folder()
    module = registry.import_target(name)
    offers, left_out = dict(chosen), []
    for primitive, class_name in chosen.items():
        if not callable(getattr(module, class_name, None)):
            near = did_you_mean(class_name, dir(module))
            raise TargetError(f"{name} has no {class_name} that could make a {primitive}{near}")
    classes = {} if chosen else _classes(module)
    alike = {name: primitive for name, kind in classes.items() if (primitive := _like(name, kind))}
    mixed = not all(_is_async(classes[name]) for name in alike)
    for class_name, primitive in alike.items():
        kind = classes[class_name]
        reason = "is for an event loop" if mixed and _is_async(kind) else _why_not(primitive, kind)
        taken = offers.setdefault(primitive, class_name) if not reason else ""
        if reason:
            left_out.append(f"{class_name} ({primitive}) {reason}")
        elif taken != class_name:
            left_out.append(f"{class_name} ({primitive}): {taken} is taken instead")
    file = str(getattr(module, "__file__", None) or "")
    top = sys.modules[name.partition(".")[0]]
    roots = list(getattr(top, "__path__", ()))
    return {
        "module": name,
        "file": file,
        "package": roots[0] if roots else "",
        "distribution": _distribution(name.partition(".")[0]),
        "offers": {p: offers[p] for p in PRIMITIVES if p in offers},
        "left_out": left_out,
        "has_broken_barrier_error": hasattr(module, "BrokenBarrierError"),
        "model": registry.guess_model(module, [getattr(module, c) for c in offers.values()]),
    }


def _classes(module: Any) -> dict[str, Any]:
    """The public classes that are the package's own; those with the names of the seven first."""
    names = getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]
    top = module.__name__.partition(".")[0]
    found: dict[str, Any] = {}
    ranked = sorted(map(str, names), key=lambda name: name not in CLASS_NAMES.values())
    for name in ranked:
        thing = getattr(module, name, None)
        home = str(getattr(thing, "__module__", "")).partition(".")[0]
        named = name in CLASS_NAMES.values() and callable(thing)
        if home == top and (named or (isinstance(thing, type) and thing not in found.values())):
            found[name] = thing
    return found


def _like(name: str, kind: Any) -> str:
    """Which of the seven it is; empty where it is like none."""
    for primitive, class_name in CLASS_NAMES.items():
        if name == class_name:
            return primitive
    if issubclass(kind, BaseException) or inspect.isabstract(kind):
        return ""
    there = set(dir(kind))
    like = next((p for p, methods in METHODS.items() if there.issuperset(methods)), "")
    if like != "lock":
        return like
    return next((p for p, pattern in CALLED.items() if re.search(pattern, name)), like)


def _is_async(kind: Any) -> bool:
    methods = [getattr(kind, name, None) for name in ("acquire", "wait")]
    return any(map(inspect.iscoroutinefunction, methods))


def _why_not(primitive: str, kind: Any) -> str:
    try:
        parameters = list(inspect.signature(kind).parameters.values())
    except (TypeError, ValueError):
        return ""  # C code does not always tell
    needed = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    enough = 1 if primitive == "barrier" else 0
    return f"needs arguments: {', '.join(needed)}" if len(needed) > enough else ""


def _distribution(top: str) -> str:
    """The distribution that a package comes in; empty where none says so."""
    from importlib import metadata

    if hasattr(metadata, "packages_distributions"):
        return (metadata.packages_distributions().get(top) or [""])[0]
    try:
        return str(metadata.distribution(top).metadata["Name"])  # Python 3.9: mostly the same
    except metadata.PackageNotFoundError:
        return ""
