"""Where in the author's code each actor stands when a scenario has failed.

An actor that is still in its operation stands where its thread is. One whose operation has ended
stands where the exception came from, or at the line that has answered wrongly: at the method, where
its source does not tell which line that was.
"""

from __future__ import annotations

import inspect
import linecache
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

from syncproof.actors import Actor, Scene
from syncproof.suite import returns

#: The engine, the suite, and Python's own library: nobody's lock is there, except Python's.
ENGINE = tuple(
    str(Path(str(resources.files(package)))) for package in ("syncproof", "syncproof.conformance")
)
LIBRARY = sysconfig.get_path("stdlib")
INSTALLED = ("site-packages", "dist-packages")


def of_scene(scene: Scene, blamed: str = "") -> list[list[Any]]:
    """Where the actors stand: those that are busy, and the one that the verdict begins with."""
    current = sys._current_frames()
    found = []
    for actor in scene.cast:
        if actor.busy:
            frame = current.get(getattr(actor.hand, "ident", 0))
            place = _innermost(traceback.walk_stack(frame)) if frame else None
        elif actor.name == blamed.partition(":")[0]:
            place = _of_end(actor)
        else:
            continue
        if place is not None:
            found.append([actor.name, *place])
    return found


def of_thing(things: Sequence[Any], method: str) -> list[list[Any]]:
    """Where a method of what is under test succeeds, or begins: for verdicts about nobody alone."""
    places = [_answered(getattr(type(thing), method, None), True) for thing in things]
    return [["", *place] for place in places if place is not None]


def of_schedule(steps: Sequence[Sequence[str]]) -> list[list[Any]]:
    """Where the actors of a schedule stand at its end; its steps say ``locks.py:15 ...``."""
    last: dict[str, tuple[str, int]] = {}
    files: dict[str, str] = {}  # a schedule without an end has many steps in few files
    for actor, text in steps:
        name, colon, number = text.partition(" ")[0].rpartition(":")
        if colon and number.isdigit():
            if name not in files:
                files[name] = _file_called(name)
            if files[name]:
                last[actor] = files[name], int(number)
    return [[a, f, n, "", linecache.getline(f, n).strip()] for a, (f, n) in last.items()]


def _of_end(actor: Actor) -> list[Any] | None:
    error = actor.call.error
    if error is not None and error.__traceback__ is not None:
        place = _innermost(_inwards(error.__traceback__))
        if place is not None:
            return place
    if error is not None:
        return _definition(actor.call.function)
    return _answered(actor.call.function, actor.call.value)


def _inwards(trace: TracebackType) -> Iterator[tuple[FrameType, int]]:
    """As traceback.walk_stack, of an exception: innermost first."""
    return iter(list(traceback.walk_tb(trace))[::-1])


def _innermost(frames: Iterator[tuple[FrameType, int]]) -> list[Any] | None:
    """The innermost place in the author's code; in Python's library where nothing else is."""
    second = None
    for frame, line in frames:
        file = frame.f_code.co_filename
        if not _is_code(file):
            continue
        place = [file, line, frame.f_code.co_name, linecache.getline(file, line).strip()]
        if not _is_library(file):
            return place
        second = second or place
    return second


def _definition(function: Any) -> list[Any] | None:
    """Where a method begins."""
    code = _code(function)
    if not isinstance(code, CodeType) or not _is_code(code.co_filename):
        return None
    file, line = code.co_filename, code.co_firstlineno
    return [file, line, code.co_name, linecache.getline(file, line).strip()]


def _answered(function: Any, value: Any) -> list[Any] | None:
    """Where a method has returned a value; where it begins, if that is not told."""
    place = _definition(function)
    if place is not None:
        line = returns.line_of(_code(function), value)
        if line:
            place[1], place[3] = line, linecache.getline(place[0], line).strip()
    return place


def _code(function: Any) -> Any:
    thing = getattr(function, "thing", None)
    if thing is not None:  # an attribute that was read, or a block that was entered or left
        function = inspect.getattr_static(type(thing), function.__name__, None)
        function = getattr(function, "fget", None) or function
    return getattr(getattr(function, "__func__", function), "__code__", None)


def _is_code(file: str) -> bool:
    return not file.startswith(("<", *ENGINE))


def _is_library(file: str) -> bool:
    return file.startswith(LIBRARY) and not any(part in file for part in INSTALLED)


def _file_called(name: str) -> str:
    """The file of an imported module by its last name; empty where there is none, or several."""
    files = {
        file
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str)
        and Path(file).name == name
        and _is_code(file)
        and not _is_library(file)
    }
    return files.pop() if len(files) == 1 else ""
