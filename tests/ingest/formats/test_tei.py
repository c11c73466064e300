"""TEI and ParlaMint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.ingest.formats.tei import block_text
from tasks.ingest.formats.xml_tree import parse_xml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]

HEADER = (
    "<teiHeader><fileDesc><titleStmt><title>Dale council</title></titleStmt><publicationStmt><date when='2026-05-05'/>"
    "</publicationStmt><sourceDesc><bibl><title level='j'>The Dale Sun</title><date when='2026-02-10'/></bibl></sourceDesc>"
    "</fileDesc>{}</teiHeader>"
)
PEOPLE = (
    "<profileDesc><particDesc><listPerson><person xml:id='p1'><persName><surname>Bell</surname><forename>Una</forename>"
    "</persName></person></listPerson></particDesc></profileDesc>"
)


def tei(body: str, more: str = "") -> str:
    """A TEI file."""
    return f"<TEI xmlns='http://www.tei-c.org/ns/1.0'>{HEADER.format(more)}<text><body>{body}</body></text></TEI>"


def test_speeches(read: Read, folder: Callable[..., Path]) -> None:
    """Only what is said is text, with its speaker by the list of persons, the note above, or the id; the heading is the title."""
    body = (
        "<div><head>Coal Bill</head><note type='speaker'>Una Bell (Dale):</note><u who='#p1'><seg>It is <vocal><desc>Oh!"
        "</desc></vocal>late.</seg><note>Laughter</note><seg>Very.</seg></u><note type='speaker'>Ivo Dale [chair]:</note>"
        "<u who='#p2'>Order.</u><u who='#p3'><seg>No.</seg></u></div>"
    )
    [document], failures = read(folder({"a.xml": tei(body, PEOPLE)}))
    assert (document.text, failures) == ("It is late.\n\nVery.\n\nOrder.\n\nNo.", [])
    assert document.speakers == ("Una Bell", "Una Bell", "Ivo Dale", "p3")
    assert (document.title, document.source, str(document.published_at)[:10]) == (
        "Coal Bill",
        "Dale council",
        "2026-02-10",
    )


def test_texts_and_plays(read: Read, folder: Callable[..., Path]) -> None:
    """Headings, paragraphs, verses and items are text; a speech of a play has its speaker; a text has none."""
    prose = "<div><head>Fire</head><p>It burned.<note>At ten.</note></p><list><item>a</item><item>b</item></list></div>"
    play = "<sp><speaker>UNA.</speaker><stage>rises</stage><l>Go.</l><l>Now.</l></sp><sp><p>Who?</p></sp>"
    first, second = read(folder({"a.xml": tei(prose), "b.xml": tei(play)}))[0]
    assert (first.text, first.speakers, first.title) == ("Fire\n\nIt burned.\n\na\n\nb", (), "Dale council")
    assert (first.source, second.text, second.speakers) == ("The Dale Sun", "Go.\n\nNow.\n\nWho?", ("UNA", "UNA", None))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("dis<pb n='2'/>grace", "disgrace"),
        ("dis-<lb break='no'/>\ngrace", "disgrace"),
        ("one<lb/>two", "one two"),
        ("<choice><sic>teh</sic><corr>the</corr></choice> <choice><abbr>Dr</abbr><expan>Doctor</expan></choice>", "the Doctor"),
        ("<choice><orig>vp</orig><reg>up</reg></choice> <abbr>Mr</abbr> <app><lem>so</lem><rdg>no</rdg></app>", "up Mr so"),
        ("<w join='right'>so</w>\n<pc>,</pc> <w>it<w norm='x'/></w> <pc join='left'>!</pc> <pc join='right'>(</pc><w>a</w>",
         "so, it! (a"),
    ],
)  # fmt: skip
def test_words_of_a_paragraph(content: str, text: str) -> None:
    """Breaks part no word unless they are line ends; corrections come before errors; words join as they say."""
    assert block_text(parse_xml(f"<p>{content}</p>".encode())[0]) == text


def test_headers_without_text(read: Read, folder: Callable[..., Path]) -> None:
    """A list of persons or files is left out in a folder, and each text of a corpus is an article."""
    corpus = f"<teiCorpus><teiHeader/>{tei('<p>One.</p>')}{tei('<p>Two.</p>')}</teiCorpus>"
    documents, [failure] = read(folder({"a.xml": f"<TEI>{HEADER.format(PEOPLE)}</TEI>", "b.xml": corpus}))
    assert [(document.text, document.record) for document in documents] == [("One.", "1"), ("Two.", "2")]
    assert (failure.error, "has a header and no text" in failure.message) == ("SkippedSource", True)
