"""What one of several processes finds out for all: the workers of one run of pytest-xdist."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from syncproof.results import Report, read, write

#: Between two looks whether the other is done.
LOOK_INTERVAL = 0.05
#: Longer than any check takes; who has waited so long does it alone.
PATIENCE = 1800.0


def once(folder: Path, name: str, make: Callable[[], Report]) -> Report:
    """What make() gives: called by the first process that asks, read from a file by the others."""
    key = hashlib.sha256(name.encode()).hexdigest()[:16]
    result = folder / f"syncproof-{key}.json"
    claim = folder / f"syncproof-{key}.claim"
    try:
        with claim.open("x", encoding="utf-8") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        end = time.monotonic() + PATIENCE
        while not result.exists():
            if time.monotonic() > end or _is_given_up(claim):
                return make()
            time.sleep(LOOK_INTERVAL)
        return read(result)[0]
    try:
        report = make()
        write(result, [report])
    except BaseException:
        claim.unlink(missing_ok=True)  # who waits does it alone
        raise
    return report


def _is_given_up(claim: Path) -> bool:
    """Whether who has claimed it will not finish it; as far as can be told."""
    try:
        owner = int(claim.read_text(encoding="utf-8"))
        if os.name == "posix":
            os.kill(owner, 0)
    except ValueError:
        return False  # the number is about to be written
    except PermissionError:
        return False
    except OSError:
        return True
    return False
