"""Exports of news archives: each article is a document, and nothing beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.ingest import Document, Failure, Source, read_source
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., tuple[list[Document], list[Failure]]]


@pytest.fixture
def export(folder: Callable[..., Path]) -> Read:
    """The documents and failures of a file that was named itself."""

    def read(name: str, content: str, *markers: str) -> tuple[list[Document], list[Failure]]:
        path = folder({name: content}) / name
        source = Source(name, str(path), path.stat().st_size, "text", asked_for=True)
        items = list(read_source(source, Options(export_markers=markers)))
        documents = [item for item in items if isinstance(item, Document)]
        return documents, [item for item in items if isinstance(item, Failure)]

    return read


def known(document: Document) -> tuple[object, ...]:
    """What is asked for of each article."""
    return document.title, document.source, str(document.published_at)[:10], document.text


def rtf(*lines: str) -> str:
    """Rich text with these paragraphs."""
    escaped = "".join(f"{line}\\par\n" for line in lines)
    return "{\\rtf1\\ansi " + "".join(c if c < "\x80" else f"\\u{ord(c)}?" for c in escaped) + "}"


ARTICLE = ["Rain again", "The Herald", "May 4, 2026 Monday", "", "Copyright 2026 The Herald", "Section:\\~NEWS", "Byline: A. Writer", "Body", "", "It rained."]  # fmt: skip
NEXT = ["Dry at last", "The Herald", "May 5, 2026 Tuesday 9:00 AM GMT", "Final Edition", "Length: 3 words", "Body", "It did not."]  # fmt: skip
END = ["Load-Date: May 6, 2026", "", "\\line End of Document", "\\page"]


def test_nexis_uni(export: Read) -> None:
    """The cover and its list are no articles; text runs from Body to the first label after it."""
    cover = [
        "User Name: Reader",
        "Date and Time: May 9, 2026",
        "Documents (2)",
        "1. Rain again",
        "2. Dry at last",
        "\\page",
    ]
    documents, failures = export("a.rtf", rtf(*cover, *ARTICLE, "Graphic", "A photo", *END, *NEXT, *END))
    assert failures == []
    assert [known(document) for document in documents] == [
        ("Rain again", "The Herald", "2026-05-04", "It rained."),
        ("Dry at last", "The Herald", "2026-05-05", "It did not."),
    ]
    assert [document.format for document in documents] == ["nexis", "nexis"]


def test_the_count_is_checked(export: Read) -> None:
    """An export that says that it holds more articles than were found is a failure that gives both numbers."""
    documents, [failure] = export("a.rtf", rtf("Documents (3)", "\\page", *ARTICLE, *END, *NEXT, *END))
    assert len(documents) == 2
    assert (failure.error, failure.record) == ("FormatError", None)
    assert "2 of 3 articles were read" in failure.message


def test_an_article_without_a_text_is_told(export: Read) -> None:
    """An article of an export that is only a picture is a row and no failure, and it counts."""
    empty = [*ARTICLE[:5], "Graphic", "A photo"]
    documents, [row] = export("a.rtf", rtf("Documents (2)", "\\page", *empty, *END, *NEXT, *END))
    assert (len(documents), row.error, row.record) == (1, "SkippedSource", "1")


def test_markers_of_other_languages(export: Read) -> None:
    """Words that the user gives are markers as the shipped ones are."""
    words = ["nexis.end=Loppu", "nexis.body=Teksti", "nexis.after=Kuva", "nexis.byline=Tekijä"]
    lines = [*ARTICLE[:5], "Tekijä: A. Writer", "Teksti", "Satoi.", "Kuva", "Loppu"]
    [document], failures = export("a.rtf", rtf(*lines), *words)
    assert (known(document), failures) == (("Rain again", "The Herald", "2026-05-04", "Satoi."), [])


CENTRED = " " * 30
OLD = f"""Download Request: 1-2
{CENTRED}1 of 2 DOCUMENTS


