"""Brings the interpreters that the matrix wants and this machine lacks, as far as it can.

    python scripts/interpreters.py
    python scripts/interpreters.py --limit 2400

CPython 3.9 and newer are taken as they are found; these are brought:

- free-threaded CPython, and the same release with the GIL, built alike by pyenv. Where the machine
  has a Debian mirror, the source comes from there: Debian's tarball is the upstream one, which
  the checksum in pyenv's own definition confirms. Elsewhere pyenv downloads it itself.
- PyPy, from Debian.

What is there already is left alone, so a second run takes a second. The exit status is 0 when all
is there, or when there is no pyenv or no Debian to bring it (a line says what to do instead), and
2 when something was tried and failed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

#: What Debian's stable release carries the source of.
RELEASE = "3.13.5"
SUITE = "trixie"
SOURCE = "python3.13"

PYPY = ("pypy3", "pypy3-venv", "pypy3-dev")  # the headers: psutil has no wheel for PyPy

#: What an interpreter is asked, to see that it works and how it was built.
ABOUT = """
import json, ssl, sysconfig, zlib
print(json.dumps({
    "free": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "options": sysconfig.get_config_var("CONFIG_ARGS") or "",
}))
"""


class FailedError(Exception):
    """Something was tried and failed: one line that says what, and what to do."""


class Clock:
    """The time that is left for everything."""

    def __init__(self, limit: float) -> None:
        self.end = time.monotonic() + limit

    @property
    def left(self) -> float:
        return max(1.0, self.end - time.monotonic())


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Bring the interpreters that are missing.")
    parser.add_argument("--limit", type=float, default=4000.0, metavar="SECONDS",
                        help="how long all of it may take (default: 4000)")  # fmt: skip
    clock = Clock(parser.parse_args(words).limit)
    failed = False
    for bring in (free_threaded, pypy):
        try:
            bring(clock)
        except FailedError as error:
            say(str(error))
            failed = True
    return 2 if failed else 0


# -- free-threaded CPython, and its twin with the GIL --------------------------------------------


def free_threaded(clock: Clock) -> None:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        minor = RELEASE.rpartition(".")[0]
        found = shutil.which(f"python{minor}t")
        instead = f"no pyenv here to build it; with uv: uv python install {minor}t {minor}"
        say(f"CPython {minor}t: {found or instead}")
        return
    root = Path(run([pyenv, "root"], clock).stdout.strip())
    names = (f"{RELEASE}t", RELEASE)
    missing = [name for name in names if about(root, name) is None]
    for name in names:
        if name not in missing:
            say(f"CPython {name}: {root / 'versions' / name}")
    if missing:
        definition = definition_of(RELEASE, root, Path(pyenv))
        if definition is None:
            raise FailedError(f"CPython {RELEASE}t: this pyenv does not know it; update pyenv")
        fetch(definition, root / "cache", clock)
    for name in missing:
        build(name, root, pyenv, clock)
    say(comparison(root, *names))


def about(root: Path, name: str) -> dict[str, object] | None:
    """How one of pyenv's interpreters was built; None where it is missing or does not work."""
    python = root / "versions" / name / "bin" / "python"
    if not python.exists():
        return None
    try:
        done = subprocess.run(
            [str(python), "-c", ABOUT], capture_output=True, text=True, timeout=60, check=True
        )
        known: dict[str, object] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return known if known["free"] == name.endswith("t") else None


def definition_of(release: str, root: Path, pyenv: Path) -> str | None:
    """What pyenv says about how to build a release."""
    for home in (root, pyenv.resolve().parents[1]):
        path = home / "plugins" / "python-build" / "share" / "python-build" / release
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None


def checksum_in(definition: str) -> str:
    """The sha256 that pyenv wants the source to have; empty where it names none."""
    found = re.search(rf"/Python-{re.escape(RELEASE)}\.tar\.xz#([0-9a-f]{{64}})", definition)
    return found[1] if found else ""


