"""How long a child is waited for: not for the time in which it could not have worked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from syncproof.sandbox import process
from syncproof.sandbox.process import Child

#: What each thread of the child has worked, and waited for a processor, in seconds, at each look;
#: and for how much of the time between the two looks the child was starved.
LOOKS = {
    "its main thread waited": ({1: (0, 0)}, {1: (1, 3)}, 3),
    "the main thread waited for it": ({1: (0, 0), 2: (0, 0)}, {1: (0, 0), 2: (0, 3)}, 3),
    "a thread that waited is new": ({1: (0, 0)}, {1: (0, 0), 2: (0, 2)}, 2),
    "threads that spin waited for each other": (
        {1: (0, 0), 2: (0, 0), 3: (0, 0)}, {1: (0, 0), 2: (5, 4), 3: (4, 5)}, 0,
    ),
    "it sleeps": ({1: (0, 9), 2: (1, 9)}, {1: (0, 9), 2: (1, 9)}, 0),
    "a thread has ended": ({1: (0, 0), 2: (7, 9)}, {1: (0, 1)}, 1),
}  # fmt: skip


@pytest.mark.parametrize("what", LOOKS)
def test_time_without_a_processor_is_no_silence(what, monkeypatch):
    first, second, starved = LOOKS[what]
    looks = iter([first, second])

    def times(pid):
        return {t: (int(w * 1e9), int(d * 1e9)) for t, (w, d) in next(looks).items()}.items()

    monkeypatch.setattr(process, "_times", times)
    child = Child.__new__(Child)
    child.process = SimpleNamespace(pid=1)
    child._times, child._processes = {}, [1]
    child._looked = child._searched = 0.0
    child._starved_since()
    assert child._starved_since() == pytest.approx(starved)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells of sessions")
def test_the_processes_that_a_child_has_started_are_looked_at_too():
    code = "from subprocess import *; c = Popen(['sleep', '60']); print(c.pid, flush=1); c.wait()"
    command = [sys.executable, "-c", code]
    leader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert leader.stdout is not None
        started = int(leader.stdout.readline())
        assert list(process._started_in(leader.pid)) == [started]
        assert dict(process._times(started))
    finally:
        os.killpg(leader.pid, signal.SIGKILL)
        leader.communicate()
