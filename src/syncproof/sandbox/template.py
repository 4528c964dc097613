"""A process that has imported what every check needs, so that each check can be a copy of it.

An interpreter that starts and imports pytest and the suite takes half a second of a processor, as
long as many a primitive takes to be checked; to copy one that has done so takes a tenth of that.
The template runs nothing of an implementation and has one thread, so that a copy of it is as good
as new. It forks for each line that it reads, and writes a line for each copy that has ended. What
drives tasks imports their library, which takes as long again; the template does so when it is told
that there will be no others.

Where there is none (not on Linux, or it has died), processes are started as any other.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from syncproof.child import die_with_parent
from syncproof.sandbox.process import BOOT, enter_users_folder, interpreter_flags

#: Seconds for the imports, and then for a copy: after that nobody counts on it any more.
PATIENCE = 45.0
#: What is imported beforehand: the suite and what its tests use, without what any implementation
#: brings with it; and what pytest imports when it begins.
READY = (
    "pytest",
    "packaging.markers",
    "pdb",
    "unittest",
    "syncproof.actors.tasks",
    "syncproof.actors.threads",
    "syncproof.faults.apart",
    "syncproof.history.free",
    "syncproof.implementations",
    "syncproof.interleave.scheduler",
    "syncproof.suite.contention",
    "syncproof.suite.histories",
    "syncproof.suite.options",
    "syncproof.suite.plugin",
    "syncproof.suite.schedules",
)
#: What is told of a copy whose template is gone: it has been killed with it.
GONE = -int(getattr(signal, "SIGKILL", 9))
CHUNK = 65536


class Template:
    """The template, seen from the process that wants copies of it."""

    def __init__(self) -> None:
        self._told = b""
        self._copied: list[int] = []
        self._statuses: dict[int, int] = {}
        self.process: subprocess.Popen[bytes] | None = None
        if not sys.platform.startswith("linux"):
            return
        with contextlib.suppress(OSError):  # whoever is started next will say what is wrong
            self.process = subprocess.Popen(
                [sys.executable, *interpreter_flags(), "-c", BOOT.format(__name__)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )

    def __enter__(self) -> Template:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and with it whatever copies there are."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def prepare(self, modules: Sequence[str]) -> None:
        """Have it import these as well, before the next copy is made."""
        self._ask({"modules": list(modules)})

    def copy(
        self, args: Sequence[str], output: Path, environment: Mapping[str, str]
    ) -> Copy | None:
        """A copy that runs the worker with these arguments; None where there is no template."""
        job = {"args": list(args), "output": str(output), "environment": dict(environment)}
        end = time.monotonic() + PATIENCE
        self._ask(job)
        while not self._copied:
            if self.process is None or time.monotonic() > end:
                self.close()
                return None
            self.listen(end - time.monotonic())
        return Copy(self, self._copied.pop())

    def _ask(self, what: Mapping[str, Any]) -> None:
        if self.process is not None and self.process.stdin is not None:
            try:
                self.process.stdin.write(json.dumps(what).encode() + b"\n")
            except OSError:
                self.close()

    def status_of(self, copy: int, wait: float = 0.0) -> int | None:
        """How a copy has ended, as subprocess has it; None while it runs."""
        if copy not in self._statuses:
            self.listen(wait)
        return self._statuses.get(copy, GONE if self.process is None else None)

    def listen(self, wait: float) -> None:
        """Take in what it has to tell; wait so many seconds for it."""
        if self.process is None or self.process.stdout is None:
            return
        if not select.select([self.process.stdout], [], [], max(0.0, wait))[0]:
            return
        told = os.read(self.process.stdout.fileno(), CHUNK)
        if not told:
            self.close()
            return
        *lines, self._told = (self._told + told).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if "status" in event:
                self._statuses[event["copy"]] = event["status"]
            else:
                self._statuses.pop(event["copy"], None)  # of another that had its number
                self._copied.append(event["copy"])


class Copy:
    """One copy, with as much of Popen as is needed of it."""

    def __init__(self, template: Template, pid: int) -> None:
        self.template = template
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._look(0.0)

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while self._look(end - time.monotonic()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a copy", timeout)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, wait: float) -> int | None:
        if self.returncode is None:
            self.returncode = self.template.status_of(self.pid, wait)
        return self.returncode


# -- in the template ----------------------------------------------------------------------------


def main() -> None:
    """Import, then make copies until nobody asks for any; a copy returns from there, and works."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks for the copies
    for module in READY:
        importlib.import_module(module)
    from syncproof.sandbox import worker

    _freeze()
    job = _until_copied()
    sys.argv[1:] = job["args"]
    worker.main()


def _until_copied() -> dict[str, Any]:
    """Fork for each line that is read; in a copy, return what the line says."""
    ended, ends = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(ends, False)
    signal.set_wakeup_fd(ends, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *details: None)
    read = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, CHUNK)
            _tell_who_ended()
        if 0 in ready:
            chunk = os.read(0, CHUNK)
            if not chunk:
                os._exit(0)
            *lines, read = (read + chunk).split(b"\n")
            for line in lines:
                job: dict[str, Any] = json.loads(line)
                if "modules" in job:
                    _import(job["modules"])
                    continue
                copy = os.fork()
                if not copy:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    os.close(ended)
                    os.close(ends)
                    _begin(job)
                    return job
                _tell({"copy": copy})


def _freeze() -> None:
    """Have the collector of a copy leave alone what is here, or it copies it page by page."""
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()


def _import(modules: Sequence[str]) -> None:
    """As a copy would: an author's own files come before what is installed."""
    path = list(sys.path)
    enter_users_folder()
    for module in modules:
        with contextlib.suppress(Exception):  # a copy will say so, and of which test
            importlib.import_module(module)
    sys.path[:] = path
    _freeze()


def _begin(job: Mapping[str, Any]) -> None:
    """In a copy: be what a process of its own is from the start."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    for number, stream in enumerate((nothing, output, output)):
        os.dup2(stream, number)
    os.close(nothing)
    os.close(output)
    os.environ.update(job["environment"])


def _tell_who_ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            copy, status = os.waitpid(-1, os.WNOHANG)
            if not copy:
                return
            _tell({"copy": copy, "status": os.waitstatus_to_exitcode(status)})


def _tell(event: Mapping[str, Any]) -> None:
    try:
        os.write(1, json.dumps(event).encode() + b"\n")
    except OSError:
        os._exit(0)  # nobody listens