{CENTRED}The Herald

{CENTRED}May 4, 2026 Monday
{CENTRED}Late Edition

Rain
again

BYLINE: A. Writer

LENGTH: 5 words

It rained, and then it
rained.

    So it went on.

LOAD-DATE: May 5, 2026

{CENTRED}Copyright 2026 The Herald


{CENTRED}2 of 2 DOCUMENTS

{CENTRED}The Herald

{CENTRED}5 May 2026

Dry at last

LENGTH: 2 words

It did not.


{CENTRED}Copyright 2026 The Herald
"""


def test_old_nexis(export: Read) -> None:
    """Lines of a paragraph are joined; centred lines are source and date; labels and copyright are no text."""
    documents, failures = export("a.txt", OLD)
    assert failures == []
    assert [known(document) for document in documents] == [
        ("Rain again", "The Herald", "2026-05-04", "It rained, and then it rained.\n\nSo it went on."),
        ("Dry at last", "The Herald", "2026-05-05", "It did not."),
    ]


@pytest.mark.parametrize("line", ["Dokument {} von {}", "Document {} de {}"])
def test_old_nexis_in_other_languages(export: Read, line: str) -> None:
    """The line above each article may be in another language; one that the user gives is found as well."""
    text = OLD.replace("1 of 2 DOCUMENTS", line.format(1, 2)).replace("2 of 2 DOCUMENTS", line.format(2, 2))
    assert len(export("a.txt", text)[0]) == 2
    own = OLD.replace("1 of 2 DOCUMENTS", "nr 1/2").replace("2 of 2 DOCUMENTS", "nr 2/2")
    assert len(export("b.txt", own, r"nexis_txt.numbered=nr (\d+)/(\d+)")[0]) == 2


SHOWN = ["News", "{\\b Rain again}", "By A. Writer", "12 words", "4 May 2026", "08:15", "The Herald", "HRLD", "12", "English", "(c) 2026 The Herald"]  # fmt: skip


def test_factiva_as_it_is_shown(export: Read) -> None:
    """Without field codes, the lines above the text are told by their order."""
    text = rtf(*SHOWN, "It rained.", "", "All day.", "Document HRLD000020260504e25400001", "Search Summary", "Text")
    [document], failures = export("a.rtf", text)
    assert failures == []
    assert known(document) == ("Rain again", "The Herald", "2026-05-04", "It rained.\n\nAll day.")
    assert (document.record, document.byline) == ("HRLD000020260504e25400001", "A. Writer")
    assert document.provider_id == "factiva:HRLD000020260504e25400001"


def test_factiva_with_codes(export: Read) -> None:
    """With field codes, the text is lead and rest, in a table or after the codes."""
    cells = [("HD", "Rain again"), ("BY", "A. Writer"), ("PD", "4 May 2026"), ("SN", "The Herald"), ("LP", "It rained."), ("TD", "All day."), ("NS", "weather")]  # fmt: skip
    content = "{\\rtf1 " + "".join(f"\\trowd {code}\\cell {value}\\cell\\row\n" for code, value in cells)
    [document], _ = export("a.rtf", content + "Document HRLD000020260504e25400001\\par}")
    assert known(document) == ("Rain again", "The Herald", "2026-05-04", "It rained.\n\nAll day.")
    rows = "".join(
        f"<tr><td class='index'><b>{code}</b>&nbsp;</td><td><p>{value}</p></td></tr>" for code, value in cells
    )
    page = f"<html><body><h1>Factiva</h1><div class='article enArticle'><table>{rows}</table></div></body></html>"
    [document], _ = export("a.html", page)
    assert known(document) == ("Rain again", "The Herald", "2026-05-04", "It rained.\n\nAll day.")


def test_factiva_page_as_it_is_shown(export: Read) -> None:
    """A page without codes has the lines of the other form."""
    head = "<div id='hd'><span class='deHeadline'>Regen</span></div><div class='author'>Von A. Writer</div><div>12 Wörter</div>"
    head += "<div>4 Mai 2026</div><div>The Herald</div><div>HRLD</div><div>Deutsch</div><div>© 2026 The Herald</div>"
    body = (
        "<p class='articleParagraph dearticleParagraph'>Es <b>regnete</b>.</p><p>Dokument HRLD000020260504e25400001</p>"
    )
    [document], _ = export("a.html", f"<html><div class='article deArticle'>{head}{body}</div></html>")
    assert known(document) == ("Regen", "The Herald", "2026-05-04", "Es regnete.")


def test_factiva_xml(export: Read) -> None:
    """An export as XML has elements for lead and rest."""
    article = (
        "<ppsarticle><article><headline><paragraph>Rain again</paragraph></headline><byline>A. Writer</byline>"
        "<publicationDate><date>2026-05-04</date></publicationDate><sourceName>The Herald</sourceName>"
        "<leadParagraph><paragraph>It rained.</paragraph></leadParagraph>"
        "<tailParagraphs><paragraph>All <hlt>day</hlt>.</paragraph><paragraph>So.</paragraph></tailParagraphs>"
        "<accessionNo>HRLD000020260504e25400001</accessionNo></article></ppsarticle>"
    )
    content = f"<?xml version='1.0'?><r><ppsArticleResponse><ppsarticleResultSet>{article}</ppsarticleResultSet></ppsArticleResponse></r>"
    [document], failures = export("a.xml", content)
    assert (known(document), failures) == (
        ("Rain again", "The Herald", "2026-05-04", "It rained.\n\nAll day.\n\nSo."),
        [],
    )
    assert document.record == "HRLD000020260504e25400001"


PROQUEST = """____________________________________________________________
Document 1 of 2

