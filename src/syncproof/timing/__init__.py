"""How to time: what a scenario of ``bench/`` is made of, and the sampling with pyperf underneath."""
