"""Inside the process in which one primitive is checked: pytest on the conformance suite, alone.

Nothing of the user's own pytest set-up takes part: no configuration file, no conftest, no plugin,
no cache. What is found goes to the journal; ``pair`` reads it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from syncproof import gil
from syncproof.child import die_with_parent
from syncproof.sandbox.process import (
    enter_users_folder,
    hear_interrupts,
    leave_no_core,
    ready_to_tell_stacks,
)
from syncproof.suite.journal import Journal

if TYPE_CHECKING:
    import pytest

#: What the user's environment must not do to the suite.
ENVIRONMENT = {
    "PYTEST_ADDOPTS": "",
    "PYTEST_PLUGINS": "",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
PLUGINS_LEFT_OUT = (
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "pastebin",
    "threadexception",
    "unraisableexception",
    "warnings",
)
#: After a hang, so much of its time is looked at; threads that compute show in the processor time.
LOOK = 0.02
#: A test that has taken so long may be about to be killed: well below the least patience.
INTERESTING = 5.0
#: How long threads that are about to end are given for it.
GRACE = 0.5


def main() -> None:
    """Run the suite: arguments are the stacks file, the journal and options of the plugin."""
    stacks, journal_file, *options = sys.argv[1:]
    begin_test = ready_to_tell_stacks(stacks)
    hear_interrupts()
    leave_no_core()
    die_with_parent()
    import pytest

    # What a scenario imports later must not be found in the user's folder.
    import syncproof.actors.threads  # noqa: F401
    from syncproof.suite import options as entry
    from syncproof.suite import plugin

    folder = Path(journal_file).parent
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    journal = Journal(Path(journal_file))
    before = set(sys._current_frames())
    suite_here = resources.as_file(resources.files("syncproof.conformance"))
    with suite_here as suite, gil.Watch() as watch:
        enter_users_folder()
        status = pytest.main(
            [
                str(suite),
                *(word for name in PLUGINS_LEFT_OUT for word in ("-p", f"no:{name}")),
                *("-c", str(settings), "--rootdir", str(folder), "--confcutdir", str(suite)),
                *("--import-mode=importlib", "--tb=native", "-q", "--no-header"),
                "--continue-on-collection-errors",
                *("--syncproof-journal", journal_file),
                *options,
            ],
            plugins=[entry, plugin, Watch(journal, begin_test)],
        )
    left = _threads_left(before)
    journal.write("closed", exit=int(status), threads=left, gil=watch.told())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # whatever threads are left


class Watch:
    """Ends the process between two tests: when it is of no more use, or when nobody listens."""

    def __init__(self, journal: Journal, begin_test: Callable[[float], None]) -> None:
        self.journal = journal
        self.begin_test = begin_test
        self.parent = os.getppid()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        from syncproof.suite.session import Suite

        self.delays = Suite.of(session.config).delays
        self.hangs = self.delays.hangs  # those of processes before this one

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            text = str(report.longrepr).strip().splitlines()
            self.journal.write("uncollected", file=report.nodeid, why=text[-1] if text else "")

    def pytest_runtest_logstart(self) -> None:
        self.begin_test(INTERESTING)

    def pytest_runtest_logfinish(self) -> None:
        if os.getppid() != self.parent:
            os._exit(1)
        hangs = self.delays.hangs
        if hangs > self.hangs and _something_computes():
            self.journal.write("restart")
            os._exit(0)
        self.hangs = hangs


def _something_computes() -> bool:
    """Whether a thread that hangs does so at full speed: it would slow down all that follows."""
    start = time.process_time()
    time.sleep(LOOK)
    return time.process_time() - start > LOOK / 5


def _threads_left(before: set[int]) -> list[str]:
    """The threads that the implementation has left behind, each with where it stands."""
    end = time.monotonic() + GRACE
    while True:
        left = _strangers(before)
        if not left or time.monotonic() > end:
            break
        time.sleep(0.01)
    names = {t.ident: t for t in threading.enumerate()}
    told = []
    for ident, frame in left.items():
        thread = names.get(ident)
        kind = "daemon thread" if thread is None or thread.daemon else "thread"
        name = thread.name if thread is not None else "without a name"
        place = f"{frame.f_code.co_name}, {Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        told.append(f"{kind} {name} in {place}")
    return told


def _strangers(before: set[int]) -> dict[int, FrameType]:
    """Threads that were not there before and are no actors of the suite."""
    own = str(Path(__file__).parents[1])
    found = {}
    for ident, frame in sys._current_frames().items():
        if ident in before or ident == threading.get_ident():
            continue
        at: FrameType | None = frame
        while at is not None and not at.f_code.co_filename.startswith(own):
            at = at.f_back
        if at is None:
            found[ident] = frame
    return found
