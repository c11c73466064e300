"""From which file a document was read. Its `source_uri` says so, except for pages of web archives, which have their address.

The record of such a page names the file and the page's place in it.
"""

from __future__ import annotations

import polars as pl

from tasks.schemas.values import WEB_ARCHIVES

_PAGE = r"^#\d+ of (?s)(.*)$"


def page_record(number: int, uri: str) -> str:
    """The record of a page with this number in the web archive `uri`.

    >>> page_record(3, "crawl/a.warc.gz")
    '#3 of crawl/a.warc.gz'
    """
    return f"#{number} of {uri}"


def source_file() -> pl.Expr:
    """The `uri` of the source that a document was read from, by format, source_uri and record.

    >>> documents = pl.DataFrame({"format": ["warc", "text", "warc"], "source_uri": ["http://x.example/", "a.txt", "a.zip"],
    ...     "record": ["#3 of a.warc.gz", None, "a.warc:#3 of a.warc"]})
    >>> documents.select(source_file()).to_series().to_list()
    ['a.warc.gz', 'a.txt', 'a.zip']
    """
    page = pl.col("record").str.extract(_PAGE)
    is_page = pl.col("format").cast(pl.String).is_in(WEB_ARCHIVES) & page.is_not_null()
    return pl.when(is_page).then(page).otherwise("source_uri").alias("source_file")
