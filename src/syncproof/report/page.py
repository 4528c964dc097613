"""The report as one HTML file that works from a disk, and runs nothing but its own code."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from syncproof.report import words
from syncproof.report.data import cell_key, data, packed_text
from syncproof.report.model import BREAKS_LEGEND, STATES, VERDICT_LEGEND, Model

#: In this order they make one script; each is a few functions about one thing.
SCRIPTS = (
    "page.js", "state.js", "controls.js", "stories.js", "matrix.js", "groups.js", "heat.js",
    "presets.js", "svg.js", "strip.js", "forest.js", "curves.js", "shares.js", "change.js",
    "start.js",
)


def render(model: Model) -> str:
    """The whole page."""
    script = "\n".join(_source(name) for name in SCRIPTS)
    script = f'"use strict";\n(async () => {{\n{script}\n}})();\n'
    style = _source("page.css")
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters.update(lost=words.lost, mark=words.mark)
    return environment.get_template("page.html").render(
        model=model,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(script, style),
        data=packed_text(data(model)),
        summary=_summary(model),
        states=STATES,
        verdict_legend={**VERDICT_LEGEND, "\u2717 breaks clauses": BREAKS_LEGEND},
        key=cell_key,
        load=words.load,
    )


def _source(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """Nothing may run or be fetched but what stands in the page, told by its hash."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _summary(model: Model) -> list[tuple[str, str, str]]:
    """Number, noun and tone of what one sees first."""
    tallies = [c.tally for c in model.matrix.values()]
    found = [
        (len(model.implementations), "implementation", ""),
        (len(model.interpreters), "interpreter", ""),
    ]
    if tallies:
        found += [
            (sum(t.kept for t in tallies), "clause kept", "kept"),
            (sum(t.deviates for t in tallies), "declared deviation", "deviates"),
            (sum(t.broken for t in tallies), "clause broken", "broken"),
        ]
    if model.figures:
        found.append((sum(f.timed for f in model.figures), "timing", ""))
    return [(f"{n:,}", _plural(noun, n), tone) for n, noun, tone in found]


def _plural(noun: str, count: int) -> str:
    first, _, rest = noun.partition(" ")
    if count == 1:
        return noun
    return f"{first}s {rest}" if first == "clause" else f"{noun}s"
