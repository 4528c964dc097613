"""Whether a scenario is still the same one: a hash of what it does.

Two figures can be set against each other only if they are of the same code. What a scenario says of
itself (its operation, how to read it) may change freely; its own body, the helpers and constants
that it names, and the helpers of the crew may not.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
from collections.abc import Iterable
from types import CodeType
from typing import Any

#: Modules whose functions belong to what is timed, wherever they are called from.
OURS = ("syncproof.timing.crew", "syncproof.timing.crews", "syncproof.timing.loops")


def hash_of(prepare: Any, *declared: object) -> str:
    """Twelve digits: of the source of a scenario, of what it uses, and of how it is declared."""
    parts = [*_parts(prepare, set()), ("declared", repr(declared))]
    text = "\n".join(f"{name}: {part}" for name, part in sorted(parts))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _parts(function: Any, seen: set[str]) -> Iterable[tuple[str, str]]:
    """The source of a function or class and, one after another, of what it uses."""
    name = function.__qualname__  # without its module: one that is moved stays what it is
    if f"{function.__module__}.{name}" in seen:
        return
    seen.add(f"{function.__module__}.{name}")
    yield name, _body(function)
    if not inspect.isfunction(function):
        return
    for used in _names(function.__code__):
        thing = function.__globals__.get(used, _of_the_crew(used))
        if isinstance(thing, (str, int, float, tuple)):
            yield f"{name} {used}", repr(thing)
        elif _is_ours(thing, function):
            yield from _parts(thing, seen)


def _is_ours(thing: Any, user: Any) -> bool:
    """Whether it is a helper: of the same file, of another file of scenarios, or of the crew."""
    if not (inspect.isfunction(thing) or inspect.isclass(thing)):
        return False
    home = str(thing.__module__)
    return home in (user.__module__, *OURS) or home.startswith("syncproof.bench.")


def _body(function: Any) -> str:
    """Its source without decorators, which say what it is and not what it does."""
    source = inspect.getsource(function)
    start = re.search(r"^[ \t]*(async def|def|class)\b", source, re.MULTILINE)
    return source[start.start() :] if start else source


def _of_the_crew(name: str) -> Any:
    """What is called as an attribute of the crew."""
    return getattr(sys.modules.get(OURS[0]), name, None)


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
