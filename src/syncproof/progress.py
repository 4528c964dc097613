"""Tells on stderr how a check gets on: a bar on a terminal that can, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TextIO

from syncproof.check import Progress
from syncproof.sandbox.pair import Pair


def progress(quiet: bool = False, stream: TextIO | None = None) -> Progress:
    """What fits the stream."""
    stream = stream or sys.stderr
    if quiet:
        return Silence()
    if stream.isatty():
        try:
            return Bar(stream)
        except ImportError:
            pass
    return Lines(stream)


class Silence:
    def begin(self, pairs: int) -> None: ...

    def moved(self, running: Sequence[Pair], finished: int) -> None: ...

    def finished(self, pair: Pair) -> None: ...

    def end(self) -> None: ...


class Lines(Silence):
    """One line for each pair, when it is over."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.pairs = self.over = 0

    def begin(self, pairs: int) -> None:
        self.pairs = pairs

    def finished(self, pair: Pair) -> None:
        self.over += 1
        self._write(f"[{self.over}/{self.pairs}] {describe(pair)}")

    def _write(self, line: str) -> None:
        try:
            print(line, file=self.stream, flush=True)
        except (OSError, ValueError):  # nobody reads it: the check goes on
            self._write = lambda line: None  # type: ignore[method-assign]


class Bar(Silence):
    """A bar over all tests, and what is running."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.bar: Any = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} tests"),
            TimeElapsedColumn(),
            console=Console(file=stream),
            transient=True,
        )

    def begin(self, pairs: int) -> None:
        self.pairs = pairs
        self.over: list[Pair] = []
        self.task = self.bar.add_task("checking", total=pairs)
        self.bar.start()

    def moved(self, running: Sequence[Pair], finished: int) -> None:
        known = [p.counts() for p in [*self.over, *running] if p.tests is not None]
        if not known:
            return
        done, total = sum(d for d, _ in known), sum(t for _, t in known)
        total += (self.pairs - len(known)) * total // len(known)  # those not begun: as the others
        names = ", ".join(f"{p.target.name} {p.primitive}" for p in running[:2])
        self.bar.update(self.task, description=names, completed=done, total=max(total, 1))

    def finished(self, pair: Pair) -> None:
        self.over.append(pair)
        self.bar.console.print(describe(pair), highlight=False, markup=False)

    def end(self) -> None:
        self.bar.stop()


def describe(pair: Pair) -> str:
    """What came of a pair, in a line."""
    done, total = pair.counts()
    bad = len({(r.clause, r.test) for r in [*pair.results, *pair.stale()] if r.bad})
    tests = f"{done} tests" if done == total else f"{done} of {total} tests"
    what = f"{bad} bad" if bad else "good"
    return f"{pair.target.name} {pair.primitive}: {what} ({tests}, {pair.seconds:.1f} s)"
