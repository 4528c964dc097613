"""What an interpreter is called: no two builds share a folder, and kin are found again."""

from __future__ import annotations

import re

import pytest

from syncproof.interpreters import interpreter, interpreter_name, kin, paired, title

PLAIN = {"implementation": "CPython", "version": "3.13.5", "gil_enabled": True}

BUILDS = {
    "cpython-3.13.5": ({}, "CPython 3.13.5"),
    "cpython-3.13.0": ({"version": "3.13.0"}, "CPython 3.13.0"),
    "cpython-3.15.0a2": ({"version": "3.15.0a2+"}, "CPython 3.15.0a2+"),
    "cpython-3.13.5t": (
        {"free_threaded_build": True, "gil_enabled": False}, "CPython 3.13.5 free-threaded",
    ),
    "cpython-3.13.5t-gil": (
        {"free_threaded_build": True}, "CPython 3.13.5 free-threaded with the GIL",
    ),
    "cpython-3.13.5-debug": ({"debug_build": True}, "CPython 3.13.5 debug"),
    "cpython-3.13.5-pgo-O": (
        {"optimised_build": True, "optimize_flag": 1}, "CPython 3.13.5 optimised -O",
    ),
    "cpython-3.14.0-jit": (
        {"version": "3.14.0", "jit_enabled": True}, "CPython 3.14.0 with its JIT",
    ),
    "pypy-3.9.16-7.3.11": (
        {"implementation": "PyPy", "version": "3.9.16", "release": "7.3.11"},
        "PyPy 3.9.16 (7.3.11)",
    ),
}


@pytest.mark.parametrize("name", BUILDS)
def test_each_build_has_a_name_and_a_title_of_its_own(name):
    differs, told = BUILDS[name]
    assert interpreter_name({**PLAIN, **differs}) == name
    assert title({**PLAIN, **differs}) == told


def test_an_extension_that_switches_the_gil_on_does_not_change_the_name():
    about = {**PLAIN, "free_threaded_build": True, "gil_at_start": False, "gil_enabled": True}
    assert interpreter_name(about) == "cpython-3.13.5t"


def test_what_a_file_claims_of_its_interpreter_cannot_lead_out_of_the_folder():
    assert "/" not in interpreter_name({**PLAIN, "version": "3.13.5/../../x"})


def test_this_interpreter_has_its_full_version_in_its_name():
    about = interpreter()
    assert re.sub(r"[^0-9a-z.]", "", about["version"]) in interpreter_name()
    assert interpreter_name() == interpreter_name(about)


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("cpython-3.13.5", "cpython-3.13"),
        ("cpython-3.13.5t-pgo", "cpython-3.13t-pgo"),
        ("cpython-3.14.0rc1t", "cpython-3.14t"),
        ("pypy-3.9.16-7.3.11", "pypy-3.9"),
        ("something else", "something else"),
    ],
)
def test_a_maintenance_release_is_kin(name, series):
    assert kin(name) == series


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        # the same one, whatever else is there
        (["cpython-3.13.0", "cpython-3.13.5"], ["cpython-3.13.5"],
         {"cpython-3.13.5": "cpython-3.13.5"}),
        # a maintenance release later
        (["cpython-3.13.5", "cpython-3.12.1"], ["cpython-3.13.6", "cpython-3.12.1"],
         {"cpython-3.13.6": "cpython-3.13.5", "cpython-3.12.1": "cpython-3.12.1"}),
        # with the GIL and without: the only ones
        (["cpython-3.13.5"], ["cpython-3.13.5t"], {"cpython-3.13.5t": "cpython-3.13.5"}),
        # two of a series are not guessed at
        (["cpython-3.13.0", "cpython-3.13.5"], ["cpython-3.13.6"], {}),
        ([], ["cpython-3.13.6"], {}),
    ],
)  # fmt: skip
def test_interpreters_of_two_runs_are_paired(before, after, pairs):
    assert paired(before, after) == pairs
