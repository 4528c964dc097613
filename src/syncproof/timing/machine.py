"""What the machine was doing meanwhile: a figure is as good as the quiet in which it was taken."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncproof.interpreters import optimised, processors

CPUS = Path("/sys/devices/system/cpu")

#: Others that keep so much of one CPU busy are worth a remark; so is time stolen by the host.
BUSY, STOLEN = 0.3, 0.01


class Watch:
    """From its making until :meth:`record` is called."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = _counters()

    def record(self) -> dict[str, Any]:
        """What the machine is, and what has happened on it; only what the system tells."""
        seconds = max(1e-9, time.monotonic() - self._began)
        after = _counters()
        passed = {k: after[k] - self._before[k] for k in after if k in self._before}
        found: dict[str, Any] = {
            "cpus": processors(),
            "virtual": _virtual(),
            "governor": _read(CPUS / "cpu0/cpufreq/scaling_governor"),
            "turbo": _turbo(),
            "isolated": _read(CPUS / "isolated"),
            "optimized": optimised(),
        }
        if passed.get("all"):
            found["stolen"] = round(passed["stolen"] / passed["all"], 4)
            found["busy_with_others"] = round(
                max(0.0, (passed["busy"] - passed["own"]) / seconds), 2
            )
        found["throttled"] = round(passed.get("throttled", 0.0))
        return {k: v for k, v in found.items() if v not in (None, "")}


def remarks(machine: Mapping[str, Any]) -> list[str]:
    """What there is to say against figures that were taken there; nothing on a quiet machine."""
    found = []
    busy = float(machine.get("busy_with_others", 0.0))
    if busy >= BUSY:
        found.append(f"loaded: others kept {busy:.1f} of {machine.get('cpus', '?')} CPUs busy")
    stolen = float(machine.get("stolen", 0.0))
    if stolen >= STOLEN:
        found.append(f"its host took away {stolen:.0%} of the time")
    if machine.get("throttled"):
        found.append("throttled: the processor was held back meanwhile")
    if machine.get("virtual"):
        found.append(f"virtual ({machine['virtual']})")
    governor = machine.get("governor", "")
    if governor not in ("", "performance"):
        found.append(f"governor {governor}")
    if machine.get("turbo"):
        found.append("turbo on")
    if machine.get("optimized") is False:
        found.append("Python built without profile guided optimization")
    return found


def _counters() -> dict[str, float]:
    """Seconds since the machine was started, and how often it was held back."""
    found: dict[str, float] = {}
    first = _read(Path("/proc/stat")).partition("\n")[0].split()
    if len(first) >= 9:
        tick = os.sysconf("SC_CLK_TCK")
        user, nice, system, idle, waiting, irq, soft, stolen = (float(f) for f in first[1:9])
        busy = user + nice + system + irq + soft
        found["all"] = (busy + idle + waiting + stolen) / tick
        found["busy"], found["stolen"] = busy / tick, stolen / tick
        times = os.times()
        found["own"] = times.user + times.system + times.children_user + times.children_system
    counts = [_read(p) for p in CPUS.glob("cpu[0-9]*/thermal_throttle/core_throttle_count")]
    counts += re.findall(r"^nr_throttled (\d+)", _read(Path("/sys/fs/cgroup/cpu.stat")), re.M)
    found["throttled"] = sum(float(c) for c in counts if c.isdigit())
    return found


def _virtual() -> str:
    """Under what it runs, as far as it tells; empty on bare metal."""
    hypervisor = _read(Path("/sys/hypervisor/type"))
    flags = re.search(r"^flags\s*:.*\bhypervisor\b", _read(Path("/proc/cpuinfo")), re.M)
    product = _read(Path("/sys/class/dmi/id/product_name"))
    if hypervisor or flags:
        return hypervisor or product or "a hypervisor"
    return ""


def _turbo() -> bool | None:
    """Whether the clock may go beyond its nominal rate; None where nobody says."""
    no_turbo = _read(CPUS / "intel_pstate/no_turbo")
    boost = _read(CPUS / "cpufreq/boost")
    if no_turbo:
        return no_turbo == "0"
    return boost == "1" if boost else None


def _read(path: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8").strip()
    return ""
