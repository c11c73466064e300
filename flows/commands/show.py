"""`overtones show`: show one article in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.terminal.console import (
    BylineField,
    Config,
    DateField,
    Dictionary,
    DocumentPerLine,
    Exit,
    IdField,
    JoinHyphens,
    JudgeFile,
    Lexicons,
    SourceField,
    Style,
    TextField,
    TitleField,
    Verbatim,
    print_json,
    print_status,
    width,
)
from tasks.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from tasks.options import Options

_MAX_NAMES = 5


def show(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An article, or - for standard input.")],
    record: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Record of a file with several. [default: the first]", show_default=False),
    ] = None,
    terms: Annotated[bool, typer.Option("--terms", help="List all loaded terms with their reasons.")] = False,
    repairs: Annotated[bool, typer.Option("--repairs", help="List all repairs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document's rows of all tables as JSON.")] = False,
    verbatim: Verbatim = None,
    text_field: TextField = None,
    id_field: IdField = None,
    title_field: TitleField = None,
    source_field: SourceField = None,
    date_field: DateField = None,
    byline_field: BylineField = None,
    document_per_line: DocumentPerLine = None,
    dictionary: Dictionary = None,
    lexicon: Lexicons = None,
    judge: JudgeFile = None,
    join_hyphens: JoinHyphens = None,
    config: Config = None,
) -> Exit:
    """Show one article with its scores and its loaded terms marked."""
    own = {"file", "record", "terms", "repairs", "as_json", "config"}
    given = {name: value or None if isinstance(value, list) else value for name, value in locals().items()}
    from flows.settings import resolve

    settings, _ = resolve({name: value for name, value in given.items() if name not in own | {"own"}}, config)
    if file != "-" and Path(file).is_dir():
        raise UsageError(
            f"{file} is a folder; name one article, or analyze the whole folder with `overtones run {file}`"
        )
    tables = _analyze(file, record, settings.options)
    if tables is None:
        return Exit.ALL_FAILED
    if as_json:
        print_json(_rows(tables))
        return Exit.DONE
    from flows.terminal.article import article_view

    for line in article_view(tables, width(), Style.for_stdout(), all_terms=terms, all_repairs=repairs):
        print(line)
    return Exit.DONE


def _analyze(file: str, record: str | None, options: Options) -> dict[str, pl.DataFrame] | None:
    """All tables of the document; None, and a message on stderr, if it cannot be read."""
    import polars as pl

    from flows.execution.versions import resources_for
    from tasks.analysis import analyze_documents
    from tasks.ingest import Failure, find_sources, read_documents

    if file == "-" and sys.stdin.isatty():
        print_status("reading from the terminal; end the text with Ctrl-D on a new line")
    sources, unusable = find_sources([file])
    documents, invalid_bytes, failures = read_documents(sources, options)
    if record is not None and record not in set(documents["record"].drop_nulls()):
        records = documents["record"].drop_nulls().to_list()
        known = f"; its records are {_first_names(records)}" if records else "; it is a single article without records"
        raise UsageError(f"{file} has no record {record!r}{known}.{did_you_mean(record, records)}")
    if not documents.height:
        for message in [failure.message for failure in unusable] + failures["message"].to_list():
            print_status(*message.split("\n"))
        if not (unusable or failures.height):
            print_status(f"{file} has no records")
        return None
    for message in failures.filter(pl.col("error") == "UnknownField")["message"]:
        print_status(message)
    chosen = documents.filter(pl.col("record") == record) if record is not None else documents[:1]
    if documents.height > 1 and record is None:
        ids = _first_names(documents["record"].to_list())
        print_status(f"{file} has {documents.height:,} records; this is the first. Choose one with --record ID: {ids}")
    resources = resources_for(options)
    own_bytes = invalid_bytes.filter(pl.col("document_id").is_in(chosen["document_id"].implode()))
    try:
        return analyze_documents(chosen, own_bytes, options, resources)
    # A run would write this error into the table failures.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
        print_status(*Failure.of(error, file, record, stage="analyze").message.split("\n"))
        return None


def _first_names(names: list[str]) -> str:
    n_more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {n_more:,} more" if n_more > 0 else "")


def _rows(tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """The rows of all public tables."""
    from tasks.schemas import TABLES

    return {name: frame.to_dicts() for name, frame in tables.items() if name in TABLES}
