"""The report that a newsroom reads: an index, a page a document, and a summary for messages and machines.

`build_report` writes all of it from the published tables, `build_page` the page of one document; `summarize` gives the
figures as plain data and `render_summary` the same as Markdown; `read_articles` gives what pages of documents show.
"""

from tasks.report.article import read_articles
from tasks.report.pages import build_page, build_report, render_index, render_summary
from tasks.report.summary import summarize

__all__ = ["build_page", "build_report", "read_articles", "render_index", "render_summary", "summarize"]
