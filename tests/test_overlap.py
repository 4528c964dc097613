"""Threads of the stress layer and of histories run at once where there is no GIL.

Two threads take turns by looking at each other's count, and neither ever waits, sleeps or lets go;
the interpreter is asked not to change threads for a minute. With a GIL the first to run is alone
until it gives up. Without one they see each other count.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig

import pytest

SCRIPT = """
import json
import sys
import threading
import time

from syncproof import gil
from syncproof.actors import Scene
from syncproof.actors.delays import Delays
from syncproof.actors.threads import Threads
from syncproof.history.free.together import together
from syncproof.suite.contention import contend

ROUNDS = 5  # on a busy machine each takes as long as it takes to get a processor
PATIENCE = 60.0 if not gil.enabled() else 0.2
counts = [0, 0]


def meet(me):
    # whether the other was seen to count, time after time, while this one went on
    sys.setswitchinterval(60.0)
    end = time.perf_counter() + PATIENCE
    for number in range(1, ROUNDS + 1):
        counts[me] = number
        while counts[1 - me] < number:
            if time.perf_counter() > end:
                return False
    return True


def stress():
    met, places = {}, iter((0, 1))  # by thread; a thread meets the other in its first turn

    def turn():
        name = threading.get_ident()
        if name not in met:
            met[name] = None
            met[name] = meet(next(places))

    delays = Delays(factor=4.0)
    scene = Scene(Threads(delays), delays)
    contend(scene.actors(2), delays, turn)
    scene.close()
    return list(met.values())


def histories():
    return together([lambda: meet(0), lambda: meet(1)], 100.0)


before = gil.enabled()
met = {"stress": stress, "histories": histories}[sys.argv[1]]()
print(json.dumps({"met": met, "before": before, "after": gil.enabled()}))
"""


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="others have other switches")
@pytest.mark.parametrize("layer", ["stress", "histories"])
def test_threads_run_at_once_where_there_is_no_gil(layer, tmp_path):
    # in a process of its own: an extension that some other test imports may switch the GIL on
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, layer],
        capture_output=True, text=True, timeout=180, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["before"] == found["after"]
    assert found["before"] or sysconfig.get_config_var("Py_GIL_DISABLED")
    if found["before"]:
        assert not any(found["met"])
    else:
        assert found["met"] == [True, True]
