"""What runs this: what is recorded of an interpreter, what it is called, and which are kin.

An interpreter's name is a folder's name in a run: ``cpython-3.13.5t``. Two builds that differ in
what can be seen of them have different names, so that neither's results take the place of the
other's.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from typing import Any

from syncproof import gil


def interpreter() -> dict[str, Any]:
    """What runs this: recorded with every result."""
    return {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "release": release(),
        "compiler": platform.python_compiler(),
        "free_threaded_build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil_enabled": gil.enabled(),
        "debug_build": hasattr(sys, "gettotalrefcount"),
        "optimised_build": optimised(),
        "jit_enabled": jit(),
        "switch_interval": sys.getswitchinterval() if hasattr(sys, "getswitchinterval") else None,
        "optimize_flag": sys.flags.optimize,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def release() -> str:
    """The release of an implementation that counts for itself, as PyPy does; empty for CPython."""
    if sys.implementation.name == "cpython":
        return ""
    return ".".join(map(str, sys.implementation.version[:3]))


def optimised() -> bool | None:
    """Whether configure was told to optimise; None where nothing was configured, or is kept of it.

    False is no proof of the contrary: a distributor may have called the compiler another way.
    """
    options = sysconfig.get_config_var("CONFIG_ARGS")
    return "--enable-optimizations" in str(options) if options else None


def jit() -> bool | None:
    """Whether CPython's own JIT compiler is at work; None where it does not tell."""
    look = getattr(getattr(sys, "_jit", None), "is_enabled", None)
    return bool(look()) if look is not None else None


def interpreter_name(about: Mapping[str, Any] | None = None) -> str:
    """What a folder of its results is called: cpython-3.13.5, pypy-3.9.16-7.3.11.

    ``about`` is what was recorded of it; without, it is the one that runs this.
    """
    about = about or interpreter()
    free = bool(about.get("free_threaded_build"))
    name = f"{str(about['implementation']).lower()}-{about['version']}{'t' if free else ''}"
    parts = [name, str(about.get("release") or ""), *_options(about, free)]
    return "-".join(re.sub(r"[^A-Za-z0-9._-]", "", part) for part in parts if part)


def _options(about: Mapping[str, Any], free: bool) -> Iterable[str]:
    """What else tells one build or setting of a version from another."""
    if about.get("debug_build"):
        yield "debug"
    if about.get("optimised_build"):
        yield "pgo"
    if about.get("jit_enabled"):
        yield "jit"
    if free and about.get("gil_at_start", about.get("gil_enabled")):
        yield "gil"  # switched on by the user: an extension that does so comes later
    if about.get("optimize_flag"):
        yield "O" * min(2, int(about["optimize_flag"]))


def title(about: Mapping[str, Any]) -> str:
    """The same for a reader: CPython 3.13.5 free-threaded, PyPy 3.9.16 (7.3.11)."""
    free = bool(about.get("free_threaded_build"))
    words = {"debug": "debug", "pgo": "optimised", "jit": "with its JIT", "gil": "with the GIL",
             "O": "-O", "OO": "-OO"}  # fmt: skip
    parts = [str(about["implementation"]), str(about["version"])]
    parts += [f"({about['release']})"] if about.get("release") else []
    parts += ["free-threaded"] if free else []
    return " ".join([*parts, *(words[option] for option in _options(about, free))])


def kin(name: str) -> str:
    """The name without what a maintenance release changes: cpython-3.13t of cpython-3.13.5t."""
    found = re.match(r"([a-z]+-\d+\.\d+)[^t-]*(t?)(?:-[\d.]+)?(-.*)?$", name)
    return f"{found[1]}{found[2]}{found[3] or ''}" if found else name


def paired(before: Iterable[str], after: Iterable[str]) -> dict[str, str]:
    """Which interpreter of a later run is set against which of an earlier one, by name.

    The same one; else the only one of that series, such as 3.13.6 against 3.13.5; else, where both
    runs have a single other one, those two.
    """
    olds, news = set(before), set(after)
    pairs = {name: name for name in olds & news}
    for alike in (kin, lambda name: ""):
        left, right = olds - set(pairs.values()), news - set(pairs)
        for group in {alike(name) for name in right}:
            one = [name for name in left if alike(name) == group]
            other = [name for name in right if alike(name) == group]
            if len(one) == len(other) == 1:
                pairs[other[0]] = one[0]
    return pairs
