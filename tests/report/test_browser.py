"""The report in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import sync_playwright

from tasks.report import build_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None and os.environ.get("CI") != "true":
    pytest.skip("Chromium is missing: tests/install_browser.sh", allow_module_level=True)

PAGES = ("index", "article", "hostile", "german", "failed", "writings")
SCHEMES = ("light", "dark")
WIDTHS = (360, 1440)


def in_other_writings(module: Any) -> list[Any]:
    """Articles in Arabic and Japanese, and one without a loaded word under an endless title."""
    return [
        module.Article([("headline", "خطة جديدة للمياه"), ("body", "بدأ العمل في الربيع.")], "a.txt", language="ar"),
        module.Article([("headline", "東京で大雨"), ("body", "電車が止まった。" * 40)], "b.txt", language="ja"),
        module.Article([("body", "It rained.")], "c.txt", title=f"{'Rain and more rain ' * 30}{'x' * 300}"),
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "Chromium is missing: tests/install_browser.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(
    tables: Path, newsroom: list[Any], newsroom_module: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The folder and the pages of a report."""
    reports = tmp_path_factory.mktemp("reports")
    build_report(tables, reports, newsroom_module.RUN_ID)
    documents = {"article": newsroom[3], "hostile": newsroom[-1], "german": newsroom[-3]}
    pages = {"index": reports / "index.html"} | {
        name: reports / "documents" / f"{article.document_id}.html" for name, article in documents.items()
    }
    others = {"failed": [], "writings": in_other_writings(newsroom_module)}
    for name, articles in others.items():
        folder = tmp_path_factory.mktemp(name)
        written = newsroom_module.write_tables(newsroom_module.analyzed(articles, newsroom_module.FAILURES), folder)
        build_report(written, folder / "reports")
        pages[name] = folder / "reports" / "index.html"
    return pages


