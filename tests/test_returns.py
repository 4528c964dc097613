"""Which line of a method has returned: where that can be told, and where it cannot."""

from __future__ import annotations

import runpy

import pytest

from syncproof.suite.returns import line_of

CODE = """\
import contextlib
import functools


def constants(self):
    if self:
        return False
    return True  # true


def several(self):
    if self:
        return True
    return True


def computed(self):
    if self:
        return True
    return bool(self)


def falls(self):
    if self == 1:
        return 1
    with contextlib.suppress(OSError):
        self += 1  # fell


def chooses(self):
    if self:
        self += 1
    else:
        self += 2


def loops(self):
    for self in range(3):
        pass


def raises(self):
    if self:
        return None  # none
    raise ValueError


def nested(self):
    def inner():
        return 7

    return inner() and None


@contextlib.contextmanager
def decorated(self):
    yield


@functools.lru_cache
def static(self):
    return 1  # static
"""


@pytest.fixture
def functions(tmp_path):
    path = tmp_path / "returning.py"
    path.write_text(CODE, encoding="utf-8")
    return runpy.run_path(str(path))


@pytest.mark.parametrize(
    ("name", "value", "mark"),
    [
        ("constants", True, "# true"),
        ("constants", 1, ""),
        ("several", True, ""),
        ("computed", True, ""),
        ("computed", False, "return bool(self)"),
        ("falls", None, "# fell"),
        ("falls", 1, "return 1"),
        ("chooses", None, ""),
        ("loops", None, ""),
        ("raises", None, "# none"),
        ("nested", None, "return inner()"),
        ("decorated", None, ""),
        ("static", 1, "# static"),
    ],
)
def test_the_line_is_the_only_one_that_could_have_given_it(functions, name, value, mark):
    function = functions[name]
    code = getattr(function, "__wrapped__", function).__code__
    lines = CODE.splitlines()
    expected = [n for n, line in enumerate(lines, 1) if mark and mark in line]
    found = line_of(code, value)
    assert found == (expected[0] if expected else 0)


def test_what_has_no_source_has_no_line():
    assert line_of(compile("1", "<nowhere>", "exec"), None) == 0
