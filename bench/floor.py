"""What a call and a loop cost by themselves, on every worker, beside every figure."""

import gc

from syncproof.timing.floor import python_call
from syncproof.timing.scenarios import scenario, unrolled


@scenario(
    "floor.call",
    primitives=(),
    operation="one call of a C function without arguments",
    reading="the unit of speed of this interpreter on this machine, at this moment",
    inner=10,
)
def call(setting):
    return unrolled("call()", call=gc.isenabled)


@scenario(
    "floor.python-call",
    primitives=(),
    operation="one call of a Python function that does nothing",
    reading="what a method written in Python costs before it does anything",
    inner=10,
)
def python(setting):
    return unrolled("call()", call=python_call)


@scenario(
    "floor.loop",
    primitives=(),
    operation="one iteration of the timing loop, a tenth of which is in every figure of a call",
    reading="what is left of the loop in the figures; it should be a few per cent of a lock's pair",
    inner=1,
)
def loop(setting):
    return unrolled("pass", times=1)
