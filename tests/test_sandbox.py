"""Isolation: whatever an implementation does to its process is a result, and the rest goes on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time

import pytest

from syncproof.registry import TargetError
from syncproof.sandbox import inspection, pair
from syncproof.sandbox.inspection import Target, inspect
from syncproof.sandbox.pair import Options, Pair
from syncproof.sandbox.process import describe_status
from syncproof.suite.journal import Journal, Tail

pytestmark = pytest.mark.once

#: Clauses of a few tests that take no time.
BROKEN = "lock.release.free-raises"
FEW = ("lock.init.unlocked", BROKEN)

LOCK = """\
import os, signal, sys, threading, time

class Lock:
    def __init__(self):
        self._lock = threading.Lock()
        {init}

    def acquire(self, blocking=True, timeout=-1):
        return self._lock.acquire(blocking, timeout)

    def release(self):
        if not self._lock.locked():
            {free}
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
"""


@pytest.fixture
def check(tmp_path):
    """Checks the Lock of a file as ``syncproof check`` does; the pair, when it is over."""

    def run(text: str, clauses: tuple[str, ...] = FEW, **options: object) -> Pair:
        options.setdefault("depth", "quick")
        path = tmp_path / "mine.py"
        path.write_text(text, encoding="utf-8")
        (target,) = inspect([(str(path), "")])
        if isinstance(target, TargetError):
            raise target
        one = Pair(target, "lock", Options(clauses, **options), tmp_path / "work")
        one.start()
        try:
            while not one.poll():
                time.sleep(0.01)
        finally:
            one.stop()
        return one

    return run


def outcomes(one: Pair, clause: str) -> set[str]:
    return {r.outcome for r in one.results if r.clause == clause}


def good(free: str = "pass", init: str = "pass") -> str:
    return LOCK.format(free=free, init=init)


def test_a_sound_lock_passes_in_one_process(check):
    one = check(good())
    assert outcomes(one, BROKEN) == {"pass"}
    assert {r.outcome for r in one.results} == {"pass"}
    assert one.children == 1
    assert one.counts()[0] == one.counts()[1] > 2


@pytest.mark.parametrize(
    ("crime", "says"),
    [
        ("os.abort()", "was killed by SIGABRT"),
        ("os._exit(0)", "exited with status 0 in the middle"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_crash_is_told_for_its_test_and_the_rest_goes_on(check, crime, says):
    one = check(good(free=crime))
    crashed = [r for r in one.results if r.outcome == "crash"]
    assert {r.clause for r in crashed} == {BROKEN}
    assert says in crashed[0].message.splitlines()[0]
    assert all(r.bad and r.test for r in crashed)
    if "abort" in crime and platform.python_implementation() != "PyPy":  # it tells of main alone
        assert "mine.py" in crashed[0].message  # where it was
    assert outcomes(one, "lock.init.unlocked") == {"pass"}
    assert len(one.done) == len(one.tests)


def test_a_search_that_crashes_accuses_no_clause_that_it_only_looks_for(check):
    looked_for = ("lock.exclusion", "mod.atomic.methods")
    one = check(good(free="os.abort()"), looked_for, depth="default")
    assert outcomes(one, "lock.exclusion") == {"pass", "skipped"}
    assert "crash" in outcomes(one, "mod.atomic.methods")


def test_a_search_that_crashes_is_told_whatever_clause_was_asked_for(check):
    one = check(good(free="os.abort()"), ("lock.exclusion",), depth="default")
    assert outcomes(one, "lock.exclusion") == {"pass", "skipped"}
    assert outcomes(one, "process.survives") == {"crash"}


def test_plain_scenarios_come_before_faults_and_searches(check):
    """What is broken everywhere is given up before it comes to the end of all of them."""
    asked = ("lock.release.any-thread", "mod.atomic.methods", "property.lock.fifo")
    one = check(good(), asked, depth="default")
    files = [name.partition("::")[0] for name in one.tests]
    order = list(dict.fromkeys(files))
    assert order.index("test_lock.py") < order.index("test_faults.py")
    assert order.index("test_lock.py") < order.index("test_interleavings.py")
    assert order[-1] == "test_histories.py"


def test_nothing_that_was_given_up_is_conformant(check, monkeypatch):
    """Where only properties hang, no clause has been found broken, and none has been tried."""
    one = check(good(), clauses=("property.lock.fifo",))
    assert not any(result.bad for result in one.results)
    monkeypatch.setattr(one, "_finish", lambda: None)
    one.hangs = 3
    one._give_up()
    assert [r.clause for r in one.results if r.bad] == ["process.survives"]


def test_an_exit_raised_in_a_thread_is_an_exception_as_any_other(check):
    one = check(good(free="sys.exit(3)"))
    assert outcomes(one, BROKEN) == {"fail"}
    assert one.children == 1


def test_a_stop_of_the_whole_session_is_told_for_its_test(check):
    one = check(good(free="__import__('_thread').interrupt_main(); time.sleep(30)"))
    assert outcomes(one, BROKEN) & {"error", "crash", "hang"}
    assert outcomes(one, "lock.init.unlocked") == {"pass"}


def test_a_process_without_progress_is_killed_and_tells_where_it_was(check, monkeypatch):
    monkeypatch.setattr(pair, "PATIENCE", (4.0, 3.0, 2.0))
    monkeypatch.setattr(pair, "HOPELESS_TESTS", 1)
    monkeypatch.setattr(pair, "HOPELESS_SECONDS", 0.0)
    holds_the_gil = "__import__('re').match('(a+)+$', 'a' * 80 + 'b')"
    one = check(good(init=holds_the_gil))
    hung = [r for r in one.results if r.outcome == "hang"]
    assert hung
    assert "made no progress" in hung[0].message.splitlines()[0]
    if hasattr(__import__("faulthandler"), "register"):
        assert "mine.py" in hung[0].message
    assert one.given_up
    untried = [r for r in one.results if r.outcome == "skipped"]
    assert untried
    assert all("not tried" in r.message and not r.bad for r in untried)


def test_the_next_process_is_free_of_threads_that_compute(check):
    one = check(
        good(free="\n            while self._lock is not None: pass"),
        time_factor=0.3,
    )
    assert "hang" in outcomes(one, BROKEN)
    assert outcomes(one, "lock.init.unlocked") == {"pass"}
    assert one.children > 1


def test_an_implementation_that_always_crashes_is_given_up(check, monkeypatch):
    monkeypatch.setattr(pair, "HOPELESS_SECONDS", 0.0)
    monkeypatch.setattr(pair, "QUICK_SECONDS", 0.0)
    one = check(good(init="os._exit(7)"), ("lock.*",))
    assert one.crashes == pair.HOPELESS_TESTS
    assert one.given_up
    assert one.stale() == []


def test_output_and_threads_left_behind_are_properties(check):
    noise = "print('hello'); threading.Thread(target=time.sleep, args=(600,), name='mine').start()"
    one = check("print('imported')\n" + good(init=noise), ("lock.init.unlocked",))
    found = {r.clause: r for r in one.results if r.clause.startswith("process.")}
    assert "its import" in found["process.output"].message
    assert "mine" in found["process.threads-left"].message
    assert not any(r.bad for r in one.results)


def test_a_deviation_that_does_not_show_is_stale_when_its_clause_was_checked(check):
    declared = good() + (
        "\nfrom syncproof.vocabulary import Deviation, Implementation\n"
        "implementation = Implementation('mine', ('lock',), lambda: {'lock': Lock}, deviations=[\n"
        "    Deviation('lock.init.unlocked', does='x', why='y'),\n"
        "    Deviation('lock.acquire.held-blocks', does='x', why='y')])\n"
    )
    one = check(declared, ("lock.init.*",))
    assert [s.clause for s in one.stale()] == ["lock.init.unlocked"]
    assert one.stale()[0].bad


def test_nothing_of_the_users_pytest_takes_part(check, tmp_path, monkeypatch):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text("raise SystemExit\n", encoding="utf-8")
    (tmp_path / "queue.py").write_text("raise SystemExit\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonsense")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    one = check(good(), ("lock.init.unlocked",))
    assert outcomes(one, "lock.init.unlocked") == {"pass"}
    assert not (tmp_path / ".pytest_cache").exists()


def test_asserts_count_under_optimization(check, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    one = check(good(free="return"))
    assert one.target.interpreter["optimize_flag"] == 1
    assert outcomes(one, BROKEN) == {"fail"}
    assert outcomes(one, "lock.init.unlocked") == {"pass"}


def test_a_pair_that_is_stopped_keeps_what_it_has(check, tmp_path):
    (target,) = inspect([("threading", "")])
    one = Pair(target, "lock", Options(), tmp_path / "work")
    one.stop()
    assert one.interrupted
    assert one.results == one.stale() == []


# -- inspection -------------------------------------------------------------------------------


def test_a_target_is_looked_at_in_a_process_of_its_own():
    found, missing = inspect([("threading", ""), ("no_such_module", "")])
    assert isinstance(found, Target)
    assert (found.name, found.model) == ("threading", "thread")
    assert found.version == sys.version.split()[0]
    assert found.interpreter["version"]
    assert isinstance(missing, TargetError)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import os; os._exit(3)", "exited with status 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        pytest.param(
            "import os; os.abort()",
            "killed by SIGABRT",
            marks=pytest.mark.skipif(os.name != "posix", reason="signals"),
        ),
    ],
)
def test_an_import_that_ends_the_process_is_a_bad_target(tmp_path, text, says):
    (tmp_path / "x.py").write_text(text, encoding="utf-8")
    (error,) = inspect([(str(tmp_path / "x.py"), "")])
    assert isinstance(error, TargetError)
    assert says in str(error)
    assert "\n" not in str(error)


def test_an_import_that_hangs_is_a_bad_target(tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "PATIENCE", 1.0)
    (tmp_path / "x.py").write_text("while True: pass\n", encoding="utf-8")
    (error,) = inspect([(str(tmp_path / "x.py"), "")])
    assert "has not ended" in str(error)


# -- the journal ------------------------------------------------------------------------------


def test_each_event_is_read_once_and_half_a_line_is_left_for_later(tmp_path):
    path = tmp_path / "journal"
    tail = Tail(path)
    assert list(tail.new()) == []
    Journal(path).write("start", test="a")
    with path.open("a", encoding="utf-8") as file:
        file.write('{"event": "fin')
    assert list(tail.new()) == [{"event": "start", "test": "a"}]
    assert list(tail.new()) == []
    with path.open("a", encoding="utf-8") as file:
        file.write('ish"}\nnonsense\n')
    assert list(tail.new()) == [{"event": "finish"}]
    assert json.loads(path.read_text().splitlines()[0])["test"] == "a"


# -- stacks -----------------------------------------------------------------------------------


def test_stacks_are_told_even_where_a_process_cannot_be_asked(tmp_path):
    code = (
        "import sys, time\n"
        "from syncproof.sandbox import process\n"
        "process.STACKS_SIGNAL = None\n"
        "begin = process.ready_to_tell_stacks(sys.argv[1])\n"
        "begin(0.1)\n"
        "end = time.monotonic() + 20\n"
        "while not open(sys.argv[1]).read() and time.monotonic() < end: time.sleep(0.01)\n"
    )
    path = tmp_path / "stacks"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
    assert "<string>" in path.read_text()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "has not ended"),
        (3, "exited with status 3"),
        (-11, "was killed by SIGSEGV"),
        (-63, "was killed by signal 63"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_end_is_told_in_words(status, words):
    assert describe_status(status) == words
