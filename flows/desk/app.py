"""The web application: its addresses, and what each answers as HTML, JSON and CSV.

All of it works without JavaScript. Identifiers stand in paths, names in queries. User text is never used as a pattern, a
path or an address.
"""

from __future__ import annotations

import io
import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, PackageLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from flows.desk import queries
from flows.desk.guard import LOCAL_NAMES, MAX_BODY_BYTES, Guard
from flows.desk.paste import FORMATS, DeskBusy, Pasted
from flows.terminal.comparison import FIGURE_NAMES
from tasks.errors import LimitExceeded, OvertonesError, StoreError, UsageError
from tasks.report import articles_of, report_environment
from tasks.report.charts import stylesheet
from tasks.schemas import TABLES, data_dictionary
from tasks.store import naming_damage
from tasks.store.export import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl
    from starlette.requests import Request

    from flows.desk.paste import Analysis, Analyst
    from flows.desk.snapshot import Desk, Snapshot

_LISTED = (
    "document_id", "name", "source", "published_at", "source_uri", "record", "language", "format", "n_words",
    "n_loaded_author", "loaded_per_1000_words_author", "n_loaded_quoted", "quoted_word_ratio", "flesch_kincaid_grade_published",
    "vader_compound_mean", "duplicate_of",
)  # fmt: skip
_SUFFIXES = ("json", "csv")
_UNITS = {name: about["columns"] for name, about in data_dictionary().items()}


@dataclass(frozen=True)
class View:
    """What an address shows: a template with its values, and the same as rows for JSON and CSV."""

    template: str
    values: Mapping[str, Any]
    rows: pl.DataFrame
    page_rows: pl.DataFrame
    table: str = ""
    """The table whose columns the rows have, for units and meanings."""
    total: int = 0
    pages: int = 1
    page: int = 1
    extra: Mapping[str, Any] = field(default_factory=dict)


class _Given(dict[str, str]):
    """What an address gives: without empty values; a name that is not given is empty."""

    def __missing__(self, _name: str) -> str:
        return ""


