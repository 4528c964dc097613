"""Where an actor stands in the author's code, when a scenario has failed."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from syncproof.actors import Scene
from syncproof.actors.delays import Delays
from syncproof.actors.threads import Threads
from syncproof.suite import stands

LOCKS = """\
import threading


class Lock:
    def __init__(self):
        self.condition = threading.Condition()

    def acquire(self):
        with self.condition:
            self.condition.wait()

    def release(self):
        raise OSError("it is stuck")

    def free(self):
        with self.condition:
            self.condition.notify_all()

    def peek(self):
        if self.condition is None:
            return False
        return False

    def take(self):
        if self.condition is None:
            return False
        return True

    def __enter__(self):
        return None

    @property
    def name(self):
        return "lock"
"""
LINES = LOCKS.splitlines()


def line(text: str) -> int:
    return 1 + next(n for n, code in enumerate(LINES) if text in code)


@pytest.fixture
def lock(tmp_path, monkeypatch):
    path = tmp_path / "author_locks.py"
    path.write_text(LOCKS, encoding="utf-8")
    found = importlib.util.spec_from_file_location("author_locks", path)
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "author_locks", module)
    found.loader.exec_module(module)
    return module.Lock()


@pytest.fixture
def scene():
    delays = Delays()
    scene = Scene(Threads(delays), delays)
    yield scene
    scene.close()


def places(found: list[list[object]]) -> list[tuple[object, ...]]:
    return [(actor, number, name, text) for actor, _, number, name, text in found]


def test_who_waits_stands_at_the_line_in_which_it_waits(scene, lock):
    a, b = scene.actors(2)
    a.begins(lock.acquire).blocks()
    inside = "self.condition.wait()"
    assert places(stands.of_scene(scene)) == [("a", line(inside), "acquire", inside)]
    b.does(lock.free)
    a.completes()
    assert stands.of_scene(scene) == []


def test_who_is_blamed_stands_where_its_exception_came_from(scene, lock):
    (a,) = scene.actors(1)
    a.begins(lock.release).ends()
    text = 'raise OSError("it is stuck")'
    assert places(stands.of_scene(scene, "a: raised it")) == [("a", line(text), "release", text)]
    assert stands.of_scene(scene, "b: raised it") == []


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda a, lock: a.does(lock.free), "self.condition.notify_all()"),
        (lambda a, lock: a.enters(lock), "return None"),
        (lambda a, lock: a.does(lock.peek), "def peek(self):"),
    ],
    ids=["method", "with", "two returns"],
)
def test_who_is_blamed_and_has_returned_stands_where_it_has_answered(scene, lock, act, text):
    (a,) = scene.actors(1)
    act(a, lock)
    (found,) = places(stands.of_scene(scene, "a: returned it"))
    assert (found[1], found[3]) == (line(text), text)


def test_an_attribute_that_was_read_stands_at_its_property(scene, lock):
    (a,) = scene.actors(1)
    a.reads(lock, "name")
    (found,) = stands.of_scene(scene, "a: read it")
    assert found[3:] == ["name", 'return "lock"']


def test_what_is_c_code_stands_nowhere(scene):
    import _thread

    (a,) = scene.actors(1)
    a.does(_thread.allocate_lock().acquire)
    assert stands.of_scene(scene, "a: returned it") == []
    assert stands.of_thing([_thread.allocate_lock()], "acquire") == []


def test_a_verdict_about_nobody_stands_where_somebody_succeeds_or_at_the_method(lock):
    assert places(stands.of_thing([lock], "take")) == [
        ("", line("return True"), "take", "return True")
    ]
    assert places(stands.of_thing([lock], "acquire")) == [
        ("", line("def acquire"), "acquire", "def acquire(self):")
    ]


def test_a_schedule_stands_at_the_last_line_of_each_actor(lock):
    wait = line("self.condition.wait()")
    steps = [
        ("a", "author_locks.py:9 with self.condition:"),
        ("b", "threading.py:300 something of Python's own"),
        ("a", f"author_locks.py:{wait} self.condition.wait()"),
        ("b", "author_locks.py:14 def free(self):"),
        ("b", "free returned None"),
    ]
    found = stands.of_schedule(steps)
    assert [(actor, number) for actor, _, number, *_ in found] == [("a", wait), ("b", 14)]
    assert all(file.endswith("author_locks.py") for _, file, *_ in found)
