"""What it costs to have it at all: the time that a program takes longer to start."""

import subprocess
import sys

from syncproof.timing.scenarios import EVERY, UnavailableError, scenario

#: Run by a new interpreter with the target's name, which primitive it is and its model.
PROGRAM = """
import sys
sys.path[:] = [p for p in sys.path if p != ""]
from time import perf_counter
from syncproof import registry
from syncproof.sandbox.process import enter_users_folder
from syncproof.subject import Subject
enter_users_folder()
registry.registered()
start = perf_counter()
Subject(registry.resolve(*sys.argv[1:]))
print("\\n", perf_counter() - start)
"""
#: An import that takes longer than this, in seconds, has no figure: a sampler waits hardly longer.
PATIENCE = 4.0


@scenario(
    "import",
    primitives=(),
    models=EVERY,
    kind="latency",
    operation="import of everything that it needs, by a new interpreter that has threading already",
    reading="what a program starts later for it; next to nothing where the interpreter has it",
)
def fresh_import(setting):
    #: What resolves the target again: a call with its name, which primitive it is and its model.
    target = setting.make.args

    def times(loops):
        return [_started(target) for _ in range(loops)]

    return times


def _started(target):
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *target],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"a new interpreter needs more than {PATIENCE:.0f} s") from None
    if done.returncode != 0:
        raise UnavailableError("a new interpreter cannot import it")
    return float(done.stdout.split()[-1])
