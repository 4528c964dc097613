"""Badges: whole documents, whatever is written on them, and true ones."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from syncproof.badge import COLOURS, badge, of_reports
from syncproof.results import Report, Result

pytestmark = pytest.mark.twice

SVG = "{http://www.w3.org/2000/svg}"


def report(*outcomes: str, primitive: str = "lock", complete: bool = True) -> Report:
    results = [
        Result(f"lock.{i}", primitive, "must", outcome) for i, outcome in enumerate(outcomes)
    ]
    return Report("mylib", "1", "thread", {}, results, complete=complete)


@pytest.mark.parametrize(
    "text", ["lock", "<script>&\"'", "", "Schloß \N{CJK UNIFIED IDEOGRAPH-9396}", "\x00\ud800\n"]
)
def test_any_text_makes_a_document_with_a_title(text):
    top = ElementTree.fromstring(badge(text, text, "green"))
    said = top.find(f"{SVG}title").text
    assert top.get("role") == "img"
    assert top.get("aria-label") == said
    assert not top.findall(".//*[@href]"), "nothing is fetched from elsewhere"
    if text.isprintable():
        assert said == f"{text}: {text}"


def test_the_texts_have_room():
    top = ElementTree.fromstring(badge("bounded semaphore", "44/44", "red"))
    boxes = top.findall(f"{SVG}g/{SVG}rect")
    texts = top.findall(f"{SVG}g/{SVG}text")
    for box, text in zip(boxes, texts):
        assert int(box.get("x", "0")) < int(text.get("x"))
        room = int(box.get("x", "0")) + int(box.get("width"))
        assert int(text.get("x")) + int(text.get("textLength")) < room


@pytest.mark.parametrize(
    ("reports", "said", "colour"),
    [
        ([report("pass", "pass")], "lock: 2/2", "green"),
        ([report("pass", "fail")], "lock: 1/2", "red"),
        ([report("pass", "deviation")], "lock: 1/2", "green"),
        ([report("pass", "skipped")], "lock: 1/1", "green"),
        ([report("pass", complete=False)], "lock: 1/1, interrupted", "grey"),
        ([report("pass"), report("pass", primitive="event")], "syncproof: 2/2", "green"),
        ([report("pass"), report("hang")], "lock: 1/2", "red"),
    ],
)
def test_it_tells_how_many_clauses_are_kept(reports, said, colour):
    svg = of_reports(reports)
    assert ElementTree.fromstring(svg).get("aria-label") == said
    assert COLOURS[colour] in svg
