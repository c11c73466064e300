"""Scanned pages: ALTO and hOCR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]

NAMESPACES = ["", " xmlns='http://www.loc.gov/standards/alto/ns-v3#'", " xmlns='http://schema.ccs-gmbh.com/ALTO'"]


def alto(*blocks: str, namespace: str = "", order: str = "") -> str:
    """An ALTO file whose blocks are given as lines of strings, `_` for a space element and `~` for a hyphen element."""
    made = []
    for number, block in enumerate(blocks):
        lines = []
        for line in block.split("\n"):
            pieces = line.replace("_", " _ ").replace("~", " ~ ").split()
            elements = {"_": "<SP/>", "~": "<HYP CONTENT='\u00ad'/>"}
            lines.append("".join(elements.get(piece, f"<String CONTENT='{piece}'/>") for piece in pieces))
        made.append(f"<TextBlock ID='b{number}'><TextLine>{'</TextLine><TextLine>'.join(lines)}</TextLine></TextBlock>")
    content = f"<Page><PrintSpace><ComposedBlock ID='c'>{''.join(made)}</ComposedBlock></PrintSpace></Page>"
    return f"<alto{namespace}>{order}<Layout>{content}</Layout></alto>"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_blocks_and_lines(read: Read, folder: Callable[..., Path], namespace: str) -> None:
    """A block is a paragraph, in any namespace; where a page has space elements, strings between two of them are one word."""
    content = alto("T HE_dock\nwas_com~\nplete", "Yes.", namespace=namespace)
    [document], failures = read(folder({"a.xml": content}))
    assert (document.text, failures) == ("THE dock\nwas com\u00ad\nplete\n\nYes.", [])
    [document], _ = read(folder({"a.xml": alto("The dock", namespace=namespace)}))
    assert document.text == "The dock"


def test_the_reading_order_of_the_file(read: Read, folder: Callable[..., Path]) -> None:
    """Blocks come in the order that the file gives; those that it does not name come last."""
    references = "<ElementRef REF='b2'/><ElementRef REF='b0'/>"
    order = f"<ReadingOrder><OrderedGroup>{references}</OrderedGroup></ReadingOrder>"
    [document], _ = read(folder({"a.xml": alto("two", "three", "one", order=order)}))
    assert document.text == "one\n\ntwo\n\nthree"


def test_the_whole_word_of_the_file(read: Read, folder: Callable[..., Path]) -> None:
    """Where the file gives the whole of a parted word, it is taken once."""
    content = (
        "<alto><Layout><Page><TextBlock><TextLine><String CONTENT='a'/><SP/><String CONTENT='dis' SUBS_TYPE='HypPart1' "
        "SUBS_CONTENT='disgrace'/><HYP CONTENT='-'/></TextLine><TextLine><String CONTENT='grace' SUBS_TYPE='HypPart2' "
        "SUBS_CONTENT='disgrace'/><SP/><String CONTENT='it'/><SP/><String CONTENT='is'/></TextLine></TextBlock></Page></Layout></alto>"
    )
    [document], _ = read(folder({"a.xml": content}))
    assert document.text == "a disgrace\nit is"


def test_hocr(read: Read, folder: Callable[..., Path]) -> None:
    """The class tells hOCR, in a file of any name; all kinds of lines are read, and the title of the page is not."""
    page = (
        "<html><head><title>scan</title></head><body><div class='ocr_page'><p class='ocr_par'><span class='ocr_header'>"
        "<span class='ocrx_word'>A</span> <span class='ocrx_word'><em>Fire</em></span></span></p><p class='ocr_par'>"
        "<span class='ocr_line'><span class='ocrx_word'>It</span>\n<span class='ocrx_word'>bur-</span></span>"
        "<span class='ocr_line x'>ned <b>all</b> night.</span></p></div></body></html>"
    )
    documents, failures = read(folder({"a.html": page, "b.hocr": page.replace("ocr_par", "p")}))
    assert [document.text for document in documents] == [
        "A Fire\n\nIt bur-\nned all night.",
        "A Fire\nIt bur-\nned all night.",
    ]
    assert ([document.format for document in documents], failures) == (["hocr", "hocr"], [])


def test_pages_without_text(read: Read, folder: Callable[..., Path]) -> None:
    """Pages without a word are a failure that says so."""
    documents, [failure] = read(folder({"a.xml": "<alto><Layout><Page/></Layout></alto>"}))
    assert (documents, "these pages have no text" in failure.message) == ([], True)
