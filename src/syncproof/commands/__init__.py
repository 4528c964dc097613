"""The commands of the command line: one module each, imported when it is used."""


class CommandError(Exception):
    """Bad usage or a bad target: one line that says what to do; the exit status is 2."""
