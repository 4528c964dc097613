"""The page in a real browser, as its readers use it.

``make browser`` runs these, with what they need; screenshots are left in build/screenshots.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

for needed in ("pandas", "rich", "jinja2", "markdown_it"):
    pytest.importorskip(needed, reason="the desk needs syncproof[report]")
playwright = pytest.importorskip("playwright.sync_api", reason="there is no playwright")

from samples import (  # noqa: E402
    BROKEN,
    DEVIATION,
    HERE,
    KEPT,
    LACKING,
    PASSED,
    PROPERTY,
    a_check,
    a_run_of_two,
    a_timing,
    very_many,
)

from syncproof.cli import main  # noqa: E402
from syncproof.report import page as pages  # noqa: E402
from syncproof.report.build import build  # noqa: E402
from syncproof.timing.scenarios import cases  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
SCREENSHOTS = Path(__file__).parent.parent / "build" / "screenshots"
WIDTHS = (1280, 800, 360)
PATIENCE = 30_000  # ms
#: What is folded is made when it is opened.
OPEN = "all => all.forEach(d => { d.fill?.(); d.open = true; })"


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Opens a page and waits until its script is through; the browser may complain of nothing."""
    complaints = []
    contexts = []

    def open_page(directory, said="", **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda r: r.url.startswith("file:") or complaints.append(r.url))
        page.goto((directory / "index.html").resolve().as_uri() + said)
        settled(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def settled(page):
    """Wait until everything is drawn: charts follow what was chosen, one by one."""
    page.wait_for_selector("html[data-ready]:not([data-busy])", state="attached")


def a_case(kind):
    """The first case of a kind on a lock, whatever the catalogue calls it."""
    return next(c.id for c in cases(("lock",), model="thread") if c.scenario.kind == kind)


@pytest.fixture(scope="module")
def report(browser, tmp_path_factory):
    """Two runs of two implementations, published one after the other, with a page of findings."""
    top = tmp_path_factory.mktemp("browser")
    first, second = top / "first", top / "second"
    a_check(first, "threading", started="2024-04-01T10:00:00+00:00")
    a_check(first, "mine", [KEPT, PASSED], started="2024-04-01T10:00:00+00:00")
    for name in ("threading", "mine"):
        a_timing(first, name, started="2024-04-01")
    a_run_of_two(second)
    for name in ("threading", "other"):
        a_timing(top / "more", name, chosen=[a_case(kind) for kind in ("latency", "memory")])
    (top / "results" / "findings").mkdir(parents=True)
    (top / "results" / "findings" / "README.md").write_text(
        "# Findings\n\n| what | where |\n|---|---|\n| [mine](mine.md) | <b>here</b> |\n\n"
        "## More\n\n### Below\n\n[nowhere](../../docs/x.md)\n", "utf-8"
    )
    (top / "results" / "findings" / "mine.md").write_text(
        "# mine: released by anybody\n\n```python\nimport mine\n```\n\n"
        "[bad](javascript:alert(1)) <script>alert(1)</script> ![x](http://evil.example/x.png)\n",
        "utf-8",
    )
    for places in ([first], [second, top / "more"]):
        words = ["publish", *map(str, places), "--machine", "two-cores", "-o", str(top / "results")]
        assert main([*words, "--site", str(top / "site")]) == 0
    return top / "site"


def said_in(**state):
    return f"#{urlencode(state)}"


VIEWS = ("promises", "speed", "change", "findings", "about")
CELL = "cpython-3.13.0~mine~lock"


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_its_own_link(report, visit, view):
    page = visit(report, said_in(view=view))
    shown = page.eval_on_selector_all(".view", "all => all.filter(v => !v.hidden).map(v => v.id)")
    assert shown == [view]
    assert page.get_attribute("nav a[aria-current]", "data-view") == view
    assert page.inner_text(f"#{view} h2")


def test_a_reader_picks_a_baseline(report, visit):
    page = visit(report, said_in(view="speed"))
    cell = "#heat tbody tr:has(a[data-chart='pair.lock']) td:nth-of-type(2) b"
    before = page.inner_text(cell)
    page.select_option("#controls select[data-key=baseline]", "(floor)")
    page.wait_for_function("([s, was]) => document.querySelector(s).textContent !== was",
                           arg=[cell, before])  # fmt: skip
    assert "times the floor" in page.inner_text("#heat caption")
    assert "baseline=" in page.url
    page.reload()
    settled(page)
    assert "times the floor" in page.inner_text("#heat caption")


def test_a_time_of_what_breaks_clauses_is_marked(report, visit):
    page = visit(report, said_in(view="speed", chart="pair.lock", on="cpython-3.13.0"))
    row = page.locator("#heat tbody tr:has(a[data-chart='pair.lock'])")
    names = page.locator("#heat thead th").all_inner_texts()[1:]
    assert "mine" in names
    assert row.locator("td").count() == len(names)
    for name, cell in zip(names, row.locator("td").all()):
        assert ("breaks 1 clause of Lock" in cell.text_content()) == (name == "mine")
        assert ("breaks 1 clause" in (cell.get_attribute("title") or "")) == (name == "mine")
    labels = page.locator("#strip svg text.label").all_text_contents()
    assert ["\u2717" in label for label in labels] == ["mine" in label for label in labels]
    assert any("mine" in label for label in labels)
    assert page.locator("#speed .series li:has-text('mine')").count()
    for key in page.locator("#speed .series").all():
        for name in key.locator("li").all_text_contents():
            assert ("breaks clauses" in name) == name.startswith("mine")


def test_a_failing_cell_opens_by_the_keyboard_and_a_step_back_closes_it(report, visit):
    page = visit(report)
    page.focus("#matrix td.broken a")
    page.keyboard.press("Enter")
    panel = page.locator("#cell")
    panel.wait_for(state="visible")
    for expected in ("What happened", "a: release() returned None", "is blocked in acquire()",
                     "syncproof check mylib.locks --primitive lock", "its history"):  # fmt: skip
        assert expected in panel.inner_text()
    actors = panel.locator("table.trace thead th").all_inner_texts()
    assert actors[1:] == ["stagehand", "a", "b"]
    source = panel.locator("a.source").first
    assert source.get_attribute("href").startswith("https://docs.python.org/3/library/threading")
    result = panel.locator("a", has_text="the result file").get_attribute("href")
    assert (report / result).is_file()
    assert page.evaluate("document.activeElement.tagName") == "H3"
    page.go_back()
    panel.wait_for(state="hidden")
    page.go_forward()
    panel.wait_for(state="visible")
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.closest('td').className") == "m broken"


def test_the_matrix_is_filtered_and_taken_apart(report, visit):
    page = visit(report)
    page.click("#filters button:has-text('Broken')")
    rows = page.locator("#matrix tbody tr:visible .name").all_inner_texts()
    assert rows == ["mine"]
    page.select_option("#filters select[data-key=groups]", "lock")
    heads = page.locator(".by-group thead th").all_inner_texts()
    assert [head for head in heads if head.split() == ["lock.", "release"]]
    assert page.locator(".by-group td.broken").count() == 1


def test_questions_lead_to_views(report, visit):
    page = visit(report, said_in(view="speed"))
    page.click("#presets button:has-text('many threads')")
    scenarios = set(page.locator("#heat tbody th a").all_inner_texts())
    assert scenarios == {"throughput"}
    page.click("#presets button:has-text('Without the GIL')")
    assert "free-threaded" in page.inner_text("#heat caption")
    assert page.is_visible("#presets button[aria-pressed=true]:has-text('Without the GIL')")
    page.dispatch_event("#presets button:has-text('Async')", "click")
    assert "free-threaded" in page.inner_text("#heat caption"), "what is not there changes nothing"
    page.go_back()
    page.wait_for_function("!document.querySelector('#heat caption').textContent.includes('free')")


def test_charts_show_slices_curves_events_shares_and_sizes(report, visit):
    page = visit(report, said_in(view="speed", chart="pair.lock", on="cpython-3.13.0"))
    assert page.locator("#strip path.dot").count() == 2
    assert page.locator("#strip line.floor").count() == 2
    headings = page.locator("#speed .chart h3").all_inner_texts()
    for expected in ("Every slice of pair.lock", "Lock: throughput, by threads",
                     f"Single events of {a_case('latency')}", "Fairness",
                     "Everything beside threading"):  # fmt: skip
        assert expected in headings
    for chart in page.locator("#speed .chart:visible").all():
        assert "How to read it" in chart.inner_text()
    size = page.locator(f"#heat tr:has(a[data-chart='{a_case('memory')}']) td i").first
    assert size.inner_text().endswith(" B")
    page.click("#strip button:has-text('floor')")
    settled(page)
    page.wait_for_selector("#strip button[aria-pressed=true]:has-text('floor')")
    assert "\u00d7" in page.locator("#strip svg .axis text").first.text_content()


def test_what_is_newly_broken_comes_first(report, visit):
    page = visit(report)
    first = page.locator("#stories details.group").first
    assert "New since the run before" in first.inner_text()
    page.click("nav a[data-view=change]")
    settled(page)
    assert page.locator("#changes h3").first.inner_text().startswith("Newly broken 1")
    assert "lock.release.free-raises" in page.locator("#changes table").first.inner_text()
    assert "Slower" in page.inner_text("#changes")
    page.locator("#changes table a:has-text('mine')").first.click()
    settled(page)
    assert page.locator("#past td.step").count() == 1
    assert page.locator("#past .step-mark").count() >= 1
    page.select_option("#runs select[data-key=after]", index=0)
    assert "0 clauses newly broken" in page.inner_text("#changes")


def test_findings_are_pages_without_markup_of_their_own(report, visit):
    page = visit(report, said_in(page="mine"))
    assert page.locator("#page-1[open]").count() == 1
    assert "<script>alert(1)</script>" in page.inner_text("#page-1")
    assert page.locator("#findings :is(img, script, b)").count() == 0
    assert page.locator("#findings a[href^=javascript]").count() == 0


def test_what_the_page_shows_is_what_the_tables_say(report, visit):
    """Every number of the table of costs, and every count of the matrix, is in report.md."""
    text = (report / "report.md").read_text(encoding="utf-8")
    for key in ("cpython-3.13.0", "cpython-3.14.1t"):
        page = visit(report, said_in(view="speed", on=key, primitive="all"))
        caption = page.inner_text("#heat caption").partition(",")[0]
        section = text.partition(f"### Lock on {caption}\n")[2].partition("\n###")[0]
        told = {}
        lines = [[c.strip() for c in line.strip("|").split(" | ")]
                 for line in section.splitlines() if line.startswith("| ")]  # fmt: skip
        head, *body = lines
        for scenario, *values in body:
            for name, value in zip(head[1:], values):
                told[scenario.strip("| "), name] = value.strip("| ")
        names = page.locator("#heat thead th").all_inner_texts()[1:]
        assert sorted(names) == sorted(head[1:])
        compared = 0
        for row in page.locator("#heat tbody tr:has(a[data-chart])").all():
            scenario = row.locator("a").get_attribute("data-chart")
            for name, cell in zip(names, row.locator("td").all()):
                median = cell.locator("i").all_inner_texts()
                if not median:
                    continue
                number, unit = median[0].split()
                value = told[scenario, name].split("<br>")
                assert value[0] == (number if unit == "ns" else f"{number} {unit}")
                ratio = cell.locator("b").inner_text()
                beside = [v for v in value if v.endswith("\u00d7 threading")]
                assert ratio == (f"{beside[0].split()[0]}\u00d7" if beside else "")
                compared += 1
        assert compared >= 5
    page = visit(report)
    for row in page.locator("#matrix tbody tr").all():
        name = row.locator(".name").inner_text()
        kept = row.locator("td a span").first.inner_text().split()[-1].partition("/")[0]
        assert re.search(rf"^\| {name} \|.*\| \S {kept} kept", text, re.MULTILINE)


def test_it_can_be_printed(report, visit):
    page = visit(report, said_in(cell=CELL))
    sheet = page.pdf(format="A4")
    assert sheet.startswith(b"%PDF")
    assert len(sheet) > 20_000
    page.emulate_media(media="print")
    assert not page.is_visible("nav")
    assert not page.is_visible("#filters")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_stands_in_the_way_of_those_who_read_otherwise(report, visit, view, scheme):
    """axe-core finds nothing to say: names, roles, contrast, order of headings, keyboard."""
    axe = pytest.importorskip("axe_playwright_python.base", reason="there is no axe-core")
    said = {"view": view, **({"cell": CELL} if view == "promises" else {})}
    page = visit(report, said_in(**said), color_scheme=scheme, bypass_csp=True)
    page.eval_on_selector_all("details", OPEN)
    page.evaluate(axe.AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    told = [f"{v['id']}: {v['help']}: {n['html'][:150]}" for v in found["violations"]
            for n in v["nodes"][:3]]  # fmt: skip
    assert not told


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(report, visit, width, scheme):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = visit(report, color_scheme=scheme, viewport={"width": width, "height": 900})
    for view in VIEWS:
        page.evaluate("hash => { location.hash = hash }", said_in(view=view, **(
            {"cell": CELL} if view == "promises" else {})))  # fmt: skip
        page.wait_for_selector(f"#{view}:not([hidden])")
        settled(page)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, view
        page.screenshot(path=SCREENSHOTS / f"{view}-{width}-{scheme}.png", full_page=True)


# -- a page of ten implementations, six interpreters, forty scenarios ------------------------

FIRST_PAINT, INTERACTION = 1000, 100  # ms
ACTIONS = {
    "a view": "document.querySelector('nav a[data-view=speed]').click()",
    "a baseline": "pick('baseline', '(floor)')",
    "a primitive": "pick('primitive', 'all')",
    "an interpreter": "pick('on', 'cpython-3.11.0')",
    "a question": "document.querySelectorAll('#presets button')[0].click()",
    "a scenario": "document.querySelectorAll('#heat a')[3].click()",
    "the matrix": "document.querySelector('nav a[data-view=promises]').click()",
    "a cell": "document.querySelectorAll('#matrix td a')[40].click()",
    "a filter": "document.querySelectorAll('#filters button')[1].click()",
}
TIMES = """
(act) => {
  const pick = (key, value) => {
    const chooser = document.querySelector(`#controls select[data-key=${key}]`);
    chooser.value = value; chooser.dispatchEvent(new Event('change'));
  };
  const start = performance.now();
  act(pick);
  document.body.offsetHeight;
  return performance.now() - start;
}
"""


def test_a_large_page_is_quick(tmp_path, visit, browser):
    """What is waited for, or where others use the machine as well, what it takes of a processor."""
    (tmp_path / "page").mkdir()
    page_file = tmp_path / "page" / "index.html"
    page_file.write_text(pages.render(build(very_many(tmp_path / "run"))), encoding="utf-8")
    clock = browser.new_browser_cdp_session()

    def worked():
        about = clock.send("SystemInfo.getProcessInfo")["processInfo"]
        return 1000 * sum(p["cpuTime"] for p in about if p["type"] == "renderer")

    paints, best = [], dict.fromkeys(ACTIONS, float("inf"))
    for _ in range(3):
        before = worked()
        page = visit(tmp_path / "page")
        took = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        paints.append(min(took, worked() - before))
        for name, act in ACTIONS.items():
            before = worked()
            took = page.evaluate(TIMES.replace("act(pick)", act))
            best[name] = min(best[name], took, worked() - before)
            settled(page)
    told = {name: f"{took:.0f} ms" for name, took in best.items()}
    print(f"{page_file.stat().st_size:,} bytes, first paint {min(paints):.0f} ms, {told}")
    assert page_file.stat().st_size < 1.5e6
    assert min(paints) < FIRST_PAINT
    assert max(best.values()) < INTERACTION, told


# -- results of strangers ----------------------------------------------------------------------


@pytest.mark.parametrize("attack", [
    "</script><script>document.title='pwned'</script>",
    "\"'><img src=x onerror=\"document.title='pwned'\">",
    "javascript:alert(1)", "__proto__", "constructor",
])  # fmt: skip
def test_an_attack_does_not_run(tmp_path, visit, attack):
    found = [replace(r, message=f"{attack}\n{attack}", variant=attack, link=attack,
                     trace=[[attack, attack], ["", attack]])
             for r in (KEPT, BROKEN, DEVIATION, LACKING, PROPERTY)]  # fmt: skip
    about = {**HERE, "platform": attack, "compiler": attack}
    a_check(tmp_path, attack, found, about, version=attack, model="thread")
    a_timing(tmp_path, attack, about)
    assert main(["report", str(tmp_path), "--quiet"]) == 0
    page = visit(tmp_path, said_in(view="speed"))
    for view in ("promises", "speed", "about"):
        page.click(f"nav a[data-view={view}]")
        settled(page)
        page.eval_on_selector_all("details", OPEN)
    page.click("nav a[data-view=promises]")
    page.click("#matrix td a")
    assert attack in page.inner_text("#cell")
    assert page.title() == "syncproof: what Python's locks keep, and what they cost"
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("said", ["#main", "#cell=nobody&primitive=__proto__&chart=%3Cb%3E&view=x"])
def test_an_address_that_names_nothing_shows_the_whole(report, visit, said):
    page = visit(report, said)
    assert page.is_visible("#matrix")
    assert page.locator("#matrix tbody tr:visible").count() == 3


@pytest.mark.parametrize("kind", ["check", "bench"])
def test_one_kind_of_result_is_enough(tmp_path, visit, kind):
    a_run_of_two(tmp_path)
    shutil.rmtree(tmp_path / ("bench" if kind == "check" else "check"))
    assert main(["report", str(tmp_path), "--quiet"]) == 0
    page = visit(tmp_path)
    assert page.is_visible("#heat" if kind == "bench" else "#matrix")


def test_without_a_script_there_is_the_matrix(report, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((report / "index.html").resolve().as_uri())
    assert page.is_visible("#matrix")
    assert page.is_visible("#findings")
    assert "report.md" in page.inner_text("noscript")
    context.close()
