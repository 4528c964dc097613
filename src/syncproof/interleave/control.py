"""An implementation imported a second time, so that a scheduler decides all that it waits for.

    with Controlled("mylib.locks") as controlled:
        controlled.subject.factories["semaphore"]

Its modules are executed afresh while ``sys.modules`` offers other modules in the place of
``_thread``, ``threading``, ``time`` and ``queue``: facades, and second copies of the standard
library's own sources under those. So whatever the implementation takes from them, and wherever it
keeps that (a default argument, a class attribute, a closure), is under control, and the live
modules know nothing of it. ``sys.modules`` is as before when all is done.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from syncproof import registry
from syncproof.history.program import ARGUMENTS
from syncproof.interleave.facades import NotControllable, World, facades
from syncproof.interleave.points import own_code
from syncproof.subject import Subject
from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation

ADAPTERS = "syncproof.implementations"
#: Pure-Python modules of the standard library that are built on threading, and copied with it.
COPIED = ("threading", "queue")
#: C modules that a copy must do without, to use its own Python code.
ABSENT = ("_queue",)


class Controlled:
    """An implementation under control.

    ``subject`` has its fresh factories; ``modules`` are its own modules, fresh; ``code_hash`` is a
    short hash of their sources. ``why_not(primitive)`` says why a primitive cannot be controlled
    (empty: it can), and NotControllable is raised where that is so of all of them. ``kind`` is
    what ``module:Class`` is. ``installed()`` offers the facades to imports that happen while an
    actor runs.
    """

    def __init__(self, target: str, kind: str = "") -> None:
        self.world = World()
        self._idents: list[int] = []
        before = dict(sys.modules)
        try:
            self._import(target, kind)
        finally:  # a file that stands alone is another module each time that it is resolved
            sys.modules.update(before)

    def _import(self, target: str, kind: str) -> None:
        live = registry.resolve(target, kind)
        if live.model != "thread":
            raise NotControllable(f"its actors are no threads, but of the {live.model} model")
        missing = registry.unavailable(live)
        if missing:
            raise NotControllable(missing)
        self._home = _Home(live, target)
        self._table: dict[str, ModuleType | None] = dict(facades(self.world))
        self._table.update(dict.fromkeys(ABSENT))
        try:
            with self._fresh():
                for name in COPIED:
                    self._table[name] = sys.modules[name] = _copy(name)
                self.world.has_locals = False  # what threading itself keeps by thread is no matter
                self.subject = _Subject(_afresh(live, target, kind), self.threading)
        except (NotControllable, KeyboardInterrupt):
            raise
        except BaseException as error:  # a stranger's module, which need not bear a second import
            said = str(error) if isinstance(error, registry.TargetError) else ""
            raise NotControllable(
                self.world.refused
                or f"it cannot be imported a second time: {said or registry.one_line(error)}"
            ) from error
        self.world.importing = False
        self.modules = self._own_modules()
        #: All code that is the implementation's own.
        self.code = own_code(self.modules)
        self.code_hash = _hash(self.modules)
        self._reasons = {p: self._why_not(p) for p in self.subject.factories}
        if all(self._reasons.values()):
            raise NotControllable("; ".join(dict.fromkeys(self._reasons.values())))

    def __enter__(self) -> Controlled:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the modules. A scheduler that still uses them must be closed before."""
        self._table.clear()
        self.modules = ()
        self.code = []

    @property
    def threading(self) -> ModuleType:
        """The copy of threading that the implementation uses."""
        copy = self._table["threading"]
        if copy is None:
            raise NotControllable("there is no copy of threading")
        return copy

    @property
    def trusted(self) -> list[ModuleType]:
        """The copies that the implementation is built on, and is not made of."""
        copies = (self._table.get(name) for name in COPIED)
        return [m for m in copies if m is not None and m not in self.modules]

    def introduce(self, idents: Iterable[int]) -> None:
        """Make the threads of actors known to the copy of threading, as if it had started them."""
        new = [ident for ident in idents if ident not in self._idents]
        if not new:
            return
        copy: Any = self.threading
        known = {}
        for ident in new:
            self.world.guise = ident
            try:
                known[ident] = copy._DummyThread()
            finally:
                self.world.guise = 0
        # from 3.12 on, the end of a real thread would make it forget this one
        kept: Any = getattr(copy, "_thread_local_info", None)
        if hasattr(kept, "_track_dummy_thread_ref"):
            del kept._track_dummy_thread_ref
        copy._active.update(known)
        self._idents += new

    @property
    def primitives(self) -> tuple[str, ...]:
        """The primitives that can be controlled."""
        return tuple(p for p in PRIMITIVES if not self.why_not(p))

    def why_not(self, primitive: str) -> str:
        """Why a primitive cannot be controlled, in plain words; empty if it can."""
        return self._reasons.get(primitive, "it is not offered")

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Imports find the facades and the fresh modules; afterwards ``sys.modules`` is as it was.

        What is imported for the first time meanwhile is kept for the next time.
        """
        modules = sys.modules
        names = (*self._table, *COPIED)
        before = {name: modules[name] for name in names if name in modules}
        modules.update(self._table)  # type: ignore[arg-type]  # None: it cannot be imported
        size = len(modules)
        try:
            yield
        finally:
            if len(modules) > size:
                names = (*names, *list(modules)[size:])
            for name in names:
                if name in before:
                    modules[name] = before[name]
                elif name in modules:
                    self._table[name] = modules.pop(name)

    @contextmanager
    def _fresh(self) -> Iterator[None]:
        """As installed(), while the implementation's modules are absent and can be imported."""
        modules = sys.modules
        dropped = {name: m for name, m in modules.items() if self._home.is_dropped(name, m)}
        adapters = sys.modules.get(ADAPTERS)
        attributes = dict(vars(adapters)) if adapters else {}
        for name in dropped:
            del modules[name]
        try:
            with self.installed():
                yield
        finally:
            for name in dropped:
                if name in modules:  # cannot be, but by other threads
                    del modules[name]
            modules.update(dropped)
            if adapters:
                vars(adapters).clear()
                vars(adapters).update(attributes)

    def _own_modules(self) -> tuple[ModuleType, ...]:
        found = [
            module
            for name, module in sorted(self._table.items())
            if module is not None and self._home.is_own(name, module)
        ]
        return tuple(found)

    def _why_not(self, primitive: str) -> str:
        factory = self.subject.factories[primitive]
        try:
            with self.installed():
                thing = factory(*ARGUMENTS.get(primitive, ()))
        except NotControllable as refusal:
            return str(refusal)
        except Exception as error:
            return f"it cannot be made: {registry.one_line(error)}"
        kinds = type(thing).__mro__[:-1]
        if any(kind.__module__.partition(".")[0] == "multiprocessing" for kind in kinds):
            return "it uses multiprocessing"
        own = set(map(id, self.code))
        if any(id(code) in own for kind in kinds for code in _methods(kind)):
            return ""
        if not any(_methods(kind) for kind in kinds) or kinds[0].__module__ == "_thread":
            return f"it is C code ({kinds[0].__module__}.{kinds[0].__qualname__})"
        return f"its code is not the implementation's own ({kinds[0].__module__})"


