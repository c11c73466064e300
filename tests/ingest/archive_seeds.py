"""Small files of feeds, mail, agencies, web archives, scanned pages and transcripts, from which the fuzz of readers breeds."""

from __future__ import annotations

import gzip

PAGE = b"<html><head><title>A</title></head><body><article><h1>A</h1><p>It rained all day in the town.</p></article></body></html>"


def warc(body: bytes, headers: bytes = b"") -> bytes:
    """A record with a response."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + headers + b"\r\n" + body
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x.example/\r\nContent-Type: application/http\r\n"
    )
    return head + b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"


SEEDS = {
    ".rss": [(b'<rss version="2.0"><channel><title>P</title><item><title>T</title><pubDate>Mon, 02 Mar 2026 23:30:00 EST'
             b"</pubDate><description>&lt;p&gt;It &amp;amp; rained.&lt;/p&gt;</description></item></channel></rss>")],
    ".atom": [(b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">T</title><content type="xhtml"><div>'
              b"<p>One.</p><ul><li>a</li></ul></div></content></entry></feed>")],
    ".nitf": [(b'<!DOCTYPE nitf SYSTEM "n.dtd"><nitf><body><body.head><hl1>T</hl1><byline>By <person>A</person></byline>'
              b"</body.head><body.content><p>It&nbsp;rained.</p></body.content></body></nitf>")],
    ".xml": [(b'<newsItem guid="g"><contentMeta><headline>T</headline></contentMeta><contentSet><inlineData contenttype='
             b'"text/plain">It rained.</inlineData></contentSet></newsItem>'),
             (b'<alto><Layout><Page><TextBlock ID="a"><TextLine><String CONTENT="It"/><SP/><String CONTENT="rai" SUBS_TYPE='
             b'"HypPart1" SUBS_CONTENT="rained"/><HYP CONTENT="-"/></TextLine></TextBlock></Page></Layout></alto>'),
             (b"<TEI><teiHeader><person xml:id='p'><persName>A</persName></person></teiHeader><text><body><u who='#p'><seg>"
             b"<w join='right'>So</w><pc>.</pc></seg></u><p>a<lb break='no'/>b</p></body></text></TEI>")],
    ".json": [b'{"uri": "u", "headlines": [{"value": "T"}], "bodies": [{"contenttype": "text/html", "value": "<p>It.</p>"}]}',
              b'{"@graph": [{"@type": ["NewsArticle"], "headline": "T", "articleBody": "It.", "author": [{"name": "A"}]}]}',
              b'{"text": " It.", "segments": [{"start": 0, "end": 1.5, "text": " It.", "speaker": "S"}]}'],
    ".eml": [(b"From: A <a@x.example>\r\nSubject: =?utf-8?q?T=C3=A9?=\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
             b"--b\r\nContent-Type: text/plain; format=flowed\r\n\r\nIt \r\nrained.\r\n--b\r\nContent-Type: text/html\r\n"
             b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>It=20rained.</p>\r\n--b--\r\n")],
    ".mbox": [b"From a Mon Mar  9 08:00:00 2026\nFrom: a\nTo: b\n\n>From it.\n\nFrom a Mon Mar  9 08:00:00 2026\nTo: b\n\nTwo.\n"],
    ".warc": [warc(PAGE), warc(gzip.compress(PAGE, mtime=0), b"Content-Encoding: gzip\r\n"),
              warc(b"5\r\n" + PAGE[:5] + b"\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"), warc(PAGE, b"Content-Encoding: br\r\n")],
    ".warc.gz": [gzip.compress(warc(PAGE), mtime=0) * 2],
    ".hocr": [(b"<html><body><div class='ocr_page'><p class='ocr_par'><span class='ocr_line'><span class='ocrx_word'>It"
              b"</span></span></p></div></body></html>")],
    ".srt": [b"1\n00:00:01,000 --> 00:00:02,000\n- <i>It</i> {\\an8}rained.\n\n2\n00:00:02,000 --> 00:00:03,000\n[NOISE] A B: So\n"],
    ".vtt": [b"WEBVTT - T\n\nNOTE x\n\na\n00:01.000 --> 00:02.000\n<v A>It &amp; <c>rained</c></v>\n\n00:02.000 --> 00:03.000\n>> so\n"],
}  # fmt: skip
