"""Finding implementations: every way to name one gives the same, every bad one gives one line."""

from __future__ import annotations

import importlib
import sys
from importlib import metadata

import pytest

from syncproof import registry
from syncproof.registry import TargetError
from syncproof.vocabulary import PRIMITIVES, Implementation

LOCK = "from threading import Lock\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The user's folder: current, importable, and forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder, name, text=LOCK):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# -- good targets -----------------------------------------------------------------------------


def test_threading_is_registered_and_available():
    found = registry.registered()["threading"]
    assert found.primitives == PRIMITIVES
    assert registry.unavailable(found) == ""
    assert registry.version(found) == sys.version.split()[0]
    assert registry.resolve("threading") is found


def test_a_module_and_a_file_give_the_same(folder):
    write(folder, "mylocks.py", "from threading import Lock, Event\nx = 1\n")
    by_file = registry.resolve("mylocks.py")
    by_path = registry.resolve(str(folder / "mylocks.py"))
    by_module = registry.resolve("mylocks")
    assert by_file.primitives == by_module.primitives == by_path.primitives == ("lock", "event")
    assert by_file.name == by_module.name == by_path.name == "mylocks"
    assert set(by_module.load()) == {"lock", "event"}


def test_one_class_is_what_it_is_called_or_said_to_be(folder):
    write(folder, "mylocks.py", LOCK + "class Fair:\n    class Inner: pass\n")
    assert registry.resolve("mylocks:Lock").primitives == ("lock",)
    fair = registry.resolve("mylocks.py:Fair", "semaphore")
    assert (fair.name, fair.primitives) == ("mylocks:Fair", ("semaphore",))
    assert registry.resolve("mylocks:Fair.Inner", "event").primitives == ("event",)


def test_a_file_in_a_package_may_import_its_neighbours(folder):
    write(folder, "pkg/__init__.py", "")
    write(folder, "pkg/base.py")
    write(folder, "pkg/locks.py", "from .base import Lock\n")
    assert registry.resolve("pkg/locks.py").primitives == ("lock",)
    assert registry.resolve("pkg.locks").primitives == ("lock",)


def test_a_lone_file_may_import_its_neighbours(folder):
    write(folder, "elsewhere/helper_of_locks.py")
    write(folder, "elsewhere/lone_locks.py", "from helper_of_locks import Lock\n")
    assert registry.resolve("elsewhere/lone_locks.py").primitives == ("lock",)


def test_a_file_named_as_a_module_of_python_takes_nobodys_place(folder):
    import queue

    write(folder, "other/queue.py")
    assert registry.resolve("other/queue.py").name == "queue"
    assert sys.modules["queue"] is queue


def test_a_module_may_declare_its_implementation(folder):
    write(
        folder,
        "declared.py",
        "import threading\n"
        "from syncproof.vocabulary import Implementation\n"
        "implementation = Implementation(name='declared', primitives=('lock',),\n"
        "    load=lambda: {'lock': threading.Lock}, poll_interval=0.5)\n",
    )
    found = registry.resolve("declared.py")
    assert (found.name, found.poll_interval) == ("declared", 0.5)


def test_names_set_to_none_are_not_offered(folder):
    write(folder, "some.py", LOCK + "RLock = None\n")
    assert registry.resolve("some").primitives == ("lock",)


def test_the_version_of_a_target_is_what_its_package_says(folder):
    write(folder, "versioned/__init__.py", "__version__ = '3.2'\n" + LOCK)
    assert registry.version(registry.resolve("versioned")) == "3.2"
    write(folder, "unversioned.py")
    assert registry.version(registry.resolve("unversioned")) == ""


def test_a_file_has_the_same_name_each_time_that_it_is_imported(folder):
    path = str(write(folder, "stands_alone.py", "class Lock: pass\n"))
    names = {registry.resolve(path).load()["lock"].__module__ for _ in range(3)}
    assert names == {"stands_alone"}


def test_a_module_that_is_there_already_is_not_replaced_by_its_file(folder):
    path = str(write(folder, "imported_before.py", "class Lock: pass\n"))
    module = importlib.import_module("imported_before")
    registry.resolve(path)
    assert sys.modules["imported_before"] is module


# -- bad targets ------------------------------------------------------------------------------

