"""Whether the GIL is on, and which extension has switched it on.

On a free-threaded build the GIL is off, until an extension is imported that does not say that it
can do without: then it is on for the rest of the process, for everybody. Python warns of it by
name, once.
"""

from __future__ import annotations

import re
import sys
import warnings
from types import TracebackType
from typing import Any

WARNING = r"The global interpreter lock \(GIL\) has been enabled to load module '([^']+)'"


def enabled() -> bool:
    """Whether there is a GIL here, and it is on."""
    look = getattr(sys, "_is_gil_enabled", None)
    return bool(look()) if look is not None else True


class Watch:
    """What becomes of the GIL meanwhile: ``with Watch() as gil:``, then ``gil.record()``."""

    def __init__(self) -> None:
        self.at_start = enabled()
        self.by: list[str] = []
        self._kept = warnings.catch_warnings()

    def __enter__(self) -> Watch:
        self._kept.__enter__()
        warnings.filterwarnings("always", WARNING, RuntimeWarning)
        self._show = warnings.showwarning
        warnings.showwarning = self._hear
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kept.__exit__(kind, error, trace)

    def _hear(self, message: Any, *rest: Any, **more: Any) -> None:
        found = re.match(WARNING, str(message))
        if found:
            self.by.append(found[1])
        else:
            self._show(message, *rest, **more)

    def record(self) -> dict[str, Any]:
        """For the record of the interpreter: as it was, as it is now, and whose doing that is."""
        return {"gil_at_start": self.at_start, "gil_enabled": enabled(), "gil_enabled_by": self.by}

    def told(self) -> str:
        """What has changed, in words; empty where nothing has."""
        if self.at_start or not enabled():
            return ""
        return f"the GIL was off, and has been switched on{by(self.by)}"


def by(modules: list[str]) -> str:
    """Whose doing it was, to be added to a sentence: `` by x.y``."""
    return f" by {', '.join(modules)}" if modules else ""
