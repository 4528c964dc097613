"""Whether a user's plain check tells right from wrong: every seeded file, with all clauses.

    python scripts/whole.py broken [GLOB] --done broken.json
    python scripts/whole.py permitted [GLOB] --done permitted.json

Each file is copied out under a neutral name and checked as its author would,
``syncproof check candidate.py --primitive X``. Of a broken one the check has to end within a minute
with exit status 1 and to name the clause that the manifest names; an unusual one has to be
conformant. One line each; those that fall short are told again at the end, and the exit status is
1 if there are any. ``--done FILE`` keeps what has been seen and leaves it out the next time.

The minute is for a machine that does nothing else: --at-once 1 (the default), and no other work.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from variants import (  # noqa: E402
    BROKEN,
    PERMITTED,
    Broken,
    Permitted,
    broken,
    check,
    later,
    permitted,
)

from syncproof.results import BAD  # noqa: E402

#: Seconds that a user waits for the check of a broken file, and after which it is given up here.
ENOUGH, PATIENCE = 60.0, 400.0


def seen(variant: Broken | Permitted, folder: Path, depth: str) -> dict[str, Any]:
    """What one check says: its seconds, and what is wrong with it (nothing: "")."""
    home = Path(tempfile.mkdtemp(dir=folder))
    source = (BROKEN if isinstance(variant, Broken) else PERMITTED) / variant.file
    shutil.copy(source, home / "candidate.py")
    options = ["--depth", depth]
    if isinstance(variant, Broken):
        options += later(variant.clauses)
    began = time.monotonic()
    try:
        code, results, said = check(
            home / "candidate.py", variant.primitive, *options, deadline=PATIENCE
        )
    except subprocess.TimeoutExpired:
        code, results, said = -1, [], f"no end after {PATIENCE:.0f} s"
    seconds = time.monotonic() - began
    bad = {r["clause"] for r in results if r["outcome"] in (*BAD, "not-offered")}
    wrong = short(variant, code, bad, said)
    if not wrong and isinstance(variant, Broken) and seconds > ENOUGH:
        wrong = "too slow"
    return {"seconds": round(seconds, 1), "wrong": wrong, "said": said if wrong else ""}


def short(variant: Broken | Permitted, code: int, bad: set[str], said: str) -> str:
    if isinstance(variant, Permitted):
        return "" if code == 0 else f"exit status {code}: {', '.join(sorted(bad))}"
    if code != 1:
        return f"exit status {code}"
    missed = [c for c in variant.clauses if c not in bad and f"\n  {c} (" not in said]
    return f"not named: {', '.join(missed)}" if missed else ""


def main() -> int:
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("which", choices=("broken", "permitted"))
    parser.add_argument("glob", nargs="?", default="*", help="of their names")
    parser.add_argument("--at-once", type=int, default=1, metavar="N")
    parser.add_argument("--depth", default="default", choices=("quick", "default", "thorough"))
    parser.add_argument("--done", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    every: list[Broken | Permitted] = [
        v for v in (broken() if arguments.which == "broken" else permitted())
        if fnmatch.fnmatchcase(str(v), arguments.glob)
    ]  # fmt: skip
    kept = arguments.done
    done: dict[str, Any] = json.loads(kept.read_text()) if kept and kept.exists() else {}
    left = [v for v in every if done.get(str(v), {"wrong": "?"})["wrong"]]
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(arguments.at_once) as pool,
    ):
        jobs = {pool.submit(seen, v, Path(folder), arguments.depth): v for v in left}
        for number, job in enumerate(as_completed(jobs), 1):
            variant, result = jobs[job], job.result()
            done[str(variant)] = result
            verdict = result["wrong"] or "as it should be"
            print(f"[{number}/{len(left)}] {variant}: {result['seconds']} s, {verdict}", flush=True)
            if kept:
                kept.write_text(json.dumps(done, indent=1))
    wrong = [str(v) for v in every if done[str(v)]["wrong"]]
    slowest = max((done[str(v)]["seconds"] for v in every), default=0)
    print(f"{len(every) - len(wrong)} of {len(every)} as they should be, the slowest {slowest} s")
    for name in wrong:
        print(f"{name}: {done[name]['wrong']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