BAD = {
    "missing module": ("no_such_module", "", "", "neither a registered"),
    "misspelt name": ("treading", "", "", "did you mean threading"),
    "missing submodule": ("json.no_such", "", "", "neither a registered"),
    "missing file": ("gone.py", "", "", "no such file"),
    "missing path": ("a/b/c", "", "", "no such file"),
    "file without its ending": ("sub/x", LOCK, "sub/x.py", "did you mean sub/x.py"),
    "import error": ("x.py", "import no_such_thing\n", "x.py", "cannot be imported: Module"),
    "import error of a module": ("x", "import no_such_thing\n", "x.py", "cannot be imported"),
    "exception": ("x.py", "1 / 0\n", "x.py", "ZeroDivisionError"),
    "two-line exception": ("x.py", "raise ValueError('a\\nb')\n", "x.py", "ValueError: a b"),
    "SystemExit": ("x.py", "raise SystemExit(0)\n", "x.py", "SystemExit"),
    "a test framework's skip": ("x.py", "import pytest; pytest.skip('no')\n", "x.py", "cannot be"),
    "syntax error": ("x.py", "def f(:\n", "x.py", "SyntaxError"),
    "null byte": ("x.py", "\0", "x.py", "cannot be imported"),
    "circular import": ("x", "import x\nLock = x.Nothing\n", "x.py", "cannot be imported"),
    "directory": ("./sub", "", "sub/y.py", "is a directory"),
    "no Python file": ("x.txt", "hello", "x.txt", "not a Python file"),
    "nothing of ours": ("x.py", "y = 1\n", "x.py", "has none of Lock"),
    "not callable": ("x.py", "Lock = 3\n", "x.py", "not callable"),
    "no such class": ("x.py:Lok", LOCK, "x.py", "did you mean Lock"),
    "class of unknown kind": ("x.py:Fair", "class Fair: pass\n", "x.py", "say what Fair is"),
    "nothing after the colon": ("x.py:", LOCK, "x.py", "no name after the colon"),
    "nothing before the colon": (":Lock", "", "", "empty target"),
    "empty": ("", "", "", "empty target"),
    "relative": ("..x", "", "", "no such file"),
    "bad poll interval": ("x.py", LOCK + "poll_interval = 'x'\n", "x.py", "poll_interval"),
    "hostile attributes": ("x", "def __getattr__(n): raise ValueError(n)\n", "x.py", "looked into"),
    "two declarations": (
        "x.py",
        "from syncproof.vocabulary import Implementation as I\n"
        "implementations = [I('a', ('lock',), dict), I('b', ('lock',), dict)]\n",
        "x.py",
        "declares several: a, b",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_target_gives_one_line(folder, kind):
    target, text, file, says = BAD[kind]
    if file:
        write(folder, file, text)
    with pytest.raises(TargetError) as caught:
        registry.resolve(target)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_as_needs_a_class(folder):
    with pytest.raises(TargetError, match="module:Class"):
        registry.resolve("threading", "lock")


# -- registered elsewhere ---------------------------------------------------------------------


@pytest.fixture
def points(monkeypatch, folder):
    """Registers entry points: name and value."""
    registry.registered.cache_clear()
    found: list[metadata.EntryPoint] = []
    monkeypatch.setattr(registry, "_entry_points", lambda: found)
    yield lambda name, value: found.append(metadata.EntryPoint(name, value, registry.ENTRY_POINTS))
    registry.registered.cache_clear()


def test_an_entry_point_gives_implementations(folder, points):
    write(
        folder,
        "plug.py",
        "from syncproof.vocabulary import Implementation as I\n"
        "implementation = I('one', ('lock',), dict)\n"
        "several = [I('two', ('lock',), dict), I('three', ('event',), dict)]\n",
    )
    points("a", "plug:implementation")
    points("b", "plug:several")
    points("c", "plug")
    found = registry.registered()
    assert {"one", "two", "three"} <= set(found)
    assert found["one"].origin == "entry point a = plug:implementation"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("raise ImportError('broken')", "ImportError: broken"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("implementation = 3", "gives no"),
        ("x = 1", "AttributeError"),
    ],
)
def test_an_entry_point_that_fails_is_listed_with_its_reason(folder, points, text, says):
    write(folder, "plug.py", text)
    points("plugged", "plug:implementation")
    found = registry.registered()
    assert "threading" in found
    assert says in registry.unavailable(found["plugged"])
    with pytest.raises(TargetError, match="plugged cannot be loaded"):
        found["plugged"].load()


def test_nobody_takes_the_place_of_another(folder, points):
    write(
        folder,
        "plug.py",
        "from syncproof.vocabulary import Implementation as I\n"
        "implementation = I('threading', ('lock',), dict)\n",
    )
    points("usurper", "plug:implementation")
    found = registry.registered()
    assert found["threading"].primitives == PRIMITIVES
    assert "same name" in registry.unavailable(found["threading (usurper)"])


def test_one_that_is_not_installed_says_how_to_install_it():
    absent = Implementation(
        "absent", ("lock",), dict, requires=("no_such_package.part",), distribution="the-dist"
    )
    assert registry.unavailable(absent) == (
        "no_such_package.part is not installed: pip install the-dist"
    )
    assert registry.version(absent) == ""
