"""What somebody may have meant who has misspelt a name."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that is most like a word, whatever its case; empty if none is."""
    import difflib  # only who has misspelt something waits for it

    by_fold = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), by_fold, 1)
    return by_fold[near[0]] if near else ""


def did_you_mean(word: str, names: Iterable[str], otherwise: str = "") -> str:
    """The end of the line that refuses a word: the nearest name, or what is said without one."""
    near = nearest(word, names)
    return f"; did you mean {near}?" if near else otherwise
