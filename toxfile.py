"""Lets tox find the interpreters of pyenv and uv, and says how to get one that is missing.

pyenv puts a shim for each of its interpreters on the PATH, and most of them refuse to run. So the
interpreters themselves come after them, where tox finds them next.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def folders_with_interpreters() -> Iterator[str]:
    """Where pyenv and uv keep their interpreters; nothing where neither is there."""
    places = (("pyenv", ["root"], "versions/*/bin"), ("uv", ["python", "dir"], "*/bin"))
    for program, words, pattern in places:
        root = os.environ.get("PYENV_ROOT", "") if program == "pyenv" else ""
        if not root and shutil.which(program):
            done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
            root = done.stdout.strip()
        if root:
            yield from sorted(str(folder) for folder in Path(root).glob(pattern))


def how_to_get(said: str) -> str:
    """What tox says of a missing interpreter, and how to get it."""
    wanted = re.search(r"spec\(s\): (pypy|cpython|python|py)(\d)?[.]?(\d*)(t|\+free)?", said)
    if not wanted:
        return said
    kind, major, minor = wanted.groups()[:3]
    free = "t" if wanted[4] else ""  # tox-uv spells it out: cpython3.14+freethreaded
    version = f"{major or 3}.{minor}" if minor else f"{major or 3}"
    name = f"pypy{version if minor else '3.11'}" if kind == "pypy" else f"{version}{free}"
    bring = "make interpreters, or " if kind == "pypy" or (version, free) == ("3.13", "t") else ""
    return f"{said}; to get it: {bring}uv python install {name}"


class Hint(logging.Filter):
    """Puts it into tox's own line about an environment that is skipped."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if "could not find python interpreter" in said:
            record.msg, record.args = how_to_get(said), ()
        return True


os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *folders_with_interpreters()])
logging.getLogger("tox.session.cmd.run.single").addFilter(Hint())