Rain again

Author: A. Writer

Publication info: The Herald; Town [Town]. 04 May 2026: 4.

Abstract: Not the text.

Full text: It rained.

All day: so it went on, hour after hour, and the river rose until nobody could cross the old bridge any more.

Illustration

A photo

Credit: A. WRITER

Title: Rain again

Publication title: The Herald; Town

Publication date: May 4, 2026

ProQuest document ID: 77

Last updated: 2026-06-01
____________________________________________________________
Document 2 of 2

Dry at last

Volltext: It did not.

Publication info: The Herald; Town. 05 May 2026
____________________________________________________________
Contact us
"""


def test_proquest(export: Read) -> None:
    """The text runs to the next field; the date is that of publication; a line with a colon is no field by that."""
    documents, failures = export("a.txt", PROQUEST)
    assert failures == []
    assert known(documents[0])[:3] == ("Rain again", "The Herald", "2026-05-04")
    assert documents[0].text.startswith("It rained.\n\nAll day: so it")
    assert documents[0].text.endswith("any more.")
    assert known(documents[1]) == ("Dry at last", "The Herald", "2026-05-05", "It did not.")
    assert [document.record for document in documents] == ["77", "2"]


def test_europresse(export: Read) -> None:
    """The date is in the head of an article, in French as well, and never that of the certificate."""
    page = """<html><body><article><header><span class="DocPublicationName">Le Courrier (site web)</span>
        <span class="DocHeader">Région, mardi 5 mai 2026</span><p class="titreArticleVisu">Pluie</p>
        <div class="docAuthors">A. Auteur</div></header><div class="docOcurrContainer"><p>Il <mark>pleut</mark>.</p><p>Encore.</p></div>
        <footer><p>Numéro de document : news·20260505·LC·1</p><span id="PubliC">2026-06-01</span></footer></article></body></html>"""
    [document], failures = export("a.html", page)
    assert (known(document), failures) == (("Pluie", "Le Courrier", "2026-05-05", "Il pleut.\n\nEncore."), [])
    assert document.record == "news·20260505·LC·1"