def fetch(definition: str, cache: Path, clock: Clock) -> None:
    """Put the source into pyenv's cache, from a Debian mirror; else pyenv downloads it itself."""
    wanted = checksum_in(definition)
    tarball = cache / f"Python-{RELEASE}.tar.xz"
    if tarball.is_file() and sha256(tarball) == wanted:
        say(f"source of {RELEASE}: {tarball}")
        return
    itself = "pyenv downloads it itself"
    mirror = debian_mirror(clock)
    if not mirror or not wanted:
        why = "no Debian mirror here" if wanted else "pyenv names no checksum"
        say(f"source of {RELEASE}: {why}, {itself}")
        return
    with tempfile.TemporaryDirectory(prefix="syncproof-") as folder:
        try:
            found = download(mirror, Path(folder), clock)
        except FailedError as error:
            say(f"source of {RELEASE}: {error}; {itself}")
            return
        if sha256(found) != wanted:
            say(f"source of {RELEASE}: {found.name} has not the checksum of pyenv's definition;"
                f" {itself}")  # fmt: skip
            return
        cache.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, tarball)
    say(f"source of {RELEASE}: {tarball}, from Debian {SUITE}, with the checksum of pyenv's"
        " definition")  # fmt: skip


def debian_mirror(clock: Clock) -> str:
    """Where this machine gets Debian's packages from; empty where it does not."""
    if shutil.which("apt-get") is None:
        return ""
    form = "$(REPO_URI) $(RELEASE) $(ORIGIN)"
    targets = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    done = run(targets, clock, may_fail=True)
    return mirror_in(done.stdout)


def mirror_in(targets: str) -> str:
    """The first mirror of Debian's main archive among apt's targets.

    Who publishes an archive is known once its index is here; before that its address tells.
    """
    for line in targets.splitlines():
        words = line.split()
        if len(words) < 3:
            continue
        uri, release, origin = words[0].rstrip("/"), words[1], words[2]
        if origin.startswith("$"):
            origin = "Debian" if uri.endswith("/debian") else ""
        if origin == "Debian" and not re.search("security|backports|updates", uri + release):
            return uri
    return ""


def download(mirror: str, folder: Path, clock: Clock) -> Path:
    """Get the upstream tarball with apt, whose own lists and cache are left out of it."""
    settings = folder / "apt.conf"
    settings.write_text(apt_settings(folder), encoding="utf-8")
    for name in ("lists", "cache"):
        (folder / name).mkdir()
    (folder / "sources.list").write_text(source_line(mirror), encoding="utf-8")
    apt = ["apt-get", "-q", "-c", str(settings)]
    say(f"source of {RELEASE}: asking the machine's Debian mirror for {SOURCE} of {SUITE} ...")
    run([*apt, "update"], clock, at_most=600)
    run([*apt, "--download-only", "--only-source", "source", SOURCE], clock, folder, at_most=600)
    found = list(folder.glob(f"{SOURCE}_*.orig.tar.xz"))
    if [f.name for f in found] != [f"{SOURCE}_{RELEASE}.orig.tar.xz"]:
        raise FailedError(f"Debian {SUITE} has {', '.join(f.name for f in found) or 'no source'}")
    return found[0]


def apt_settings(folder: Path) -> str:
    """Settings that keep apt within a folder: no list, cache, lock or hook of the system's."""
    return (
        f'Dir::Etc::SourceList "{folder}/sources.list";\n'
        'Dir::Etc::SourceParts "-";\n'
        f'Dir::State::Lists "{folder}/lists";\n'
        f'Dir::Cache "{folder}/cache";\n'
        'APT::Sandbox::User "root";\n'
        "#clear APT::Update::Pre-Invoke;\n"
        "#clear APT::Update::Post-Invoke;\n"
        "#clear APT::Update::Post-Invoke-Success;\n"
    )


def source_line(mirror: str) -> str:
    keys = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    signed = f"[signed-by={keys}] " if keys.exists() else ""
    return f"deb-src {signed}{mirror} {SUITE} main\n"


def build(name: str, root: Path, pyenv: str, clock: Clock) -> None:
    """Let pyenv build one, below whatever else the machine does."""
    log = Path(tempfile.gettempdir()) / f"syncproof-build-{name}.log"
    say(f"CPython {name}: pyenv builds it, some minutes; its log is {log}")
    start = time.monotonic()
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    options = {"MAKE_OPTS": os.environ.get("MAKE_OPTS", f"-j{os.cpu_count() or 1}")}
    try:
        # --force: one that is there does not work
        run([*nice, pyenv, "install", "--verbose", "--force", name], clock, env=options, log=log)
    except FailedError as error:
        raise FailedError(f"CPython {name}: {error}; see {log}") from None
    if about(root, name) is None:
        raise FailedError(f"CPython {name}: it has been built and does not work; see {log}")
    say(f"CPython {name}: built in {time.monotonic() - start:.0f} s")


