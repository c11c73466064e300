"""From the tables to the files that people open: the index, a page a document, and the summaries.

A page holds everything it needs. Its policy allows the one stylesheet in it, by hash, and nothing else: no script, no
picture, no address. Each file is written aside and renamed, so that nobody sees half of one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tasks.errors import StoreError, UsageError
from tasks.report import charts, wording
from tasks.report.article import read_articles
from tasks.report.marked_text import cut
from tasks.report.summary import MAX_PAGES, read_runs, summarize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

READERS_MANAGE = (7, 9)
"""Grades at which the average adult in the United States reads (DuBay, The Principles of Readability, 2004)."""
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def build_report(tables: Path, reports: Path, run_id: str) -> dict[str, Any]:
    """Write index, pages and summaries of the tables below `tables` into `reports`; the summary comes back.

    Pages that this run did not write are removed: their documents are gone, or no longer at the top of a list.
    Raises StoreError if the tables or the run are not there, or `reports` cannot be written.
    """
    summary = summarize(tables, _file_name(run_id))
    try:
        pages = reports / "documents"
        earlier = reports / "runs" / run_id
        for folder in (pages, earlier):
            folder.mkdir(parents=True, exist_ok=True)
        written = set()
        for article in read_articles(tables, [document["document_id"] for document in summary["documents"]]):
            path = pages / f"{_file_name(article['document_id'])}.html"
            _replace(path, _render("document.html", article=article, run=summary["run"]))
            written.add(path)
        _replace(reports / "index.html", render_index(summary))
        for folder in (reports, earlier):
            _replace(folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
            _replace(folder / "summary.md", render_summary(summary))
        for path in pages.iterdir():
            if path not in written:
                path.unlink()
    except OSError as error:
        raise StoreError(f"cannot write the report into {reports}: {error.strerror}; choose another folder") from error
    return summary


def build_page(tables: Path, reports: Path, document_id: str) -> Path:
    """Write the page of one document; its path comes back. Raises UsageError if the tables hold no such document."""
    article = next(read_articles(tables, [document_id]), None)
    if article is None:
        raise UsageError(f"{tables / 'documents'} holds no document {document_id!r}; its column document_id names them")
    path = reports / "documents" / f"{_file_name(document_id)}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, _render("document.html", article=article, run=read_runs(tables)[0]))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}; choose another folder") from error
    return path


def render_index(summary: Mapping[str, Any]) -> str:
    """The index of a report as HTML, from what `summarize` gave."""
    pages = {document["document_id"]: document for document in summary["documents"]}
    return _render("index.html", summary=summary, pages=pages, max_pages=MAX_PAGES)


def render_summary(summary: Mapping[str, Any]) -> str:
    """The summary as Markdown, for a chat message, a Prefect artifact or a file."""
    pages = {document["document_id"]: document for document in summary["documents"]}
    return _environment().get_template("summary.md").render(summary=summary, pages=pages) + "\n"


def _file_name(name: str) -> str:
    """`name`, if it can only be a file's name and no path."""
    if not _FILE_NAME.fullmatch(name):
        raise StoreError(
            f"{name!r} cannot name a file of the report; ids and runs are letters, digits, '.', '_' and '-'"
        )
    return name


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.replace(path)


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    """The templates with the words, numbers and charts that they use."""
    environment = Environment(
        loader=PackageLoader("tasks.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # As it stands: rendered, a brace too many would be a template's.
    style = resources.files(__package__).joinpath("templates/style.css").read_text(encoding="utf-8").strip()
    environment.filters |= {
        "between": wording.between,
        "clip": wording.clip,
        "language": _language,
        "markdown": wording.escape_markdown,
        "number": wording.number,
        "percent": wording.percent,
        "printable": wording.printable,
        "size": wording.size,
        "visible": wording.visible,
    }
    environment.globals |= {
        "category_names": wording.CATEGORY_NAMES,
        "charts": charts,
        "count": wording.count,
        "cut": cut,
        "intensity_names": wording.INTENSITY_NAMES,
        "note_names": wording.NOTE_NAMES,
        "note_reasons": wording.NOTE_REASONS,
        "period_names": wording.PERIOD_NAMES,
        "readers_manage": READERS_MANAGE,
        "style": style,
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
    return environment


def _language(code: str | None) -> str | None:
    """A language code that may stand in a `lang` attribute."""
    return code if code is not None and _LANGUAGE.fullmatch(code) else None
