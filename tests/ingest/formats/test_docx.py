"""Word documents: the text as it reads after all changes are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.options import Limits, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]


def run(text: str) -> str:
    """A run with a text."""
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*content: str, style: str = "") -> str:
    """A paragraph with these runs."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(content)}</w:p>"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (run("Rain fell") + "<w:ins>" + run(" again") + "</w:ins>.", "Rain fell again"),
        (run("Rain fell") + "<w:del><w:r><w:delText> once</w:delText></w:r></w:del>" + run("."), "Rain fell."),
        ("<w:moveFrom>" + run("No ") + "</w:moveFrom><w:moveTo>" + run("Yes") + "</w:moveTo>", "Yes"),
        (run("one") + "<w:r><w:br/></w:r>" + run("two"), "one\ntwo"),
        ("<w:r><w:t>north</w:t><w:noBreakHyphen/><w:t>east</w:t></w:r>", "north-east"),
        ("<w:r><w:t>um</w:t><w:softHyphen/><w:t>brella</w:t></w:r>", "umbrella"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r>", "a b"),
        (run("seen") + "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>", "seen"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r>', "shown"),
        (run("text") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + '<w:commentRangeStart w:id="1"/>', "text"),
        (run("a") + "<mc:AlternateContent><mc:Choice>" + run("b") + "</mc:Choice><mc:Fallback>" + run("c") + "</mc:Fallback></mc:AlternateContent>", "ab"),
        ('<w:hyperlink r:id="x">' + run("linked") + "</w:hyperlink>" + run(" words"), "linked words"),
        ('<w:fldSimple w:instr=" PAGE ">' + run("7") + '</w:fldSimple><w:fldSimple w:instr="AUTHOR">' + run("A. Writer") + "</w:fldSimple>", "A. Writer"),
        (run("a") + "<w:r><w:drawing><w:txbxContent>" + paragraph(run("box")) + "</w:txbxContent></w:drawing></w:r>" + run("b"), "ab"),
        ('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("7") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>' + run("text"), "text"),
        ('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "http://a.example" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("linked") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>', "linked"),
    ],
)  # fmt: skip
def test_content_of_a_paragraph(docx: Callable[..., bytes], articles: Articles, content: str, text: str) -> None:
    """Each element is text, a break, or nothing, as the reader of the page sees it."""
    [document], failures = articles("a.docx", docx(paragraph(content)))
    assert (document.text, failures) == (text, [])


def test_a_deleted_paragraph_mark_joins_paragraphs(docx: Callable[..., bytes], articles: Articles) -> None:
    """Two paragraphs are one if the mark between them was deleted."""
    body = f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('It ')}</w:p>" + paragraph(run("rained."))
    [document], _ = articles("a.docx", docx(body))
    assert document.text == "It rained."
    [document], _ = articles(
        "b.docx",
        docx(body.replace("rained.", "rained") + "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run(" so") + "</w:p>"),
    )
    assert document.text == "It rained\n\nso"


@pytest.mark.parametrize("style", ["Title", "Titre", "a3"])
def test_styles_are_known_by_their_english_names(docx: Callable[..., bytes], articles: Articles, style: str) -> None:
    """The title, headings and captions are told by style, whatever language Word has."""
    styles = (
        f'<w:styles xmlns:w="urn:w"><w:style w:styleId="{style}"><w:name w:val="Title"/></w:style>'
        '<w:style w:styleId="h"><w:name w:val="heading 2"/></w:style><w:style w:styleId="c"><w:name w:val="caption"/></w:style></w:styles>'
    )
    body = (
        paragraph(run("A day"), style=style)
        + paragraph(run("It rained."))
        + paragraph(run("So"), style="h")
        + paragraph(run("A photo"), style="c")
    )
    [document], _ = articles("a.docx", docx(body, {"word/styles.xml": styles}))
    assert (document.title, document.text, document.record) == ("A day", "It rained.\n\n# So", None)


def test_without_styles_the_properties_have_the_title(docx: Callable[..., bytes], articles: Articles) -> None:
    """The declared title is taken, and a first paragraph that repeats it is not text; a title of a program is none."""
    core = '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></c>'
    body = paragraph(run("A day")) + paragraph(run("It rained."))
    [document], _ = articles("a.docx", docx(body, {"docProps/core.xml": core.format("A  day")}))
    assert (document.title, document.text) == ("A day", "It rained.")
    [document], _ = articles("b.docx", docx(body, {"docProps/core.xml": core.format("Document1")}))
    assert (document.title, document.text) == (None, "A day\n\nIt rained.")


def test_the_strict_form_is_read(docx: Callable[..., bytes], articles: Articles) -> None:
    """Word's strict form has other namespaces, and its main part may have another name."""
    content = docx(paragraph(run("It rained.")), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")
    [document], _ = articles("a.docx", content)
    assert document.text == "It rained."


def test_boxes_are_read_where_there_is_no_other_text(docx: Callable[..., bytes], articles: Articles) -> None:
    """A page made of text boxes is not empty."""
    box = f"<w:drawing><w:txbxContent>{paragraph(run('It rained.'))}</w:txbxContent></w:drawing>"
    [document], _ = articles("a.docx", docx(paragraph(f"<w:r>{box}</w:r>")))
    assert document.text == "It rained."


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda raw: raw[:-40], "damaged or cut short"),
        (lambda raw: raw.replace(b"word/document.xml", b"word/dokument.xml"), "no part"),
    ],
)
def test_damaged_documents_are_failures(
    docx: Callable[..., bytes], articles: Articles, damage: Callable[[bytes], bytes], says: str
) -> None:
    """What cannot be read is a failure that says why."""
    documents, [failure] = articles("a.docx", damage(docx(paragraph(run("It rained.")))))
    assert (documents, failure.error) == ([], "FormatError")
    assert says in failure.message


def test_no_entity_is_loaded(package: Callable[..., bytes], articles: Articles) -> None:
    """An entity of a document, from a file or from itself, is not text."""
    xml = '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY e "boom">]><d xmlns:w="urn:w"><w:p><w:r><w:t>a&f;&e;b</w:t></w:r></w:p></d>'
    [document], _ = articles("a.docx", package({"word/document.xml": xml}))
    assert document.text in {"a", "ab"}


def test_bombs_are_refused(docx: Callable[..., bytes], articles: Articles) -> None:
    """A part that unpacks to two hundred times its size, or to more than the limit, is not read."""
    content = docx(paragraph(run("a" * 20_000_000)))
    documents, [failure] = articles("a.docx", content)
    assert (documents, failure.error) == ([], "LimitExceeded")
    documents, [failure] = articles("b.docx", content, Options(limits=Limits(max_unpacked_bytes=1_000_000)))
    assert "--max-unpacked-bytes" in failure.message