class _Subject(Subject):
    """The subject, with the copy of threading in the place of threading."""

    def __init__(self, implementation: Implementation, copy: ModuleType) -> None:
        super().__init__(implementation)
        self._threading: Any = copy
        if self.broken_barrier_error is threading.BrokenBarrierError:
            self.broken_barrier_error = self._threading.BrokenBarrierError

    def lock_factory(self, kind: str) -> Callable[..., Any]:
        own = self.factories.get(kind)
        return own if own is not None else getattr(self._threading, CLASS_NAMES[kind])


class _Home:
    """Which modules are an implementation's own."""

    def __init__(self, live: Implementation, target: str) -> None:
        homes = [_home_of(factory) for factory in Subject(live).factories.values()]
        place, _ = registry.split(target)
        module = None
        if live.origin.startswith("target "):
            module = _module_of(place)
            homes.append(module.__name__ if module else place)
        elif live.origin.startswith("entry point "):
            homes.append(live.origin.rpartition(" = ")[2].partition(":")[0])
        homes += live.requires
        tops = {home.partition(".")[0] for home in homes if home}
        self.tops = {top for top in tops if top != "syncproof" and not _is_standard(top)}
        self.copied = {home for home in homes if home in COPIED}
        #: A module that stands alone has its neighbours for a package.
        self.folder = ""
        if module is not None and "." not in module.__name__ and not hasattr(module, "__path__"):
            folder = Path(module.__file__ or "").resolve().parent
            if folder.name not in ("site-packages", "dist-packages"):
                self.folder = str(folder)

    def is_own(self, name: str, module: ModuleType) -> bool:
        if name in self.copied:
            return True
        if name.partition(".")[0] in self.tops:
            return True
        file = getattr(module, "__file__", None)
        return bool(self.folder and file and str(Path(file).resolve().parent) == self.folder)

    def is_dropped(self, name: str, module: ModuleType) -> bool:
        if name.startswith(f"{ADAPTERS}."):
            return True
        file = getattr(module, "__file__", None) or ""
        if file.endswith(tuple(EXTENSION_SUFFIXES)):  # C code does not bear a second import
            return False
        return name not in COPIED and self.is_own(name, module)


