"""The files of the report: the index, a page for each document, and the summaries.

A page is self-contained. Its Content-Security-Policy allows the one stylesheet in it, by hash, and nothing else: no script,
no image, no request. Each file is written under a temporary name and renamed, so that readers never see half of one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tasks.errors import OutputRefused, StoreError
from tasks.escaping import escape_name, escape_text
from tasks.report import charts, phrasing
from tasks.report.article import read_articles
from tasks.report.marked_text import cut
from tasks.report.rankings import MAX_PAGES
from tasks.report.summary import read_runs, summarize
from tasks.report.template_cache import TemplateCache
from tasks.report.validation import CHECKS
from tasks.store import (
    check_reports_folder,
    find_document,
    list_report_files,
    listed_report_files,
    naming_damage,
    write_new,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ADULT_READING_GRADES = (7, 9)
"""Grades at which the average adult in the United States reads (DuBay, The Principles of Readability, 2004)."""
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def build_report(
    tables: Path, reports: Path, run_id: str | None = None, cache_folder: Path | None = None
) -> dict[str, Any]:
    """Write index, pages and summaries of the tables below `tables` into `reports`; returns the summary.

    `run_id` is the run to report, the latest one if not given. Compiled templates are cached in `cache_folder`, if one is
    given. Pages of an earlier report whose documents are gone, or no longer at the top of a list, are removed; no other
    file in `reports` is changed.

    Raises OutputRefused if `reports` is not a folder of this project; StoreError if the tables or the run do not exist, a
    part of them is missing or damaged, or `reports` cannot be written.
    """
    if cache_folder:
        maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        report_environment().bytecode_cache = TemplateCache(cache_folder, maker)
    check_reports_folder(reports)
    with naming_damage(tables):
        summary = summarize(tables, run_id)
        run = summary["run"]
        ids = [document["document_id"] for document in summary["documents"]]
        run_folder = f"runs/{_file_name(run['run_id'])}"
        pages = [f"documents/{_file_name(document_id)}.html" for document_id in ids]
        summaries = [f"{folder}summary.{form}" for folder in ("", f"{run_folder}/") for form in ("json", "md")]
        with _as_store_error(reports):
            registered = _register_files(reports, [*pages, *summaries, "index.html"])
            for name in ("documents", run_folder):
                (reports / name).mkdir(parents=True, exist_ok=True)
        for article in read_articles(tables, ids):
            path = reports / "documents" / f"{article['document_id']}.html"
            _write_file(path, _render_page(article, run, has_index=True, pages=ids))
    _write_file(reports / "index.html", render_index(summary))
    for folder in (reports, reports / run_folder):
        _write_file(folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
        _write_file(folder / "summary.md", render_summary(summary))
    gone = {name for name in registered if name.startswith("documents/")} - set(pages)
    with _as_store_error(reports):
        for name in gone:
            (reports / name).unlink(missing_ok=True)
        for name in registered:  # temporary files of a call that was interrupted
            _temporary(reports / name).unlink(missing_ok=True)
        list_report_files(reports, listed_report_files(reports) - gone)
    return summary


def _register_files(reports: Path, names: Sequence[str]) -> set[str]:
    """Add files that are about to be written to the list of the report's files; returns the list as it was before.

    Raises OutputRefused if one of them exists already and is not in the list.
    """
    listed = listed_report_files(reports)
    for name in names:
        if name not in listed and os.path.lexists(reports / name):
            raise OutputRefused(
                f"{reports / name} was not written by overtones, and the report needs a file of this name; "
                "move it to another folder, or choose another folder for the report with --reports"
            )
    list_report_files(reports, listed.union(names), complete=False)
    return listed


def build_page(tables: Path, reports: Path, document: str) -> Path:
    """Write the page of one document; returns its path.

    `document` is what `tasks.store.find_document` accepts: a document_id, the beginning of one, a source_uri.

    Raises UsageError if it names no document or several, or `reports` is not a folder of this project; StoreError if the
    tables do not exist, a part of them is missing or damaged, or `reports` cannot be written.
    """
    check_reports_folder(reports)
    with naming_damage(tables):
        document_id = find_document(document, tables)
        [article] = read_articles(tables, [document_id])
        run = read_runs(tables)[0]
    name = f"documents/{_file_name(document_id)}.html"
    path = reports / name
    with _as_store_error(reports):
        _register_files(reports, [name])
        path.parent.mkdir(parents=True, exist_ok=True)
        pages = [page.stem for page in path.parent.glob("*.html")]
        has_index = (reports / "index.html").is_file()
    _write_file(path, _render_page(article, run, has_index=has_index, pages=pages))
    return path


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    """Raise StoreError for an OSError in this block, which writes to `path`."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write the report: {path}: {error.strerror}; choose another folder with --reports"
        ) from error


