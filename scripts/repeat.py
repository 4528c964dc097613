"""Repeats the suite, or each of its scenarios, and tells which of them were ever red.

    python scripts/repeat.py suite --runs 50 --load
    python scripts/repeat.py scenarios --times 1000 --load
    python scripts/repeat.py scenarios --times 1000 --at-once 8
    python scripts/repeat.py scenarios --times 100 --target mylib.locks --primitive lock

With --load every core is kept busy by other work meanwhile. With --at-once so many processes share
the repeats: most of a scenario is waiting, so they keep the cores busy themselves, and a thousand
times end on the same day. A scenario that is red once in a
thousand times accuses somebody wrongly, or has found a race: neither may pass unseen. The exit
status is 0 when nothing was red, 1 when something was, and 130 when it was interrupted.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

#: So many rounds are done in one process: it must not keep the reports of a thousand.
ROUNDS_AT_ONCE = 20

#: It burns until whoever started it closes its input, or dies.
BURNER = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)
def leave_when_told():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=leave_when_told, daemon=True).start()
while True:
    sum(range(1000))
"""

PRIMITIVES = ("lock", "rlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier")


# -- in the process that runs the scenarios: a plugin of pytest --------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=1, help="run all tests that many times")


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run everything once, then everything again: so all are tried equally often when cut short."""
    if session.testsfailed and not session.config.option.continue_on_collection_errors:
        raise session.Interrupted("errors during collection")
    for _ in range(session.config.getoption("--rounds")):
        for item in session.items:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
    return True


# -- in the process that counts ----------------------------------------------------------------


@contextmanager
def load(wanted: bool) -> Iterator[None]:
    """Keep every core busy; let no burner outlive this process, whatever ends it."""
    burners: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range((os.cpu_count() or 1) if wanted else 0):
            command = [sys.executable, "-c", BURNER]
            burners.append(subprocess.Popen(command, stdin=subprocess.PIPE))
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
            if burner.stdin:
                burner.stdin.close()


class Unfit(Exception):
    """The suite could not even be run."""


#: The processes that run it now.
RUNNING: list[subprocess.Popen[str]] = []


def suite(args: argparse.Namespace, rounds: int) -> tuple[int, list[str], str]:
    """Run the suite in a process of its own: status, what was red in it, what was printed."""
    command = [sys.executable, "-m", "pytest", "--pyargs", "syncproof.conformance", "-q"]
    command += ["-p", "no:cacheprovider", "-p", "repeat", "--rounds", str(rounds)]
    command += ["-p", "no:randomly", "-rfE", "--tb=short", "--syncproof-target", args.target]
    for option in ("primitive", "clause", "depth"):
        for value in getattr(args, option):
            command += [f"--syncproof-{option}", value]
    paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        RUNNING.append(process)
        try:
            said, _ = process.communicate()
        finally:
            process.kill()
            RUNNING.remove(process)
    red = re.findall(r"^(?:FAILED|ERROR) \S*?([\w.]+::\S+)", said, re.MULTILINE)
    if process.returncode not in (0, 1):
        raise Unfit(f"{said}\nrepeat: pytest ended with {process.returncode}; see above")
    return process.returncode, red, said


def repeat_suite(args: argparse.Namespace, found: Counter[str]) -> None:
    for number in range(1, args.runs + 1):
        began = time.monotonic()
        status, red, said = suite(args, 1)
        found.update(red)
        verdict = "RED" if status else "good"
        print(f"[{number}/{args.runs}] {verdict}, {time.monotonic() - began:.1f} s", flush=True)
        if status:
            print(said, flush=True)


def repeat_scenarios(args: argparse.Namespace, found: Counter[str]) -> None:
    portions = [min(ROUNDS_AT_ONCE, args.times - n) for n in range(0, args.times, ROUNDS_AT_ONCE)]
    done, began = 0, time.monotonic()
    pool = ThreadPoolExecutor(args.at_once)
    try:
        under_way = {pool.submit(suite, args, rounds): rounds for rounds in portions}
        for portion in as_completed(under_way):
            _, red, said = portion.result()
            done += under_way[portion]
            found.update(red)
            closing = said.strip().splitlines()[-1]
            so_far = time.monotonic() - began
            print(f"[{done}/{args.times}] {closing} ({so_far:.0f} s so far)", flush=True)
            if red:
                print(said, flush=True)
    finally:  # by Ctrl-C, say: nothing is begun any more, nothing outlives this
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(RUNNING):
            process.kill()
        pool.shutdown()


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = top.add_subparsers(dest="what", required=True)
    runs = kinds.add_parser("suite", help="run the whole suite again and again")
    runs.add_argument("--runs", type=int, default=50, metavar="N")
    times = kinds.add_parser("scenarios", help="run each scenario again and again")
    times.add_argument("--times", type=int, default=1000, metavar="N")
    times.add_argument("--at-once", type=int, default=1, metavar="N", help="in so many processes")
    for kind in (runs, times):
        kind.add_argument("--load", action="store_true", help="keep every core busy meanwhile")
        kind.add_argument("--target", default="threading", help="what to run it on")
        kind.add_argument("--primitive", action="append", default=[], choices=PRIMITIVES)
        kind.add_argument("--clause", action="append", default=[], metavar="GLOB")
        kind.add_argument("--depth", action="append", default=[], metavar="DEPTH")
    return top


def main() -> int:
    args = parser().parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    found: Counter[str] = Counter()
    interrupted = False
    try:
        with load(args.load):
            repeat = repeat_suite if args.what == "suite" else repeat_scenarios
            repeat(args, found)
    except KeyboardInterrupt:
        interrupted = True
    except Unfit as error:
        sys.exit(str(error))
    for test, times in found.most_common():
        print(f"red {times} times: {test}")
    print("interrupted" if interrupted else f"{sum(found.values())} red")
    return 130 if interrupted else int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
