"""The report that a newsroom reads: an index, a page a document, and a summary for messages and machines.

`build_report` writes all of it from the published tables, `build_page` the page of one document; `summarize` gives the
figures as plain data and `render_summary` the same as Markdown; `read_articles` gives what pages of documents show.
"""

from tasks.report.article import articles_of, read_articles
from tasks.report.pages import build_page, build_report, render_index, render_summary, report_environment
from tasks.report.summary import summarize

__all__ = [
    "articles_of",
    "build_page",
    "build_report",
    "read_articles",
    "render_index",
    "render_summary",
    "report_environment",
    "summarize",
]