def _render_page(article: Mapping[str, Any], run: Mapping[str, Any], *, has_index: bool, pages: Sequence[str]) -> str:
    """The page of an article, with links to the index and to other pages only if these exist."""
    return _render("document.html", article=article, run=run, has_index=has_index, pages=pages)


def render_index(summary: Mapping[str, Any]) -> str:
    """The index of a report as HTML, from what `summarize` returned."""
    pages = {document["document_id"]: document for document in summary["documents"]}
    return _render("index.html", summary=summary, pages=pages, max_pages=MAX_PAGES)


def render_summary(summary: Mapping[str, Any]) -> str:
    """The summary as Markdown, for a chat message, a Prefect artifact or a file."""
    pages = {document["document_id"]: document for document in summary["documents"]}
    return report_environment().get_template("summary.md").render(summary=summary, pages=pages) + "\n"


def _file_name(name: str) -> str:
    """`name`; StoreError unless it is the name of a file and no path."""
    if not _FILE_NAME.fullmatch(name):
        raise StoreError(
            f"{name!r} cannot name a file of the report; ids and runs are letters, digits, '.', '_' and '-'"
        )
    return name


def _write_file(path: Path, text: str) -> None:
    with _as_store_error(path):
        # Bytes of the configuration that are not UTF-8 are written as backslash escapes, which are valid in JSON.
        write_new(_temporary(path), text)
        _temporary(path).replace(path)


def _temporary(path: Path) -> Path:
    """The path under which a file is written before it is renamed."""
    return path.with_name(f".{path.name}.part")


def _render(template: str, **values: object) -> str:
    return report_environment().get_template(template).render(**values)


@cache
def report_environment() -> Environment:
    """The templates with the functions and constants that they use. Text is escaped, and an unknown name is an error."""
    environment = Environment(
        loader=PackageLoader("tasks.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = charts.stylesheet()  # not a template: its braces would be read as expressions
    environment.filters |= {
        "interval": phrasing.interval,
        "clip": phrasing.clip,
        "language": _language,
        "language_name": phrasing.language_name,
        "markdown": phrasing.escape_markdown,
        "name": escape_name,
        "number": phrasing.number,
        "percent": phrasing.percent,
        "printable": phrasing.printable,
        "repair_name": phrasing.repair_name,
        "file_size": phrasing.file_size,
        "visible": phrasing.visible,
    }
    environment.globals |= {
        "category_names": phrasing.CATEGORY_NAMES,
        "charts": charts,
        "checks": CHECKS,
        "count": phrasing.count,
        "cut": cut,
        "intensity_names": phrasing.INTENSITY_NAMES,
        "note_names": phrasing.NOTE_NAMES,
        "note_reasons": phrasing.NOTE_REASONS,
        "period_names": phrasing.PERIOD_NAMES,
        "adult_reading_grades": ADULT_READING_GRADES,
        "style": style,
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
    return environment


def _escaped(value: object) -> object:
    """A value as templates output it: text is escaped by `escape_text`; markup has been escaped before."""
    return escape_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _language(code: str | None) -> str | None:
    """`code` if it is valid in a `lang` attribute, else None."""
    return code if code is not None and _LANGUAGE.fullmatch(code) else None
