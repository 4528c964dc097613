"""The script that repeats: it counts what is red, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "repeat.py"

FLAKY = """
import threading
made = [0]

class Event(threading.Event):
    def __init__(self):
        super().__init__()
        made[0] += 1
        if made[0] % 5 == 0:
            self.set()
"""


def start(*words: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_scenario_that_is_red_now_and_then_is_found(tmp_path):
    (tmp_path / "flaky.py").write_text(FLAKY)
    words = ["scenarios", "--times", "12", "--target", "flaky.py", "--clause", "event.init.false"]
    with start(*words, cwd=tmp_path) as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert "test_event.py::" in said.splitlines()[-2]
    assert said.splitlines()[-1].endswith(" red")


def test_nothing_red_is_status_0(tmp_path):
    words = ["suite", "--runs", "1", "--clause", "event.init.false", "--load"]
    with start(*words, cwd=tmp_path) as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert said.splitlines()[-1] == "0 red"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Ctrl-C is a signal to a process group")
@pytest.mark.parametrize(
    "words", ["suite --runs 1000 --load", "scenarios --times 9999 --at-once 3"]
)
def test_ctrl_c_leaves_nothing_behind(words, tmp_path):
    with start(*words.split(), "--clause", "event.init.false", cwd=tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("[")
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read().splitlines()[-1] == "interrupted"
        assert process.wait(30) == 130
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("processes of the script are still there")
