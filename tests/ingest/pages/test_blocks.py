"""The blocks of a page."""

from __future__ import annotations

import pytest

from tasks.ingest.pages.blocks import Block, blocks_of
from tasks.ingest.pages.parsing import parse_page


def blocks(page: str) -> list[Block]:
    """The blocks of a part of a page."""
    return blocks_of(parse_page(page))


def lines(page: str) -> list[str]:
    """The paragraphs of its blocks, with their marks."""
    return [block.mark + paragraph for block in blocks(page) for paragraph in block.paragraphs]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>Snow fell.<br>Wind rose.</p>", ["Snow fell.", "Wind rose."]),
        ("<p>Snow fell<br>and wind rose.</p>", ["Snow fell and wind rose."]),
        ("<p>Snow fell<br> \n<br>Wind rose</p>", ["Snow fell", "Wind rose"]),
        ("<h2>Snow<br>and wind</h2>", ["# Snow and wind"]),
        ("<div>Snow fell.<p>Wind rose.</p>Ice came.</div>", ["Snow fell.", "Wind rose.", "Ice came."]),
        ("<div>Snow <i>fell</i> on <a href=x>Hull</a>.</div>", ["Snow fell on Hull."]),
        ("<pre>Snow fell\nand stayed.</pre>", ["Snow fell and stayed."]),
    ],
)
def test_lines_and_paragraphs(page: str, expected: list[str]) -> None:
    """A double break ends a paragraph, a single one only behind a sentence; words beside elements are kept."""
    assert lines(page) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "<ul><li>Snow<ol start=4><li>wet</li><li>dry</li></ol></li><li>Wind</li></ul>",
            ["- Snow", "4. wet", "5. dry", "- Wind"],
        ),
        ("<ul><li><p>Snow.</p><p>Wind.</p></li></ul>", ["- Snow.", "Wind."]),
        ("<dl><dt>Snow</dt><dd>Frozen rain.</dd></dl>", ["Snow", "Frozen rain."]),
    ],
)
def test_lists(page: str, expected: list[str]) -> None:
    """Each item comes once, with its own mark, and is not glued to the items inside of it."""
    assert lines(page) == expected


def test_caption_in_a_list() -> None:
    """A caption in an item of a list is a caption."""
    found = blocks("<ul><li><figure><img src=a><figcaption>Snow on a roof</figcaption></figure></li></ul>")
    assert [(block.kind, block.mark, block.text) for block in found] == [("caption", "", "Snow on a roof")]


def test_tables() -> None:
    """A row of data has its cells parted; a page that is laid out by a table has paragraphs."""
    data = "<table><tr><th>Town</th><th><p>Snow</p></th></tr><tr><td>Hull</td><td>4<br>cm</td></tr></table>"
    assert lines(data) == ["Town | Snow", "Hull | 4 cm"]
    assert {block.kind for block in blocks(data)} == {"row"}
    assert lines(f"<table><tr><td>Menu</td><td>{'Snow fell. ' * 40}</td></tr></table>")[0] == "Menu"


def test_words_in_elements_of_a_line() -> None:
    """A quotation element has marks, once; the words of a time element and of a link are text."""
    assert lines("<p>He said <q>no</q> at <time>noon</time>.</p>") == ["He said “no” at noon."]
    assert lines("<p>He said <q>“no”</q>.</p>") == ["He said “no”."]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>In 1890<sup>3</sup> it froze.</p>", "In 1890³ it froze."),
        ("<p>In 1890<sup><a href='#n'>3</a></sup> it froze.</p>", "In 1890 it froze."),
        ("<p>In 1890<sup>[3]</sup> it froze.</p>", "In 1890 it froze."),
        ("<p>The 21<sup>st</sup> winter.</p>", "The 21st winter."),
    ],
)
def test_superscripts(page: str, expected: str) -> None:
    """The mark of a footnote never makes a number longer."""
    assert lines(page) == [expected]


def test_quotations() -> None:
    """A block quotation and a pull quotation are marked; who is quoted stands apart, without the mark."""
    page = (
        "<blockquote><p>It froze.</p><footer>Ida Fenn</footer></blockquote><aside class='pull-quote'>So cold!</aside>"
    )
    assert [(block.kind, block.mark + block.text) for block in blocks(page)] == [
        ("quote", "> It froze."),
        ("credit", "Ida Fenn"),
        ("quote", "> So cold!"),
    ]


def test_heading_that_is_a_sentence() -> None:
    """A first paragraph in the type of a heading is text."""
    sentence = "Snow fell on all towns of the coast, on the hills behind them, and on the sea in front."
    assert [block.kind for block in blocks(f"<h2>{sentence}</h2><h2>Snow on the coast</h2>")] == ["text", "heading"]


def test_what_is_not_shown() -> None:
    """Scripts, styles, comments and soft hyphens are no text."""
    assert lines("<p>Sn\u00adow<script>a()</script><!-- b --><style>c</style> fell.</p>") == ["Snow fell."]


def test_what_the_page_calls_no_part_of_an_article() -> None:
    """A menu and share links are outside by their names; names that only hold such letters are not."""
    page = "<nav>Home</nav><div class=share-bar>Share</div><div class=shareholders>Snow</div><p hidden>Ice</p>"
    assert [block.is_outside for block in blocks(page)] == [True, True, False, True]
