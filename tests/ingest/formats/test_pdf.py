"""PDF: lines with their places become paragraphs in the order of reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("pypdfium2")

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]

COLUMN = [
    "The rain began at noon and",
    "did not stop until the river",
    "stood in the cellars of all",
    "the houses by the bridge.",
]
OTHER = [
    "By night the fire brigade had",
    "counted forty streets under",
    "water, and gave up counting",
    "when the lights went out.",
]


def lines(
    texts: list[str], x: float, y: float, size: float = 10, step: float = 12
) -> list[tuple[float, float, float, str]]:
    """Lines below each other."""
    return [(x, y - step * number, size, text) for number, text in enumerate(texts)]


def test_paragraphs_by_space(pdf: Callable[..., bytes], articles: Articles) -> None:
    """More space between lines parts paragraphs, and the largest lines are the title."""
    page = [(40, 360, 20, "Town under water"), *lines(COLUMN, 40, 320), *lines(OTHER, 40, 260)]
    [document], failures = articles("a.pdf", pdf([page]))
    assert failures == []
    assert (document.title, document.text) == ("Town under water", f"{' '.join(COLUMN)}\n\n{' '.join(OTHER)}")


def test_paragraphs_by_indent(pdf: Callable[..., bytes], articles: Articles) -> None:
    """An indented line begins a paragraph without more space."""
    page = [*lines(COLUMN, 40, 360), (55, 312, 10, OTHER[0]), *lines(OTHER[1:], 40, 300)]
    [document], _ = articles("a.pdf", pdf([page]))
    assert document.text == f"{' '.join(COLUMN)}\n\n{' '.join(OTHER)}"


@pytest.mark.parametrize("by_row", [False, True])
def test_columns(pdf: Callable[..., bytes], articles: Articles, by_row: bool) -> None:
    """Columns are read one after the other, in whatever order the file has the lines; a paragraph may cross them."""
    left, right = lines(COLUMN[:3], 30, 300), lines([COLUMN[3], *OTHER[:2]], 220, 300)
    order = [line for pair in zip(left, right, strict=True) for line in pair] if by_row else left + right
    [document], _ = articles("a.pdf", pdf([order]))
    assert " ".join(document.text.split()) == " ".join(COLUMN + OTHER[:2])
    assert document.text.startswith(" ".join(COLUMN[:4]))


def test_hyphens_at_line_ends(pdf: Callable[..., bytes], articles: Articles) -> None:
    """A parted word is whole again, and a word with a hyphen of its own keeps it."""
    page = lines(["An independent engi-", "neer said that the well-", "known bridge is safe."], 40, 300)
    [document], _ = articles("a.pdf", pdf([page]))
    assert document.text == "An independent engineer said that the well-known bridge is safe."


def test_running_heads_and_feet(pdf: Callable[..., bytes], articles: Articles) -> None:
    """Lines that repeat on top and at the foot of pages, and page numbers, are not text."""
    pages = [
        [(40, 390, 8, "The Herald"), *lines(texts, 40, 350), (200, 20, 8, f"{number}")]
        for number, texts in ((11, COLUMN), (12, OTHER))
    ]
    [document], _ = articles("a.pdf", pdf(pages))
    assert "Herald" not in document.text
    assert not any(number in document.text for number in ("11", "12"))
    assert document.text.startswith(COLUMN[0])
    assert document.text.endswith(OTHER[-1])


def test_a_paragraph_goes_on_over_the_page(pdf: Callable[..., bytes], articles: Articles) -> None:
    """A sentence that is not finished at the foot of a page goes on at the top of the next one."""
    [document], _ = articles("a.pdf", pdf([lines(COLUMN[:2], 40, 100), lines(COLUMN[2:], 40, 350)]))
    assert document.text == " ".join(COLUMN)


def test_large_initials(pdf: Callable[..., bytes], articles: Articles) -> None:
    """A large initial is the first letter of its word, and the lines beside it are not indented."""
    page = [(40, 338, 34, "T"), (62, 352, 10, COLUMN[0][1:]), (62, 340, 10, COLUMN[1]), *lines(COLUMN[2:], 40, 328)]
    [document], _ = articles("a.pdf", pdf([page]))
    assert (document.title, document.text) == (None, " ".join(COLUMN))


def test_three_columns(pdf: Callable[..., bytes], articles: Articles) -> None:
    """A headline over all columns comes first, also where it covers only some of them."""
    columns = [lines(texts, 30 + 125 * i, 320, 8, 10) for i, texts in enumerate((COLUMN, OTHER, COLUMN))]
    page = [(30, 360, 18, "Town under water"), *(line for row in zip(*columns, strict=True) for line in row)]
    [document], _ = articles("a.pdf", pdf([page]))
    assert document.title == "Town under water"
    assert " ".join(document.text.split()) == " ".join(COLUMN + OTHER + COLUMN)


PICTURE = "q 100 0 0 100 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q"


def test_scans_are_failures(pdf: Callable[..., bytes], articles: Articles) -> None:
    """A file without a text layer is a failure with a way out; single pages without one are told as well."""
    documents, [failure] = articles("a.pdf", pdf([[]], PICTURE))
    assert (documents, failure.error) == ([], "FormatError")
    assert "no text layer" in failure.message
    [document], [failure] = articles("b.pdf", pdf([lines(COLUMN, 40, 300), []], PICTURE))
    assert document.text == " ".join(COLUMN)
    assert "1 of 2 pages have no text layer" in failure.message


@pytest.mark.parametrize("content", [b"%PDF-1.4\n\0\1\2", b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>"])
def test_damaged_files_are_failures(articles: Articles, content: bytes) -> None:
    """What is no PDF but begins like one is a failure."""
    documents, [failure] = articles("a.pdf", content)
    assert (documents, failure.error) == ([], "FormatError")
