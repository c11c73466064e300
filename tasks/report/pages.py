"""From the tables to the files that people open: the index, a page a document, and the summaries.

A page holds everything it needs. Its policy allows the one stylesheet in it, by hash, and nothing else: no script, no
picture, no address. Each file is written aside and renamed, so that nobody sees half of one.
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
from tasks.report import charts, wording
from tasks.report.article import read_articles
from tasks.report.marked_text import cut
from tasks.report.summary import MAX_PAGES, read_runs, summarize
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

READERS_MANAGE = (7, 9)
"""Grades at which the average adult in the United States reads (DuBay, The Principles of Readability, 2004)."""
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def build_report(
    tables: Path, reports: Path, run_id: str | None = None, cache_folder: Path | None = None
) -> dict[str, Any]:
    """Write index, pages and summaries of the tables below `tables` into `reports`; the summary comes back.
    Compiled templates are kept in `cache_folder`, if one is given.

    `run_id` is the run to report, the latest one if not given. Pages of an earlier call that this one did not write are
    removed: their documents are gone, or no longer at the top of a list. Nothing else in `reports` is touched. Raises
    OutputRefused if `reports` is not ours; StoreError if the tables or the run are not there, a part of them is missing or
    damaged, or `reports` cannot be written.
    """
    if cache_folder:
        maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        _environment().bytecode_cache = TemplateCache(cache_folder, maker)
    check_reports_folder(reports)
    with naming_damage(tables):
        summary = summarize(tables, run_id)
        run = summary["run"]
        ids = [document["document_id"] for document in summary["documents"]]
        earlier = f"runs/{_file_name(run['run_id'])}"
        pages = [f"documents/{_file_name(document_id)}.html" for document_id in ids]
        summaries = [f"{folder}summary.{form}" for folder in ("", f"{earlier}/") for form in ("json", "md")]
        with _writing(reports):
            replaced = _announce(reports, [*pages, *summaries, "index.html"])
            for name in ("documents", earlier):
                (reports / name).mkdir(parents=True, exist_ok=True)
        for article in read_articles(tables, ids):
            path = reports / "documents" / f"{article['document_id']}.html"
            _replace(path, _render_page(article, run, has_index=True, pages=ids))
    _replace(reports / "index.html", render_index(summary))
    for folder in (reports, reports / earlier):
        _replace(folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
        _replace(folder / "summary.md", render_summary(summary))
    gone = {name for name in replaced if name.startswith("documents/")} - set(pages)
    with _writing(reports):
        for name in gone:
            (reports / name).unlink(missing_ok=True)
        for name in replaced:  # what a call that died left half written
            _aside(reports / name).unlink(missing_ok=True)
        list_report_files(reports, listed_report_files(reports) - gone)
    return summary


def _announce(reports: Path, names: Sequence[str]) -> set[str]:
    """Add files that are about to be written to the list of the report's own; the list as it was comes back.

    Raises OutputRefused if one of them is there already and is not in the list.
    """
    listed = listed_report_files(reports)
    for name in names:
        if name not in listed and os.path.lexists(reports / name):
            raise OutputRefused(
                f"{reports / name} stands where a file of the report goes, and no run wrote it; "
                "move it to another folder, or choose another folder for the report with --reports"
            )
    list_report_files(reports, listed.union(names), complete=False)
    return listed


def build_page(tables: Path, reports: Path, document: str) -> Path:
    """Write the page of one document; its path comes back.

    `document` is whatever `tasks.store.find_document` takes: a document_id, how one begins, a source_uri. Raises
    UsageError if it names none or several, or `reports` is not ours; StoreError if the tables are not there, a part of
    them is missing or damaged, or `reports` cannot be written.
    """
    check_reports_folder(reports)
    with naming_damage(tables):
        document_id = find_document(document, tables)
        [article] = read_articles(tables, [document_id])
        run = read_runs(tables)[0]
    name = f"documents/{_file_name(document_id)}.html"
    path = reports / name
    with _writing(reports):
        _announce(reports, [name])
        path.parent.mkdir(parents=True, exist_ok=True)
        pages = [page.stem for page in path.parent.glob("*.html")]
        has_index = (reports / "index.html").is_file()
    _replace(path, _render_page(article, run, has_index=has_index, pages=pages))
    return path


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    """What cannot be written in here is told as an error of ours."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write the report: {place}: {error.strerror}; choose another folder with --reports"
        ) from error


def _render_page(article: Mapping[str, Any], run: Mapping[str, Any], *, has_index: bool, pages: Sequence[str]) -> str:
    """The page of an article, with links to the index and to other pages only where these are there."""
    return _render("document.html", article=article, run=run, has_index=has_index, pages=pages)


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
    with _writing(path):
        # A name in the configuration may hold bytes that are not UTF-8: so written out they are JSON's own escapes.
        write_new(_aside(path), text)
        _aside(path).replace(path)


def _aside(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(f".{path.name}.part")


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    """The templates with the words, numbers and charts that they use."""
    environment = Environment(
        loader=PackageLoader("tasks.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=_as_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = charts.stylesheet()  # as it stands: rendered, a brace too many would be a template's
    environment.filters |= {
        "between": wording.between,
        "clip": wording.clip,
        "language": _language,
        "language_name": wording.language_name,
        "markdown": wording.escape_markdown,
        "name": escape_name,
        "number": wording.number,
        "percent": wording.percent,
        "printable": wording.printable,
        "repair_name": wording.repair_name,
        "size": wording.size,
        "visible": wording.visible,
    }
    environment.globals |= {
        "category_names": wording.CATEGORY_NAMES,
        "charts": charts,
        "checks": CHECKS,
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


def _as_shown(value: object) -> object:
    """What a template puts out, wherever in a page: a browser shows of it what it would obey. Markup has been through it."""
    return escape_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _language(code: str | None) -> str | None:
    """A language code that may stand in a `lang` attribute."""
    return code if code is not None and _LANGUAGE.fullmatch(code) else None
