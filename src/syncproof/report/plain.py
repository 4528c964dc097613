"""Text from result files, made fit to be shown: one line or several, of characters that show."""

from __future__ import annotations

#: Longer texts of a result are cut.
LONGEST_MESSAGE = 6_000
LONGEST_LINE = 600


def link(text: str) -> str:
    """A link that can be followed, and nothing else: what comes from a file may be anything."""
    good = text.startswith(("https://", "http://")) and text.isprintable()
    return text if good and not set(text) & set(" \"'<>\\`(){}|^") and len(text) < 500 else ""


def plain(text: str, longest: int = LONGEST_LINE) -> str:
    """One line of characters that can be seen."""
    line = " ".join(_visible(text[: 2 * longest]).split())
    return line if len(line) <= longest else f"{line[: longest - 4]} ..."


def block(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Several lines of characters that can be seen."""
    lines = [_visible(line).rstrip() for line in text[:longest].splitlines()]
    if len(text) > longest:
        lines.append("... (the rest is in the result file)")
    return "\n".join(lines).strip("\n")


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\t\n" else "\ufffd" for c in text)
