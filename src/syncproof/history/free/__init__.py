"""Programs on real threads, for what no scheduler controls: C code, and anything else.

Many short programs run, each on a new object, with threads that are made to change places between
the operations; what happened is recorded and the oracle is asked.
"""