def _home_of(factory: Any) -> str:
    """The module of what makes a primitive: the first that is no adapter's."""
    for kind in getattr(factory, "__mro__", (factory,)):
        home = getattr(kind, "__module__", None)
        if isinstance(home, str) and not home.startswith(f"{ADAPTERS}."):
            return home
    return ""


def _module_of(place: str) -> ModuleType | None:
    """The live module that a target has been imported as."""
    if place in sys.modules:
        return sys.modules[place]
    path = str(Path(place).resolve())
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file and str(Path(file).resolve()) == path:
            return module
    return None


def _is_standard(top: str) -> bool:
    if top in sys.builtin_module_names:
        return True
    if sys.version_info >= (3, 10):
        return top in sys.stdlib_module_names
    spec = importlib.util.find_spec(top)
    folder = sysconfig.get_paths()["stdlib"]
    origin = (spec.origin if spec else "") or ""
    return origin.startswith(folder + os.sep) and "site-packages" not in origin


def _copy(name: str) -> ModuleType:
    """A second copy of a module of the standard library, made of its source."""
    live = importlib.import_module(name) if name not in sys.modules else sys.modules[name]
    path = live.__file__
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NotControllable(f"this interpreter has no source of {name}")
    module = importlib.util.module_from_spec(spec)
    system = sys.modules["os"]
    tame = ModuleType("os")
    vars(tame).update({n: v for n, v in vars(system).items() if n != "register_at_fork"})
    sys.modules["os"] = tame  # the copy must not be told of forks: the live module is
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules["os"] = system
    return module


def _afresh(live: Implementation, target: str, kind: str) -> Implementation:
    """The implementation, declared once more by modules that are imported once more."""
    if live.origin.startswith("implementations/"):
        name = Path(live.origin).stem
        return _named(live, importlib.import_module(f"{ADAPTERS}.{name}"))
    if live.origin.startswith("entry point "):
        name, _, value = live.origin[len("entry point ") :].partition(" = ")
        return _named(live, metadata.EntryPoint(name, value, registry.ENTRY_POINTS).load())
    return registry.resolve(target, kind)


def _named(live: Implementation, declares: object) -> Implementation:
    for implementation in registry._loaded(declares):
        if implementation.name == live.name:
            return implementation
    raise NotControllable("it declares another implementation when it is imported again")


def _methods(kind: type) -> list[CodeType]:
    found = []
    for value in vars(kind).values():
        for function in (value, getattr(value, "__func__", None), getattr(value, "fget", None)):
            function = getattr(function, "__wrapped__", function)
            if isinstance(function, FunctionType):
                found.append(function.__code__)
    return found


def _hash(modules: Iterable[ModuleType]) -> str:
    """A short hash of the sources, the same wherever they lie."""
    digest = hashlib.sha256()
    parts = []
    for module in modules:
        file = getattr(module, "__file__", None)
        if file and Path(file).is_file():
            parts.append((Path(file).name, Path(file).read_bytes()))
    for name, content in sorted(parts):
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
