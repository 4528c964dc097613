"""Checks are copies of one process that has imported what they need, where there is one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncproof.check import Check, Plan
from syncproof.progress import Silence
from syncproof.sandbox.inspection import inspect
from syncproof.sandbox.pair import Options
from syncproof.sandbox.template import GONE, Copy, Template
from syncproof.sandbox.worker import ENVIRONMENT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux copies")

#: Seconds until a process that was ended is gone, however busy the machine is.
PATIENCE = 60.0

#: Whose import never ends, so that a copy stays where it is.
BEGINS = "import pathlib\npathlib.Path(__file__).with_name('begun').touch()\n"
STUCK = "import threading\nthreading.Event().wait()\n"


@pytest.fixture
def template() -> Iterator[Template]:
    with Template() as template:
        yield template


def a_copy(template: Template, folder: Path, source: str) -> Copy:
    target = folder / "target.py"
    target.write_text(source, encoding="utf-8")
    words = ["--syncproof-target", str(target), "--syncproof-primitive", "lock"]
    where = [str(folder / "stacks"), str(folder / "journal")]
    copy = template.copy([*where, *words], folder / "output", {**ENVIRONMENT, "SAID": "so"})
    assert copy is not None
    return copy


def gone(pid: int) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except OSError:
            return True
        time.sleep(0.01)
    return False


def check(template: Template | None = None) -> Check:
    (target,) = inspect([("threading", "")])
    plan = Plan([target], ("lock", "event"), Options(clauses=("*.repr*", "lock.init.*")))
    return Check(plan, Silence(), template=template)


def verdicts(of: Check) -> list[tuple[str, str]]:
    of.run()
    return sorted((r.clause, r.verdict) for report in of.reports() for r in report.results)


def test_a_copy_is_told_what_it_is_for_and_how_it_ended_is_told(template, tmp_path):
    says = "import os\nos._exit(7 if os.environ['SAID'] == 'so' else 8)\n"
    copy = a_copy(template, tmp_path, says)
    assert copy.wait(PATIENCE) == copy.poll() == copy.returncode == 7


def test_what_is_prepared_is_the_authors_own_before_what_is_installed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trio.py").write_text("mine = True\n", encoding="utf-8")
    says = (
        "import os, sys\n"
        "mine = hasattr(sys.modules.get('trio'), 'mine')\n"
        "once = sys.path.count(os.getcwd()) == 1\n"
        "os._exit(7 if mine and once else 8)\n"
    )
    with Template() as template:
        template.prepare(["trio", "there_is_no_such_module"])
        assert a_copy(template, tmp_path, says).wait(PATIENCE) == 7


def test_what_a_copy_prints_is_in_its_output(template, tmp_path):
    copy = template.copy(
        [str(tmp_path / "stacks"), str(tmp_path / "journal"), "--no-such-option"],
        tmp_path / "output",
        ENVIRONMENT,
    )
    assert copy is not None
    copy.wait(PATIENCE)
    assert "--no-such-option" in (tmp_path / "output").read_text(encoding="utf-8")


def test_a_copy_leads_a_session_of_its_own_and_hears_interrupts(template, tmp_path):
    shows = (
        "import os, signal\n"
        "assert os.getsid(0) == os.getpid()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL\n"
        "assert os.read(0, 1) == b''\n"
        "os._exit(9)\n"
    )
    assert a_copy(template, tmp_path, shows).wait(PATIENCE) == 9


def test_a_copy_that_is_killed_says_so(template, tmp_path):
    copy = a_copy(template, tmp_path, STUCK)
    assert copy.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        copy.wait(0.01)
    copy.kill()
    assert copy.wait(PATIENCE) == -signal.SIGKILL
    copy.kill()  # as Popen has it: nothing happens


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_without_the_template_there_are_no_copies(template, tmp_path, how):
    copy = a_copy(template, tmp_path, BEGINS + STUCK)
    end = time.monotonic() + PATIENCE
    while not (tmp_path / "begun").exists() and time.monotonic() < end:
        time.sleep(0.01)  # until it has asked to end with the template
    if how == "closed":
        template.close()
    else:
        assert template.process is not None
        template.process.kill()
    assert copy.wait(PATIENCE) == GONE
    assert gone(copy.pid)
    assert template.copy([], tmp_path / "output", {}) is None


def test_a_check_finds_the_same_without_a_template():
    nobody = Template()
    nobody.close()
    found = verdicts(check())
    assert found
    assert found == verdicts(check(nobody))


def test_a_check_goes_on_when_its_template_is_killed(template):
    under_way = check(template)
    begun = type("Begun", (Silence,), {"begin": lambda self, pairs: template.process.kill()})
    under_way.progress = begun()
    found = verdicts(under_way)
    assert {verdict for _, verdict in found} == {"kept"}


def test_a_check_ends_the_template_that_it_began():
    of = check()
    of.run()
    assert of.template is not None
    assert of.template.process is None
