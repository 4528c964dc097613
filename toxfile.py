"""Lets tox find the interpreters of pyenv, whichever of them are switched on in this shell.

pyenv puts a shim for each of its interpreters on the PATH, and most of them refuse to run. So the
interpreters themselves come after them, where tox finds them next.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def interpreters_of_pyenv() -> list[str]:
    """The directories in which pyenv keeps its interpreters; none where there is no pyenv."""
    root = os.environ.get("PYENV_ROOT", "")
    if not root and shutil.which("pyenv"):
        done = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        root = done.stdout.strip()
    return sorted(str(p) for p in Path(root).glob("versions/*/bin")) if root else []


os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *interpreters_of_pyenv()])
