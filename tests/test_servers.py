"""Locks that a server holds: it is started by who checks them, and ends with its process."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import pytest

from syncproof.registry import registered, unavailable

SERVED = [i for i in registered().values() if i.programs]


@pytest.mark.parametrize("implementation", SERVED, ids=lambda i: i.name)
def test_without_its_server_it_is_not_available_and_says_so_in_one_line(implementation):
    without = dataclasses.replace(implementation, requires=(), programs=("no-such-server",))
    reason = unavailable(without)
    assert reason.startswith("no-such-server is not installed")
    assert "\n" not in reason


#: Takes and releases a lock on the server, tells its number, and ends as it is told.
TRIAL = """
import os, sys
from syncproof.registry import registered
lock = registered()[sys.argv[1]].load()["lock"]()
from syncproof.implementations.redis_ import client
with lock:
    print(lock.locked(), client().info()["process_id"], flush=True)
if sys.argv[2] == "at once":
    os._exit(0)
"""


@pytest.mark.parametrize("ending", ["orderly", "at once"])
@pytest.mark.parametrize("implementation", SERVED, ids=lambda i: i.name)
def test_the_server_ends_with_its_process(implementation, ending):
    reason = unavailable(implementation)
    if reason:
        pytest.skip(reason)
    done = subprocess.run(
        [sys.executable, "-c", TRIAL, implementation.name, ending],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    locked, server = done.stdout.split()
    assert locked == "True"
    end = time.monotonic() + 30
    while alive(server):
        assert time.monotonic() < end, "the server is still there"
        time.sleep(0.01)


#: Threads that make and take a lock, all at once: how many, and on how many servers they are.
TOGETHER = """
import sys, threading
from syncproof.registry import registered
make = registered()[sys.argv[1]].load()["lock"]
from syncproof.implementations.redis_ import client
ready, servers = threading.Barrier(8), []
def take():
    ready.wait()
    with make():
        servers.append(client().info()["process_id"])
threads = [threading.Thread(target=take, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
print(len(servers), len(set(servers)))
"""


@pytest.mark.parametrize("implementation", SERVED, ids=lambda i: i.name)
def test_threads_that_begin_together_have_one_server(implementation):
    reason = unavailable(implementation)
    if reason:
        pytest.skip(reason)
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER, implementation.name],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["8", "1"]


def alive(process):
    """Whether a process is there, other than as one that nobody has collected."""
    said = subprocess.run(
        ["ps", "-o", "stat=", "-p", process],
        capture_output=True, text=True, timeout=10, check=False,
    ).stdout  # fmt: skip
    return bool(said.strip()) and not said.startswith("Z")
