"""Runs an implementation in a process of its own, which may hang, crash or print what it likes.

``process`` is the child process and its end; ``inspection`` asks one what a target is; ``pair``
has the suite run on one primitive of it, again and again until every test has its result;
``worker`` is what runs inside.
"""
