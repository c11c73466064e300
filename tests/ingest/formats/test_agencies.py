"""XML of news agencies: NITF and NewsML-G2."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


NITF = """<nitf><head><title>SLUG-1</title><docdata><doc-id id-string="n-1"/><date.issue norm="20260210T060000Z"/></docdata>
<pubdata name="The Dale Sun"/></head><body><body.head><hedline><hl1>Well runs dry</hl1><hl2>For a week</hl2></hedline>
<byline>By <person>Una Bell</person><byttl>Reporter</byttl></byline></body.head><body.content><block><p>The <em>old</em> well
ran dry.</p><media><media-caption>The well.</media-caption></media><p>Water comes by lorry.</p></block></body.content>
<body.end><tagline>She writes.</tagline></body.end></body></nitf>"""
ITEM = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="g-{n}"><itemMeta><provider><name>Dale Press</name></provider>
<versionCreated>2026-02-12T00:00:00Z</versionCreated><firstCreated>2026-02-10T00:00:00Z</firstCreated></itemMeta><contentMeta>
<by>By Una Bell</by><headline role="hld:sub">Sub</headline><headline role="hld:main">Well runs dry</headline></contentMeta>
<contentSet>{content}</contentSet></newsItem>"""


def test_nitf(read: Read, folder: Callable[..., Path]) -> None:
    """The title is the headline and not the slug; the text is body.content without captions and notes on the author."""
    [document], failures = read(folder({"a.xml": NITF}))
    assert (document.text, failures) == ("The old well ran dry.\n\nWater comes by lorry.", [])
    assert (document.title, document.source, document.record) == ("Well runs dry", "The Dale Sun", None)
    assert str(document.published_at)[:16] == "2026-02-10 06:00"


def test_newsml_with_several_items(read: Read, folder: Callable[..., Path]) -> None:
    """Each item with text is an article by its own place; of several forms of a text, XHTML is read, else NITF, else text."""
    xhtml = (
        '<inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><body><p>One.</p><p>Two.</p></body></html></inlineXML>'
    )
    plain = '<inlineData contenttype="text/plain">One. Two.</inlineData>'
    items = [
        ITEM.format(n=1, content=plain + xhtml),
        ITEM.format(n=2, content='<remoteContent href="a.jpg"/>'),
        ITEM.format(n=3, content=f"<inlineXML>{NITF}</inlineXML>"),
        ITEM.format(n=4, content='<inlineData contenttype="text/plain">First line.\n\nSecond   line.</inlineData>'),
    ]
    documents, [failure] = read(folder({"a.xml": f"<newsMessage><itemSet>{''.join(items)}</itemSet></newsMessage>"}))
    texts = ["One.\n\nTwo.", "The old well ran dry.\n\nWater comes by lorry.", "First line.\n\nSecond line."]
    assert [document.text for document in documents] == texts
    assert [document.record for document in documents] == ["1", "3", "4"]
    assert {(document.title, document.source) for document in documents} == {("Well runs dry", "Dale Press")}
    assert {str(document.published_at)[:10] for document in documents} == {"2026-02-10"}
    assert (failure.error, "1 of 4 items have no text" in failure.message) == ("LeftOut", True)
