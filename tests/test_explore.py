"""Search and replay, as a user meets them: explore, check --replay, and what is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncproof import kept
from syncproof.history.program import NUMBERED, OPERATIONS, Op, Program
from syncproof.interleave.control import Controlled
from syncproof.interleave.facades import NotControllable
from syncproof.interleave.search import EFFORTS, USES, Search
from syncproof.interleave.strategies import PCT, Diverged
from syncproof.interleave.tokens import Token, TokenError, read, running_python
from syncproof.sandbox import errand
from syncproof.sandbox.errand import Request

pytestmark = pytest.mark.once

#: Woken, it takes the permit without looking whether it is still there.
STOLEN = '''
import threading


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("less than nothing")
        self._changed = threading.Condition(threading.Lock())
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        with self._changed:
            if self._value == 0:
                if not blocking or not self._changed.wait(timeout):
                    return False
            self._value -= 1
            return True

    __enter__ = acquire

    def release(self, n=1):
        with self._changed:
            self._value += n
            self._changed.notify(n)

    def __exit__(self, *exc):
        self.release()
'''
#: Counts without a lock: no build with the GIL since 3.10 can lose a count here.
UNLOCKED = STOLEN.replace(
    """        with self._changed:
            self._value += n
            self._changed.notify(n)
""",
    """        self._value += n
        with self._changed:
            self._changed.notify(n)