class WebDesk:
    """The views on one folder of tables."""

    def __init__(
        self, desk: Desk | None, analyst: Analyst, *, names: frozenset[str] = LOCAL_NAMES, password: str = ""
    ) -> None:
        """`desk` is None if there are no tables: then only texts can be pasted."""
        self._desk, self._analyst = desk, analyst
        self._names, self._password = names, password
        self._token = secrets.token_urlsafe(24)
        loader = ChoiceLoader([PackageLoader("flows.desk"), PackageLoader("tasks.report")])
        self._templates = report_environment().overlay(loader=loader)
        self._style = stylesheet() + loader.get_source(self._templates, "desk.css")[0]

    def application(self) -> Starlette:
        """The ASGI application."""
        views = {
            "/documents": self._documents,
            "/contexts": self._contexts,
            "/terms": self._terms,
            "/speakers": self._speakers,
            "/runs": self._runs,
        }
        routes = [Route("/", self._home), Route("/style.css", self._stylesheet), Route("/about", self._about)]
        routes += [Route("/compare", self._compare), Route("/compare.json", self._compare)]
        for path, view in views.items():
            routes += [
                Route(path, self._answer(view, "")),
                *(Route(f"{path}.{s}", self._answer(view, s)) for s in _SUFFIXES),
            ]
        routes.append(Route("/documents/{document_id}", self._document))
        routes.append(Route("/paste", self._paste, methods=["POST"]))
        return Starlette(
            routes=routes,
            middleware=[Middleware(Guard, names=self._names, password=self._password)],
            exception_handlers={HTTPException: self._error, OvertonesError: self._error},
        )

    # ------------------------------------------------------------------------------------------------------- answers

    def _page(self, template: str, snapshot: Snapshot | None, status: int = 200, **values: object) -> HTMLResponse:
        text = self._templates.get_template(template).render(
            token=self._token, has_tables=self._desk is not None, tables=snapshot.folder if snapshot else None, **values
        )
        return HTMLResponse(text, status)

    def _error(self, _request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            status, lines = error.status_code, (error.detail,)
        else:
            status = _STATUS.get(type(error), 400 if isinstance(error, (UsageError, OvertonesError)) else 500)
            lines = error.args or (type(error).__name__,)
        response = self._page("error.html", None, status, lines=[str(line) for line in lines], code=status)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _current(self) -> Snapshot:
        if self._desk is None:
            raise HTTPException(
                404, "There are no tables. Start the desk with --out FOLDER, or make tables with `overtones run`."
            )
        return self._desk.snapshot()

    def _answer(
        self, view: Callable[[Snapshot, Mapping[str, str]], View], suffix: str
    ) -> Callable[[Request], Response]:
        """The function that answers an address: its view as HTML, or as JSON or CSV by suffix."""

        def answer(request: Request) -> Response:
            snapshot = self._current()
            tag = _tag(snapshot, request)
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers={"ETag": tag})
            shown = view(
                snapshot, _Given({name: value for name, value in request.query_params.items() if value.strip()})
            )
            if suffix == "csv":
                response: Response = _csv_response(shown.rows, request.url.path.rpartition("/")[2])
            elif suffix == "json":
                response = _json_response(_as_json(snapshot, shown, dict(request.query_params)))
            else:
                response = self._page(shown.template, snapshot, **shown.values, **_paging(shown, request))
            response.headers["ETag"] = tag
            return response

        return answer

    def _stylesheet(self, _request: Request) -> Response:
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "private, max-age=300"})

    # --------------------------------------------------------------------------------------------------------- views

    def _home(self, _request: Request) -> Response:
        snapshot = self._desk.snapshot() if self._desk else None
        latest = snapshot.documents.sort("published_at", descending=True, nulls_last=True)[:8] if snapshot else None
        return self._page(
            "home.html", snapshot, latest=latest.to_dicts() if latest is not None else [], formats=FORMATS,
            n_documents=snapshot.documents.height if snapshot else 0, max_mb=MAX_BODY_BYTES / 1e6,
        )  # fmt: skip

    def _documents(self, snapshot: Snapshot, given: Mapping[str, str]) -> View:
        request = queries.Request.parse(given)
        found = queries.find_documents(snapshot, request)
        page, pages, rows = _page_of(found, given)
        contexts = queries.first_contexts(snapshot, request.q[0], rows["document_id"]) if request.q else {}
        values = {
            "given": given, "n_all": snapshot.documents.height, "contexts": contexts, "figures": queries.FIGURES,
            "sources": snapshot.documents["source"].drop_nulls().unique().sort().to_list()[:500],
            "languages": snapshot.documents["language"].drop_nulls().unique().sort().to_list(),
            "rows": rows.to_dicts(),
        }  # fmt: skip
        return View(
            "documents.html",
            values,
            found.select(_LISTED),
            rows.select(_LISTED),
            "documents",
            found.height,
            pages,
            page,
        )

    def _contexts(self, snapshot: Snapshot, given: Mapping[str, str]) -> View:
        words, term, order = given.get("q", "").strip(), given.get("term", ""), given.get("order") or "text"
        phrase = " ".join(" ".join(queries.parse_words(words)).split())
        if not phrase and not term:
            empty = queries.find_contexts(snapshot, term="\0")
            return View(
                "contexts.html",
                {"given": given, "found": empty, "rows": [], "orders": queries.KINDS_OF_ORDER},
                empty.rows,
                empty.rows,
            )
        page = _page_number(given)
        offset = (page - 1) * queries.PAGE_ROWS
        found = queries.find_contexts(snapshot, phrase, term, order, offset)
        everything = (
            queries.find_contexts(snapshot, phrase, term, order, 0, None).rows if given.get("all") else found.rows
        )
        names = dict(snapshot.documents.select("document_id", "name").iter_rows())
        rows = [row | {"name": names[row["document_id"]]} for row in found.rows.to_dicts()]
        return View(
            "contexts.html", {"given": given, "found": found, "rows": rows, "orders": queries.KINDS_OF_ORDER},
            everything, found.rows, "", found.n_hits, max(1, ceil(found.n_hits / queries.PAGE_ROWS)), page,
            {"n_paragraphs": found.n_paragraphs, "n_documents": found.n_documents},
        )  # fmt: skip

    def _terms(self, snapshot: Snapshot, given: Mapping[str, str]) -> View:
        return _list_view("terms.html", queries.list_terms(snapshot), given)

    def _speakers(self, snapshot: Snapshot, given: Mapping[str, str]) -> View:
        return _list_view("speakers.html", queries.list_speakers(snapshot), given)

    def _runs(self, snapshot: Snapshot, given: Mapping[str, str]) -> View:
        from tasks.store import scan_table

        runs = scan_table("runs", snapshot.folder).sort("sequence", descending=True).collect()
        return _list_view("runs.html", runs, given, "runs")

    def _compare(self, request: Request) -> Response:
        from tasks.report.groups import compare_groups, read_group

        snapshot = self._current()
        given = _Given(request.query_params)
        compared = None
        if given["a"] and given["b"]:
            if any(text.startswith("tables:") or "/" in text for text in (given["a"], given["b"])):
                raise UsageError(
                    "only groups of these tables can be compared here; `overtones compare` compares tables"
                )
            compared = compare_groups(
                read_group(given["a"].strip(), snapshot.folder), read_group(given["b"].strip(), snapshot.folder)
            )
        if request.url.path.endswith(".json"):
            return _json_response(compared)
        sources = snapshot.documents["source"].drop_nulls().unique().sort().to_list()[:500]
        return self._page(
            "compare.html", snapshot, given=given, compared=compared, sources=sources, figure_names=FIGURE_NAMES
        )

    def _about(self, _request: Request) -> Response:
        return self._page("about.html", self._desk.snapshot() if self._desk else None, columns=_UNITS)

    def _document(self, request: Request) -> Response:
        document_id, _, suffix = request.path_params["document_id"].partition(".")
        snapshot = self._current()
        if document_id not in snapshot.parts:
            near = queries.nearest_ids(snapshot, document_id)
            return self._page("unknown.html", snapshot, 404, document_id=document_id, near=near)
        tag = _tag(snapshot, request)
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        response = self._document_as(snapshot, document_id, suffix)
        response.headers["ETag"] = tag
        return response

    def _document_as(self, snapshot: Snapshot, document_id: str, suffix: str) -> Response:
        import polars as pl

        from tasks.report.summary import read_runs

        scan = snapshot.scan(document_id)
        is_it = pl.col("document_id") == document_id
        with naming_damage(snapshot.folder):
            if suffix == "csv":
                return _csv_response(scan("loaded_terms").filter(is_it).collect(), f"{document_id}.csv")
            if suffix == "json":
                names = [name for name, table in TABLES.items() if "document_id" in table.schema]
                return _json_response({name: scan(name).filter(is_it).collect().to_dicts() for name in names})
            [article] = articles_of(scan, [document_id])
            run = read_runs(snapshot.folder)[0]
        return self._page(
            "document.html", snapshot, article=article, run=run, has_index=False, pages=snapshot.parts, pasted=None
        )

    async def _paste(self, request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        async with request.form(max_files=1, max_fields=20, max_part_size=MAX_BODY_BYTES) as form:
            token = form.get("token")
            if not isinstance(token, str) or not secrets.compare_digest(token.encode(), self._token.encode()):
                raise HTTPException(
                    403,
                    "This form is from an earlier start of the desk. Go back, load the page again, and send it once more.",
                )
            pasted = await _pasted(form)
            wanted = str(form.get("download") or "")
        if not pasted.content.strip():
            raise HTTPException(400, "There is no text. Paste an article, or choose a file.")
        analysis = await run_in_threadpool(self._analyst.analyze, pasted)
        response = self._paste_as(analysis, pasted, wanted)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _paste_as(self, analysis: Analysis, pasted: Pasted, wanted: str) -> Response:
        import polars as pl

        if wanted == "csv":
            terms = pl.DataFrame(analysis.tables["loaded_terms"], schema=TABLES["loaded_terms"].schema)
            return _csv_response(terms, "pasted.csv")
        if wanted == "json":
            return _json_response(analysis.tables, "pasted.json")
        response = self._page(
            "document.html", None, article=analysis.article, run=analysis.run, has_index=False, pages=(),
            pasted={"text": pasted.content.decode("utf-8", "replace"), "form": pasted.form},
        )  # fmt: skip
        if wanted == "html":
            response.headers["Content-Disposition"] = 'attachment; filename="pasted.html"'
        return response


_STATUS: dict[type, int] = {DeskBusy: 503, LimitExceeded: 422, StoreError: 503}


async def _pasted(form: Any) -> Pasted:
    """The text of a form: a file if one was chosen, else what was pasted."""
    file, form_name = form.get("file"), str(form.get("form") or "text")
    if form_name not in FORMATS:
        raise HTTPException(400, f"The format must be one of {', '.join(FORMATS)}.")
    if file is not None and not isinstance(file, str) and file.filename:
        content = await file.read()
        suffix = file.filename.rpartition(".")[2].lower()
        by_suffix = {"html": "html", "htm": "html", "md": "markdown"}
        return Pasted(content, by_suffix.get(suffix, form_name))
    return Pasted(str(form.get("text") or "").encode("utf-8", "surrogatepass"), form_name)


def _list_view(template: str, frame: pl.DataFrame, given: Mapping[str, str], table: str = "") -> View:
    page, pages, rows = _page_of(frame, given)
    return View(template, {"rows": rows.to_dicts(), "given": given}, frame, rows, table, frame.height, pages, page)


def _page_of(frame: pl.DataFrame, given: Mapping[str, str]) -> tuple[int, int, pl.DataFrame]:
    """The number of the page, the number of pages, and the rows of the page."""
    pages = max(1, ceil(frame.height / queries.PAGE_ROWS))
    page = min(_page_number(given), pages)
    return page, pages, frame[(page - 1) * queries.PAGE_ROWS : page * queries.PAGE_ROWS]


def _page_number(given: Mapping[str, str]) -> int:
    text = given.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise UsageError(f"{text!r} is not the number of a page")
    return int(text)


def _paging(shown: View, request: Request) -> dict[str, Any]:
    """Links to the pages around this one, and to the same as JSON and CSV."""
    given = {name: value for name, value in request.query_params.items() if value}

    def address(page: int) -> str:
        return f"{request.url.path}?{urlencode(given | {'page': str(page)})}"

    others = {name: value for name, value in given.items() if name != "page"}
    query = f"?{urlencode(others)}" if others else ""
    everything = f"?{urlencode(others | {'all': '1'})}"
    return {
        "total": shown.total,
        "page": shown.page,
        "n_pages": shown.pages,
        "previous": address(shown.page - 1) if shown.page > 1 else None,
        "next": address(shown.page + 1) if shown.page < shown.pages else None,
        "as_json": f"{request.url.path}.json{query}",
        "as_csv": f"{request.url.path}.csv{everything}",
    }


def _tag(snapshot: Snapshot, request: Request) -> str:
    asked = f"{request.url.path}?{request.url.query}".encode("utf-8", "surrogatepass")
    return f'"{snapshot.version}-{sha256(asked).hexdigest()[:12]}"'


def _as_json(snapshot: Snapshot, shown: View, query: Mapping[str, str]) -> dict[str, Any]:
    columns = _UNITS.get(shown.table, {})
    return {
        "tables": snapshot.version,
        "query": query,
        "total": shown.total,
        "page": shown.page,
        "pages": shown.pages,
        **shown.extra,
        "columns": {
            name: {key: columns[name][key] for key in ("unit", "meaning")} if name in columns else {}
            for name in shown.page_rows.columns
        },
        "rows": shown.page_rows.to_dicts(),
    }


def _json_response(value: object, name: str = "") -> Response:
    text = json.dumps(value, ensure_ascii=False, default=lambda other: other.isoformat())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    return Response(text.encode("utf-8", "backslashreplace"), media_type="application/json", headers=headers)


def _csv_response(frame: pl.DataFrame, name: str) -> Response:
    stream = io.BytesIO()
    write_csv([frame], stream, bom=True)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
