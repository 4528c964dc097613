"""Pages of findings: Markdown that people wrote, as HTML that can do no harm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from syncproof.report.model import Page
from syncproof.report.plain import link

#: The folder of them, in a run or beside it.
FOLDER = "findings"
MOST_BYTES = 200_000
MOST_PAGES = 200


def found(places: Iterable[Path], refused: list[str]) -> list[Page]:
    """The pages in or beside these runs; a line in ``refused`` for each that cannot be used."""
    folders = [f for place in places for f in (place / FOLDER, place.resolve().parent / FOLDER)]
    folder = next((f for f in folders if f.is_dir()), None)
    if folder is None:
        return []
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.md"))[:MOST_PAGES]:
        try:
            if path.stat().st_size > MOST_BYTES:
                raise ValueError("too long for a page")
            texts[path.stem] = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            refused.append(f"{path}: {getattr(error, 'strerror', None) or error}")
    names = sorted(texts, key=lambda name: name != "README")
    return [Page(n, _title(n, texts[n]), texts[n], _html(texts, n)) for n in names]


def _title(name: str, text: str) -> str:
    match = re.match(r"#\s+(.+)", text)
    return match[1].replace("`", "").strip() if match else name


def _html(texts: Mapping[str, str], name: str) -> Markup:
    """HTML in a source is shown as text; a link leads to the web or to another page, or is none."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = markdown.parse(re.sub(r"^#\s+.+\n", "", texts[name]))
    leads = True
    for token in _every(tokens):
        if token.type == "link_open":
            token.attrs = _leading(str(token.attrGet("href") or ""), texts)
            leads = bool(token.attrs)
        if token.type in ("link_open", "link_close"):
            token.tag = "a" if leads else "span"
        elif token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"  # below the heading of the view
        elif token.type in ("fence", "code_block"):
            token.attrs = {}
            token.info = ""
        elif token.type in ("th_open", "td_open"):
            token.attrs = {}  # a style of its own is none that the page allows
    return Markup(markdown.renderer.render(tokens, markdown.options, {}))


def _leading(target: str, texts: Mapping[str, str]) -> dict[str, str | int | float]:
    """The attributes of a link; none where it would lead nowhere from here."""
    page = re.fullmatch(r"([\w-]+)\.md", target)
    if page and page[1] in texts:
        return {"href": f"#view=findings&page={page[1]}"}
    address = link(target)
    return {"href": address, "rel": "noreferrer noopener"} if address else {}


def _every(tokens: Iterable[Any]) -> Iterable[Any]:
    for token in tokens:
        yield token
        yield from token.children or ()
