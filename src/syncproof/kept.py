"""What has failed under a schedule is kept in ``.syncproof/``, and tried first next time.

One file a target, one replay token a line, the latest first. The folder ignores itself in git.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(".syncproof")
#: So many tokens of one target are kept.
MOST = 24


def file_of(target: str, kind: str = "") -> Path:
    """Where the tokens of a target are."""
    name = re.sub(r"[^\w.-]+", "-", f"{target}-{kind}" if kind else target).strip("-.")
    return FOLDER / "failures" / f"{name[-100:]}.txt"


def tokens(target: str, kind: str = "") -> list[str]:
    """What is kept of a target; nothing where nothing can be read."""
    try:
        return file_of(target, kind).read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return []


def keep(target: str, kind: str, new: Iterable[str]) -> None:
    """Keep these too; one of each program. That it cannot be written is no reason to fail."""
    fresh = list(new)
    if not fresh:
        return
    by_program: dict[str, str] = {}
    for token in [*fresh, *tokens(target, kind)]:
        by_program.setdefault(":".join(token.split(":")[3:4]) or token, token)
    path = file_of(target, kind)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
        path.write_text("\n".join([*by_program.values()][:MOST]) + "\n", encoding="utf-8")
