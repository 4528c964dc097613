"""The desk: reads result files of any number of runs, and makes tables and pages of them.

It needs what the extra ``syncproof[report]`` brings; nothing of it runs beside an implementation.
"""
