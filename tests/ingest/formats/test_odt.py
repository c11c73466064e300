"""OpenDocument texts: the text as it reads after all changes are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("It <text:span>rai</text:span>ned<text:s text:c='3'/>all day.", "It rained all day."),
        ("one<text:line-break/>two", "one\ntwo"),
        ("a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>n</text:p></text:note-body></text:note>b", "ab"),
        ("a<office:annotation><text:p>n</text:p></office:annotation>b", "ab"),
        ("a<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame>b", "ab"),
        ("page <text:page-number>7</text:page-number> it rained", "page it rained"),
        ("seen<text:span text:style-name='H'> hidden</text:span>", "seen"),
    ],
)  # fmt: skip
def test_content_of_a_paragraph(odt: Callable[..., bytes], articles: Articles, content: str, text: str) -> None:
    """Each element is text, a break, or nothing, as the reader of the page sees it."""
    hidden = "<style:style style:name='H'><style:text-properties text:display='none'/></style:style>"
    [document], failures = articles("a.odt", odt(f"<text:p>{content}</text:p>", hidden))
    assert (document.text, failures) == (text, [])


def test_deleted_text_is_left_out(odt: Callable[..., bytes], articles: Articles) -> None:
    """Deleted text stands before all text and is not part of it."""
    body = "<text:tracked-changes><text:deletion><text:p>No.</text:p></text:deletion></text:tracked-changes><text:p>Yes.</text:p>"
    [document], _ = articles("a.odt", odt(body))
    assert document.text == "Yes."


def test_styles_are_followed_to_their_parents(odt: Callable[..., bytes], articles: Articles) -> None:
    """A style made from that of titles is one, and so with captions and headings; lists have marks."""
    styles = "".join(
        f"<style:style style:name='{name}' style:parent-style-name='{parent}'/>"
        for name, parent in (("P1", "Title"), ("P2", "Illustration"), ("P3", "Heading_20_2"))
    )
    body = (
        "<text:p text:style-name='P1'>A day</text:p><text:p>It rained.</text:p><text:p text:style-name='P2'>Photo</text:p>"
        "<text:p text:style-name='P3'>So</text:p><text:list><text:list-item><text:p>all</text:p></text:list-item></text:list>"
    )
    [document], _ = articles("a.odt", odt(body, styles))
    assert (document.title, document.text) == ("A day", "It rained.\n\n# So\n\n- all")


def test_the_declared_title(odt: Callable[..., bytes], articles: Articles) -> None:
    """Without a style for it, the title is that of the properties."""
    [document], _ = articles("a.odt", odt("<text:p>A day</text:p><text:p>It rained.</text:p>", title="A day"))
    assert (document.title, document.text) == ("A day", "It rained.")


def test_flat_files_are_read(articles: Articles) -> None:
    """An OpenDocument text may be a single XML file."""
    spaces = " ".join(f"xmlns:{name}='urn:oasis:names:tc:opendocument:xmlns:{name}:1.0'" for name in ("office", "text"))
    xml = f"<office:document {spaces}><office:body><office:text><text:p>It rained.</text:p></office:text></office:body></office:document>"
    for name in ("a.fodt", "a.xml"):
        [document], _ = articles(name, xml)
        assert (document.text, document.format) == ("It rained.", "odt")


def test_frames_are_read_where_there_is_no_other_text(odt: Callable[..., bytes], articles: Articles) -> None:
    """A page made of frames is not empty."""
    body = "<text:p><draw:frame><draw:text-box><text:p>It rained.</text:p></draw:text-box></draw:frame></text:p>"
    [document], _ = articles("a.odt", odt(body))
    assert document.text == "It rained."
