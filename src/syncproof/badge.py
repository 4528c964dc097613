"""A badge: two words on coloured ground, as an SVG that needs nothing from elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from syncproof.results import Report, Tally

#: Grounds on which white text is read easily (contrast of 4.5 and more).
COLOURS = {"green": "#2a7d32", "amber": "#8f5f00", "red": "#b3261e", "grey": "#5f6368"}
#: The ground of the label.
DARK = "#3c4043"
#: Characters that XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Left and right of each text.
MARGIN = 6

#: The clip is called by its width: several badges may stand in one page.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{said}">
<title>{said}</title>
<clipPath id="r{whole}"><rect width="{whole}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r{whole})">
<rect width="{left}" height="20" fill="{dark}"/>
<rect x="{left}" width="{right}" height="20" fill="{ground}"/>
</g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" aria-hidden="true">
<text x="{margin}" y="14" textLength="{label_length}">{label}</text>
<text x="{value_at}" y="14" textLength="{value_length}">{value}</text>
</g>
</svg>
"""


def badge(label: str, value: str, colour: str = "grey") -> str:
    """An SVG document of one badge, 20 units high; ``colour`` is one of COLOURS.

    Its title and its accessible name are ``label: value``. Any text may come in.
    """
    label, value = (_FORBIDDEN.sub("\ufffd", text.strip()) for text in (label, value))
    label_length, value_length = _length(label), _length(value)
    left, right = label_length + 2 * MARGIN, value_length + 2 * MARGIN
    return SVG.format(
        whole=left + right,
        left=left,
        right=right,
        dark=DARK,
        ground=COLOURS[colour],
        margin=MARGIN,
        value_at=left + MARGIN,
        label_length=label_length,
        value_length=value_length,
        label=escape(label),
        value=escape(value),
        said=escape(f"{label}: {value}"),
    )


def _length(text: str) -> int:
    """About how long a text is in Verdana of 11 units; the badge makes the text exactly so."""
    return max(1, round(sum(map(_width, text))))


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 11
    if character in " .,:;!|'`()[]/\\iljftrI-":
        return 4.4
    if character in "mwMW@%":
        return 10.3
    return 7.6 if character.isupper() else 6.8


def of_reports(reports: Sequence[Report]) -> str:
    """The badge of a check; the label is the primitive where only one was checked."""
    primitives = {primitive for report in reports for primitive in report.primitives()}
    return of_tallies(
        primitives.pop().replace("_", " ") if len(primitives) == 1 else "syncproof",
        [report.tally() for report in reports],
        complete=all(report.complete for report in reports),
        conformant=all(report.conformant for report in reports),
    )


def of_tallies(label: str, tallies: Sequence[Tally], complete: bool, conformant: bool) -> str:
    """How many of the clauses are kept, and green where that will do.

    What an adapter declares not to be offered does not count; a declared deviation counts as not
    kept, and the ground stays green.
    """
    kept = sum(tally.kept for tally in tallies)
    of = kept + sum(tally.deviates + tally.not_offered + tally.broken for tally in tallies)
    if not complete:
        return badge(label, f"{kept}/{of}, interrupted", "grey")
    return badge(label, f"{kept}/{of}", "green" if conformant else "red")