""",
).replace("if self._value == 0:", "while self._value == 0:")


def syncproof(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "syncproof", *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stolen.py").write_text(STOLEN)
    (tmp_path / "unlocked.py").write_text(UNLOCKED)
    return tmp_path


def token_in(said: str) -> str:
    return next(w for w in said.split() if w.startswith(f"{running_python()}:"))


# -- explore -------------------------------------------------------------------------------


def test_a_fault_is_found_shown_and_replayed(folder):
    done = syncproof("explore", "stolen.py", "--seconds", "60", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "sem.counter.never-negative (must)" in done.stdout
    assert "program semaphore(" in done.stdout
    assert "possible on every build" in done.stdout
    assert "stolen.py:" in done.stdout
    token = token_in(done.stdout)
    assert f"--replay {token}" in done.stdout
    again = syncproof("check", "stolen.py", "--replay", token, cwd=folder)
    assert again.returncode == 1
    assert "sem.counter.never-negative" in again.stdout


@pytest.mark.parametrize("at_first", ["takes other steps", "shows nothing"])
def test_what_fails_only_once_it_has_been_used_is_replayed(folder, at_first, monkeypatch):
    target = str(folder / "stolen.py")
    with Controlled(target) as controlled, Search(controlled, "semaphore", seed=0) as search:
        found = search.all(EFFORTS["default"])
    assert found is not None
    once, tried = Search._once, []

    def not_at_first(self, token):
        tried.append(self.schedules)
        if len(tried) > 1:
            return once(self, token)
        if at_first == "shows nothing":
            return None
        raise Diverged(73, -2, [0, 1])

    monkeypatch.setattr(Search, "_once", not_at_first)
    told = []
    journal = SimpleNamespace(write=lambda event, **details: told.append((event, details)))
    with Controlled(target) as controlled:
        errand._replay(controlled, Request(target, "", found.token), journal)
    assert tried == [0, USES]
    assert [event for event, _ in told] == ["found"]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="3.9 switches anywhere, GIL or not")
def test_what_the_gil_prevents_is_said_to_be_so(folder):
    done = syncproof("explore", "unlocked.py", "--seconds", "60", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "possible on builds without the GIL" in done.stdout


def test_what_was_found_is_kept_and_tried_first(folder):
    first = syncproof("explore", "stolen.py", cwd=folder)
    token = token_in(first.stdout)
    files = list((folder / ".syncproof" / "failures").iterdir())
    assert [f.read_text().split() for f in files] == [[token]]
    assert (folder / ".syncproof" / ".gitignore").read_text() == "*\n"
    second = syncproof("explore", "stolen.py", cwd=folder)
    assert "found after 1 schedule (" in second.stdout


def test_what_failed_on_other_code_is_searched_around(folder):
    token = token_in(syncproof("explore", "stolen.py", cwd=folder).stdout)
    (folder / "stolen.py").write_text(STOLEN + "\n\nEDITED = True\n")
    done = syncproof("check", "stolen.py", "--json", "out.json", cwd=folder)
    assert done.returncode == 1
    results = json.loads((folder / "out.json").read_text())["results"]
    again = [r for r in results if "failed_before" in r["test"] and r["outcome"] == "fail"]
    assert len(again) == 1
    assert again[0]["replay"] not in ("", token)


def test_the_same_seed_finds_the_same(folder):
    found = set()
    for hash_seed in ("1", "2"):
        words = ("explore", "unlocked.py", "--seed", "3")
        found.add(syncproof(*words, cwd=folder, PYTHONHASHSEED=hash_seed).stdout)
        for file in (folder / ".syncproof" / "failures").iterdir():
            file.unlink()
    assert len(found) == 1, found


def test_nothing_found_is_status_0_and_says_how_much_was_tried(folder):
    done = syncproof("explore", "threading", "--primitive", "event", "--seconds", "1", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "nothing found in" in done.stdout


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Ctrl-C is a signal to a process group")
def test_ctrl_c_ends_a_search(folder):
    words = [sys.executable, "-m", "syncproof", "explore", "threading", "--primitive", "event"]
    with subprocess.Popen(
        [*words, "--seconds", "600"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr
        assert "schedules" in process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "interrupted, nothing found so far" in said


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["explore", "threading"], "say which with --primitive"),
        (["explore", "threading", "--primitive", "lock"], "it is C code"),
        (["explore", "stolen.py", "--primitive", "event"], "has no event"),
        (["explore", "stolen.py", "--seconds", "0"], "no number of seconds"),
        (["explore", "absent.py"], "absent.py"),
        (["check", "stolen.py", "--replay", "nonsense"], "is no replay token"),
        (["check", "stolen.py", "--replay", "3.13:any:0123456789ab:semaphore=1/fly:0x1"],
         "'fly' is no operation"),
        (["check", "stolen.py", "--replay", "3.5:any:0123456789ab:semaphore=1/acquire:0x1"],
         "made on Python 3.5"),
        (["check", "stolen.py", "--replay",
          f"{running_python()}:any:0123456789ab:semaphore=1/acquire:0x1"], "code of the impl"),
        (["check", "stolen.py", "--replay",
          f"{running_python()}:any:0123456789ab:event/set:0x1"], "has no event"),
        (["check", "stolen.py", "unlocked.py", "--replay",
          f"{running_python()}:any:0123456789ab:semaphore=1/acquire:0x1"], "one target"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_status_2(folder, words, line):
    done = syncproof(*words, cwd=folder)
    assert done.returncode == 2, done.stdout + done.stderr
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_refused_token_says_how_to_search_again(folder):
    token = "3.5:any:0123456789ab:semaphore=1/acquire:0x1"
    done = syncproof("check", "stolen.py:Semaphore", "--as", "semaphore", "--replay", token,
                     cwd=folder)  # fmt: skip
    again = "syncproof explore stolen.py:Semaphore --as semaphore --primitive semaphore"
    assert done.stderr.strip().endswith(again)


def test_a_target_that_hangs_when_searched_is_a_result(folder):
    (folder / "blocked.py").write_text(
        "import socket\n"
        + STOLEN.replace(
            "        with self._changed:\n            if",
            "        left, right = socket.socketpair()\n        left.recv(1)\n"
            "        with self._changed:\n            if",
        )
    )
    done = syncproof("explore", "blocked.py", cwd=folder)
    assert done.returncode == 2
    assert "cannot be scheduled" in done.stderr


def test_what_waits_between_its_steps_is_no_fault(folder):
    polling = STOLEN.replace("import threading\n", "import ctypes\nimport threading\n").replace(
        """            if self._value == 0:
                if not blocking or not self._changed.wait(timeout):
                    return False
""",
        """            while self._value == 0:
                if not blocking or timeout is not None:
                    return False
                self._changed.release()
                ctypes.CDLL(None).poll(None, 0, 2)
                self._changed.acquire()
""",
    )
    (folder / "polling.py").write_text(polling)
    with Controlled(str(folder / "polling.py")) as controlled:
        search = Search(controlled, "semaphore", lacks=["acquire.timeout"], patience=1.0)
        with search, pytest.raises(NotControllable, match="real time"):
            search.at_random(1000, 12)


@pytest.mark.parametrize("dice", ["random", "random.SystemRandom()"])
def test_what_draws_lots_is_no_fault(folder, dice):
    drawing = f"""
import random, threading, time
DICE = {dice}

class Event(threading.Event):
    def set(self):
        if DICE.random() < 0.5:
            time.sleep(0.01)
        super().set()
