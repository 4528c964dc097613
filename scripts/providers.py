"""Installs every third-party provider that has a wheel for this interpreter.

    python scripts/providers.py
    python scripts/providers.py --build

A provider is an extra of syncproof that a registered implementation names. One that has no wheel
here, or no file at all, is told in one line and does not keep the others from being installed.
With --build, one without a wheel is built, where there is a compiler for it and it can be.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib import metadata

from packaging.requirements import Requirement

from syncproof import registry

#: Seconds for one provider: some are compiled, and a busy machine is slow.
PATIENCE = 900.0


def wanted() -> dict[str, list[Requirement]]:
    """What each provider's extra asks for."""
    extras = {i.extra for i in registry.registered().values() if i.extra}
    found: dict[str, list[Requirement]] = {extra: [] for extra in sorted(extras)}
    for line in metadata.requires("syncproof") or ():
        requirement = Requirement(line)
        for extra in found:
            if re.search(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]", line):
                found[extra].append(requirement)
    return found


def here(extra: str, requirements: list[Requirement]) -> list[Requirement]:
    """Those of an extra's requirements that are for this interpreter."""
    return [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": extra})]


def install(requirements: list[Requirement], build: bool) -> str:
    """Install these; why they are not installed, and nothing where they are."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
    ]
    # a wheel of an older release is better than building the newest
    command += ["--prefer-binary"] if build else ["--only-binary=:all:"]
    command += [f"{r.name}{r.specifier}" for r in requirements]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return f"not installed (it was not done in {PATIENCE:.0f} s)"
    if not done.returncode:
        return ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
    reason = errors[-1].removeprefix("ERROR:").strip() if errors else "pip failed"
    return f"not installed ({reason})"


def main() -> int:
    parser = argparse.ArgumentParser(description="Install the providers that can be had here.")
    parser.add_argument("--build", action="store_true", help="also those that have no wheel here")
    build = parser.parse_args().build
    providers = {extra: here(extra, lines) for extra, lines in wanted().items()}
    # All at once takes a third of the time, and fails where one of them fails.
    at_once = not build and not install([r for lines in providers.values() for r in lines], build)
    for extra, lines in providers.items():
        if not lines:
            said = "not made for this interpreter"
        else:
            why_not = "" if at_once else install(lines, build)
            said = why_not or ", ".join(f"{r.name} {metadata.version(r.name)}" for r in lines)
        print(f"{extra}: {said}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
