"""A child process that can be watched, asked for its stacks, and ended with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncproof.sandbox.template import Copy, Template

#: On this signal a child writes the stacks of its threads to its stacks file.
STACKS_SIGNAL: int | None = getattr(signal, "SIGUSR2", None)

#: Seconds between two looks at how long a child had no processor.
STARVED_INTERVAL = 0.1
#: Seconds between two searches for the processes that a child has started.
SEARCH_INTERVAL = 1.0

#: The child's first words: what is imported here must not be shadowed by files of the user's
#: folder, which Python puts first on the path for ``-c``; `enter_users_folder` puts it back.
BOOT = "import sys; sys.path[:] = [p for p in sys.path if p != '']; import {0}; {0}.main()"


class Child:
    """One child: started on construction, with its output in a file.

    It runs ``main`` of a module; of a template it is a copy, which runs what that is for.
    """

    def __init__(
        self,
        module: str,
        args: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        template: Template | None = None,
    ) -> None:
        self.folder = folder
        self.stacks_file = folder / "stacks"
        self.output_file = folder / "output"
        self.stacks_file.write_bytes(b"")
        words = [str(self.stacks_file), *args]
        copy = template and template.copy(words, self.output_file, environment or {})
        self.process: Copy | subprocess.Popen[bytes] = copy or self._begin(
            [sys.executable, *interpreter_flags(), "-c", BOOT.format(module), *words],
            {**os.environ, **(environment or {})},
        )
        self.started = time.monotonic()
        self._looked = self._searched = self._starved = 0.0
        #: The child, and what it has started.
        self._processes: list[int] = [self.process.pid]
        #: By thread: nanoseconds of work, and of waiting for a processor.
        self._times: dict[int, tuple[int, int]] = {}

    def _begin(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with self.output_file.open("wb") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                **_own_group(),
            )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def patience_clock(self) -> float:
        """Seconds in which the child could have worked: not those in which it had no processor."""
        now = time.monotonic()
        if now - self._looked >= STARVED_INTERVAL:
            self._looked = now
            self._starved += self._starved_since()
        return now - self._starved

    def _starved_since(self) -> float:
        """Seconds since the last look in which a thread was ready to run and did not come to it.

        The main thread may wait for another one, or for a process that it has started. What those
        are kept waiting by the child's own work, such as threads that spin, is its own affair.
        """
        if self._looked - self._searched >= SEARCH_INTERVAL:
            self._searched = self._looked
            self._processes = [self.process.pid, *_started_in(self.process.pid)]
        before = self._times
        self._times = {t: times for p in self._processes for t, times in _times(p)}
        worked, waited = 0.0, {}
        for thread, (work, wait) in self._times.items():
            work_before, wait_before = before.get(thread, (0, 0))
            worked += (work - work_before) / 1e9
            waited[thread] = (wait - wait_before) / 1e9
        main = waited.pop(self.process.pid, 0.0)
        return max(main, max(waited.values(), default=0.0) - worked, 0.0)

    def stacks(self, wait: float = 1.0) -> str:
        """Where each thread of the child is; empty where that cannot be had."""
        if STACKS_SIGNAL is not None and not self.ended:
            with contextlib.suppress(OSError):
                self.process.send_signal(STACKS_SIGNAL)
                self._until_written(wait)
        return self.written_stacks()

    def written_stacks(self) -> str:
        """What the child has written to its stacks file, by itself or when asked."""
        try:
            return self.stacks_file.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def output(self) -> str:
        try:
            return self.output_file.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def _until_written(self, wait: float) -> None:
        """Return when the stacks file has stopped growing."""
        end = time.monotonic() + wait
        size = -1
        while time.monotonic() < end and not self.ended:
            time.sleep(0.05)
            now = self.stacks_file.stat().st_size
            if now and now == size:
                return
            size = now

    def kill(self) -> None:
        """End it, and whatever it has started."""
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)

    def ending(self) -> str:
        """How it ended, in words."""
        return describe_status(self.process.returncode)


def _times(process: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """By thread of a process: how long it worked and waited to, where Linux tells."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                work, wait, *_ = (thread / "schedstat").read_bytes().split()
                yield int(thread.name), (int(work), int(wait))


def _started_in(session: int) -> Iterator[int]:
    """The other processes of the session that a child leads, where there is a /proc to ask."""
    with contextlib.suppress(OSError):
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and int(process.name) != session:
                with contextlib.suppress(OSError, ValueError, IndexError):
                    # Behind its name, which may hold anything: state, parent, group, session.
                    behind = (process / "stat").read_bytes().rpartition(b")")[2].split()
                    if int(behind[3]) == session:
                        yield int(process.name)


def describe_status(status: int | None) -> str:
    """An exit status in words: ``was killed by SIGSEGV``, ``exited with status 3``."""
    if status is None:
        return "has not ended"
    if status < 0:
        try:
            return f"was killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"was killed by signal {-status}"
    return f"exited with status {status}"


def enter_users_folder() -> None:
    """Let the user's modules be found, as for ``python -m``; call it after the own imports."""
    sys.path.insert(0, str(Path.cwd()))


def ready_to_tell_stacks(path: str) -> Callable[[float], None]:
    """In the child: write the stacks of all threads to a file when it crashes or is asked.

    What is returned is called when a test begins, with the seconds after which its stacks are of
    interest: where a process cannot be asked from outside, it writes them by itself.
    """
    import faulthandler

    file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115  (open as long as we live)
    faulthandler.enable(file)
    register = getattr(faulthandler, "register", None)
    if register is not None and STACKS_SIGNAL is not None:
        register(STACKS_SIGNAL, file, all_threads=True)
        return lambda seconds: None

    def begin(seconds: float) -> None:
        file.truncate(0)
        faulthandler.dump_traceback_later(seconds, file=file)

    return begin


def leave_no_core() -> None:
    """In the child: a crash is told by its stacks; writing a core file would only take time."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def hear_interrupts() -> None:
    """In the child: Ctrl-C as on a terminal, though a shell's background job has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _own_group() -> dict[str, Any]:
    if os.name == "posix":
        return {"start_new_session": True}
    return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}


def interpreter_flags() -> list[str]:
    """The flags that this interpreter was started with (-O, -X gil=0, ...), as for a child."""
    flags: list[str] = getattr(subprocess, "_args_from_interpreter_flags", list)()
    return flags