"""
    target = folder / "drawing.py"
    target.write_text(drawing)
    with Controlled(str(target)) as controlled, Search(controlled, "event") as search:
        assert search.exhaust(1, 100) is None
        assert search.at_random(50, 12) is None


# -- the suite -----------------------------------------------------------------------------


def test_the_quick_depth_does_not_search(folder):
    done = syncproof("check", "unlocked.py", "--depth", "quick", "--json", "out.json", cwd=folder)
    results = json.loads((folder / "out.json").read_text())["results"]
    assert not any(r["test"].startswith("test_interleavings.py") for r in results), done.stdout


def test_the_failing_clause_is_the_one_that_is_broken(folder):
    done = syncproof("check", "unlocked.py", "--json", "out.json", cwd=folder)
    assert done.returncode == 1, done.stdout
    results = json.loads((folder / "out.json").read_text())["results"]
    found = [r for r in results if r["test"].startswith("test_interleavings.py")]
    assert all(r["outcome"] in ("fail", "skipped") for r in found)
    (failure,) = [r for r in found if r["outcome"] == "fail"]
    assert failure["replay"] in done.stdout
    assert {actor for actor, _ in failure["trace"]} <= {"a", "b", "c", "d"}


# -- every failure replays -----------------------------------------------------------------


@pytest.mark.parametrize("file", ["stolen.py", "unlocked.py"])
def test_a_failure_replays_a_hundred_times(folder, file):
    with Controlled(str(folder / file)) as controlled:
        search = Search(controlled, "semaphore")
        with search:
            found = search.at_random(200, 12)
            assert found is not None
            token = read(found.token)
            for _ in range(100):
                again = search.replay(token)
                assert again is not None
                assert (again.fault, again.trace) == (found.fault, found.trace)


def test_a_search_does_not_change_the_modules_of_the_process(folder):
    before = dict(sys.modules)
    with Controlled(str(folder / "stolen.py")) as controlled:
        search = Search(controlled, "semaphore")
        with search:
            search.around(search._pairs().__iter__().__next__(), 20)
    changed = {n for n, m in before.items() if sys.modules.get(n) is not m}
    assert not changed


# -- tokens --------------------------------------------------------------------------------

numbers = st.none() | st.integers(1, 9)


def ops(primitive: str) -> st.SearchStrategy[Op]:
    counted = NUMBERED.get(primitive, ())
    return st.sampled_from(OPERATIONS[primitive]).flatmap(
        lambda name: st.builds(Op, st.just(name), numbers if name in counted else st.none())
    )


programs = st.sampled_from(sorted(OPERATIONS)).flatmap(
    lambda primitive: st.builds(
        Program,
        st.just(primitive),
        st.lists(st.lists(ops(primitive), min_size=1).map(tuple), min_size=1, max_size=3).map(
            tuple
        ),
        st.none() if primitive == "condition" else numbers,
        st.sampled_from(["", "default", "lock", "rlock"]) if primitive == "condition"
        else st.just(""),
    )
)
choices = st.lists(st.integers(-3, 2)).map(tuple)


@given(programs, st.sampled_from(["any", "gil", "locks"]), choices)
def test_a_token_is_read_as_it_was_written(program, view, schedule):
    token = Token(program, view, schedule, "0123456789ab", "3.13")
    assert read(str(token)) == token
    assert not set(str(token)) & set(" \t|&;<>()$`\\\"'*?[]#~%!{}")


@given(st.text())
def test_whatever_is_no_token_is_refused_in_one_line(text):
    with pytest.raises(TokenError, match=r"^[^\n]*$"):
        read(text)


def test_kept_tokens_are_one_for_each_program_and_few(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for number in range(40):
        kept.keep("mylib.locks", "", [f"3.13:any:0123456789ab:lock/{'acquire+' * number}:0x1"])
    kept.keep("mylib.locks", "", ["3.13:gil:0123456789ab:lock/acquire+:0x7"])
    tokens = kept.tokens("mylib.locks")
    assert len(tokens) == kept.MOST
    assert tokens[0] == "3.13:gil:0123456789ab:lock/acquire+:0x7"
    assert len({t.split(":")[3] for t in tokens}) == len(tokens)


def test_that_nothing_can_be_kept_fails_nothing(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / ".syncproof").write_text("a file")
    kept.keep("mylib.locks", "", ["3.13:any:0123456789ab:lock/acquire:0x1"])
    assert kept.tokens("mylib.locks") == []


def test_a_strategy_that_is_cut_short_leaves_the_next_run_alone(folder):
    """One search does not depend on what was searched before it in the process."""
    with Controlled(str(folder / "unlocked.py")) as controlled:
        results = []
        for noise in (0, 37):
            other = Search(controlled, "semaphore", seed="noise")
            with other:
                other.around(next(iter(other._pairs())), noise)
            search = Search(controlled, "semaphore", seed=5)
            with search:
                found = search.at_random(200, 12)
            assert found is not None
            results.append((found.token, found.schedules))
        assert results[0] == results[1]
        assert PCT(5).begin()
