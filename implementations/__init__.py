"""Who is tested: one small file for each provider.

A file declares ``implementation`` (or ``implementations``), and imports its provider only in
``load``. ``docs/registering.md`` shows how to write one.
"""