def comparison(root: Path, free: str, twin: str) -> str:
    """Whether the two were configured alike, so that what differs is the GIL's doing."""
    known = about(root, free), about(root, twin)
    options = [configured(str(k["options"])) if k else set() for k in known]
    differ = sorted(options[0] ^ options[1])
    if differ == ["--disable-gil"]:
        return f"CPython {free} and {twin} were configured alike, but for --disable-gil"
    return f"CPython {free} and {twin} were configured differently: {' '.join(differ)}"


def configured(options: str) -> set[str]:
    """The options that configure was given, without the folder that it was to install to."""
    words = shlex.split(options)
    prefixes = [w.partition("=")[2] for w in words if w.startswith("--prefix=")]
    prefix = prefixes[0] if prefixes else "\0"
    return {re.sub(rf"{re.escape(prefix)}(?=/|\s|,|$)", "PREFIX", word) for word in words}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# -- PyPy ----------------------------------------------------------------------------------------


def pypy(clock: Clock) -> None:
    found = shutil.which("pypy3")
    if found and not debian_package_of(Path(found), clock):
        say(f"PyPy: {found}")
        return
    missing = [p for p in PYPY if not is_installed(p, clock)] if shutil.which("dpkg-query") else []
    if found and not missing:
        say(f"PyPy: {found}, with its headers")
        return
    command = f"apt-get install {' '.join(missing)}"
    if not missing or not shutil.which("apt-get"):
        say("PyPy: no Debian here to bring it; with uv: uv python install pypy3.11")
        return
    if not is_root():
        say(f"PyPy: only root may install it here: {command}")
        return
    say(f"PyPy: {command} ...")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt, "install", "-y", "--no-install-recommends", *missing]
    try:
        if run(install, clock, env=quiet, at_most=900, may_fail=True).returncode:
            run([*apt, "update"], clock, at_most=600)  # its lists may be old, or there are none
            run(install, clock, env=quiet, at_most=900)
    except FailedError as error:
        raise FailedError(f"PyPy: {error}") from None
    say(f"PyPy: {shutil.which('pypy3')}")


def debian_package_of(program: Path, clock: Clock) -> bool:
    """Whether a program was installed by Debian's package manager."""
    if not shutil.which("dpkg-query"):
        return False
    names = {str(program), str(program.resolve())}
    return any(
        run(["dpkg-query", "-S", name], clock, may_fail=True).returncode == 0 for name in names
    )


def is_installed(package: str, clock: Clock) -> bool:
    status = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    return run(status, clock, may_fail=True).stdout.strip() == "installed"


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


# -- commands ------------------------------------------------------------------------------------


def run(
    command: Sequence[str],
    clock: Clock,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    at_most: float = 3600.0,
    may_fail: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a command, with all that it starts, in the time that is left."""
    seconds = min(at_most, clock.left)
    shown = " ".join(Path(word).name if n == 0 else word for n, word in enumerate(command[:6]))
    with contextlib.ExitStack() as stack:
        goal = stack.enter_context(log.open("w")) if log else subprocess.PIPE
        process = stack.enter_context(
            subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=goal,
                stderr=subprocess.STDOUT if log else subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        try:
            out, err = process.communicate(timeout=seconds)
        except BaseException as error:
            end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise FailedError(f"{shown} was not done in {seconds:.0f} s") from None
            raise
    if process.returncode and not may_fail:
        lines = (err or out or "").strip().splitlines()
        told = [line for line in lines if line.startswith(("E: ", "Err:"))] or lines
        raise FailedError(f"{shown} failed{': ' if told else ''}{told[-1] if told else ''}")
    return subprocess.CompletedProcess(command, process.returncode, out or "", err or "")


def end(process: subprocess.Popen[str]) -> None:
    """End a command and all that it has started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