@pytest.fixture
def opened(browser: Browser, report: dict[str, Path]) -> Iterator[Any]:
    """Opens a page by name; at the end, the console must be empty, and no request may have been sent."""
    output: list[str] = []
    contexts = []

    def left(request: Request) -> None:
        if not request.url.startswith(("file:", "data:,")):
            output.append(f"request to {request.url}")

    def open_page(name: str, scheme: str = "light", width: int = 1440) -> Page:
        context = browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: output.append(message.text))
        page.on("pageerror", lambda error: output.append(str(error)))
        page.on("dialog", lambda dialog: output.append(f"dialog {dialog.message}"))
        page.on("request", left)
        page.goto(report[name].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert output == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(opened: Any, name: str, scheme: str, width: int) -> None:
    """axe-core finds no violation, with everything unfolded and every mark shown."""
    page = opened(name, scheme, width)
    page.locator("details").evaluate_all("all => all.forEach(details => { details.open = true })")
    if page.locator("#epistemic").count():
        page.locator("#epistemic").check()
    found = Axe().run(page).response
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
    assert {"color-contrast", "link-name", "document-title"} <= {rule["id"] for rule in found["passes"]}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_does_not_scroll_sideways(opened: Any, name: str, width: int) -> None:
    """For any titles and texts, a page is no wider than its window."""
    assert opened(name, "light", width).evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_schemes_differ(opened: Any, name: str) -> None:
    """With a preference for dark pages, letters are light on a dark background."""
    grounds = []
    for scheme in SCHEMES:
        colour = opened(name, scheme).evaluate("getComputedStyle(document.documentElement).backgroundColor")
        grounds.append(sum(map(int, re.findall(r"\d+", colour)[:3])))
    assert grounds[0] > 700
    assert grounds[1] < 120


def test_hostile_texts_are_shown_and_do_nothing(opened: Any) -> None:
    """Markup in titles, texts, sources and repairs is shown as text, and no element results from it."""
    for name in ("hostile", "index"):
        page = opened(name)
        page.wait_for_timeout(200)
        assert (
            page.locator("script, img, b:has(> script), body > svg:not(.patterns), i, [onerror], [onload]").count() == 0
        )
        assert "<script>alert(1)</script>" in page.locator("body").inner_text()
    page = opened("hostile")
    assert "{{ 7 * 7 }} {% raw %} ${7*7} <!-- </style>" in page.locator("#text").inner_text()
    assert page.title().startswith("</title><script>alert(1)</script>")


def test_marks_of_direction_end_with_their_text(opened: Any) -> None:
    """An override in a text does not reverse the words of the page itself."""
    page = opened("hostile")
    note = page.locator("#method p").first
    assert note.evaluate("getComputedStyle(document.querySelector('h1')).unicodeBidi") == "isolate"
    assert page.locator("#text .prose").evaluate_all("all => all.every(p => p.dir === 'auto')")


def test_terms_give_their_reason_on_hover_and_focus(opened: Any) -> None:
    """A reason is hidden until the pointer or the focus is on its term; the link of the term leads to the list."""
    for width in WIDTHS:
        page = opened("article", "light", width)
        term, reason = page.locator("#t1"), page.locator("#w1")
        assert not reason.is_visible()
        term.hover()
        assert reason.is_visible()
        box = reason.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        page.mouse.move(0, 0)
        assert not reason.is_visible()
        term.focus()
        assert reason.is_visible()
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#r1"


def test_dots_lead_to_their_terms(opened: Any) -> None:
    """A dot is a link to its term in the text."""
    page = opened("article")
    page.locator(".strip a").first.click()
    assert page.evaluate("location.hash") == "#t1"
    assert page.locator("#t1").bounding_box()["y"] < 900


def test_link_targets_are_not_covered(opened: Any) -> None:
    """The list of sections remains visible on a wide page, and does not cover the target of a link."""
    page = opened("article")
    page.locator("#terms tbody a").last.click()
    contents = page.locator(".contents").bounding_box()
    assert contents["y"] == 0
    assert page.locator(".marked a").last.bounding_box()["y"] >= contents["height"]


def test_figures_beside_a_paragraph_are_named(opened: Any) -> None:
    """On a phone the figures of a paragraph have labels; on a wide page the labels are above the column, once."""
    narrow, wide = (opened("article", "light", width) for width in WIDTHS)
    assert "sentiment" in narrow.locator("ul.gutter").first.inner_text()
    assert not narrow.locator(".gutter-head").is_visible()
    assert wide.locator(".gutter-head").inner_text().split() == ["Kind", "Grade", "Sentiment"]
    assert wide.locator("ul.gutter .unit").first.bounding_box()["x"] < 0


def test_nothing_measured_is_said_once(opened: Any) -> None:
    """If no input could be read, no section is about figures that do not exist; failures and missing fields are listed."""
    page = opened("failed")
    assert page.locator("h1").inner_text() == "Nothing could be analyzed: 2 inputs could not be read."
    assert page.locator("h2").all_inner_texts() == [
        "Documents",
        "Repairs",
        "Left out",
        "Method, validation, limits",
    ]
    assert page.locator("#left-out tbody tr").count() == 3


def test_epistemic_terms_are_marked_on_demand(opened: Any) -> None:
    """Words of certainty are not marked until the box is ticked."""
    page = opened("article")
    line = "getComputedStyle(document.querySelector('.epistemic')).textDecorationLine"
    assert page.evaluate(line) == "none"
    page.locator("#epistemic").check()
    assert page.evaluate(line) == "underline"


def test_repairs_are_shown_on_demand(opened: Any) -> None:
    """The text before a repair is hidden until the box is ticked; then it is shown before the repaired text."""
    page = opened("hostile")
    before = page.locator("del").first
    assert not before.is_visible()
    page.locator("#repaired").check()
    assert before.is_visible()
    assert before.inner_text() == "<script>alert(7)</script>"


def test_every_link_leads_somewhere(opened: Any) -> None:
    """Each link of the index opens a page, and each place that it names is on it."""
    index = opened("index")
    hrefs = index.locator("a[href]").evaluate_all("all => [...new Set(all.map(a => a.href))]")
    page = opened("index")
    documents = sorted({href for href in hrefs if ".html" in href})
    assert len(documents) > 60
    for href in documents[::7]:
        page.goto(href)
        assert page.locator("h1").count() == 1
        if "#" in href:
            assert page.locator(f"[id='{href.partition('#')[2]}']").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_prints(opened: Any, name: str) -> None:
    """A page prints as a tagged PDF with the reasons and without navigation."""
    page = opened(name)
    pdf = page.pdf(format="A4", tagged=True)
    assert pdf.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in pdf or any(b"/StructTreeRoot" in stream for stream in inflated(pdf))
    page.emulate_media(media="print")
    assert not page.locator(".contents").is_visible()
    if page.locator("#terms tbody tr").count():
        assert page.locator("#terms tbody tr").first.is_visible()


def inflated(pdf: bytes) -> Iterator[bytes]:
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(match[1])
        except zlib.error:
            continue
