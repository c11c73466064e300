"""`overtones show`: one article in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.terminal.console import (
    Config,
    DateField,
    Dictionary,
    Exit,
    IdField,
    JoinHyphens,
    Lexicons,
    ScorerFile,
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

_N_NAMED = 5


def show(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An article, or - for standard input.")],
    record: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Which record of a file that holds several. [the first]", show_default=False),
    ] = None,
    terms: Annotated[bool, typer.Option("--terms", help="List every loaded term with its reason.")] = False,
    repairs: Annotated[bool, typer.Option("--repairs", help="List every repair.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document's rows of all tables as JSON.")] = False,
    verbatim: Verbatim = None,
    text_field: TextField = None,
    id_field: IdField = None,
    title_field: TitleField = None,
    source_field: SourceField = None,
    date_field: DateField = None,
    dictionary: Dictionary = None,
    lexicon: Lexicons = None,
    scorer: ScorerFile = None,
    join_hyphens: JoinHyphens = None,
    config: Config = None,
) -> Exit:
    """Show one article, marked, with its numbers."""
    own = {"file", "record", "terms", "repairs", "as_json", "config"}
    given = {name: value or None if isinstance(value, list) else value for name, value in locals().items()}
    from flows.settings import resolve

    settings, _ = resolve({name: value for name, value in given.items() if name not in own | {"own"}}, config)
    if file != "-" and Path(file).is_dir():
        raise UsageError(f"{file} is a folder, and one article is shown; `overtones run {file}` analyzes all of it")
    tables = _analyze(file, record, settings.options)
    if tables is None:
        return Exit.ALL_FAILED
    if as_json:
        print_json(_rows(tables))
        return Exit.DONE
    from flows.terminal.article import render_article

    for line in render_article(tables, width(), Style.for_stdout(), all_terms=terms, all_repairs=repairs):
        print(line)
    return Exit.DONE


def _analyze(file: str, record: str | None, options: Options) -> dict[str, pl.DataFrame] | None:
    """All tables of the document; None, and why on stderr, if it cannot be read."""
    import polars as pl

    from flows.execution.versions import resources_for
    from tasks.analysis import analyze_documents
    from tasks.ingest import Failure, find_sources, read_documents

    if file == "-" and sys.stdin.isatty():
        print_status("reading the terminal; end with Ctrl-D on a line of its own")
    sources, strange = find_sources([file])
    documents, invalid_bytes, failures = read_documents(sources, options)
    if record is not None and record not in set(documents["record"].drop_nulls()):
        records = documents["record"].drop_nulls().to_list()
        there = f"; there are {_some(records)}" if records else "; it is one article, without records"
        raise UsageError(f"{file} has no record {record!r}{there}.{did_you_mean(record, records)}")
    if not documents.height:
        for message in [failure.message for failure in strange] + failures["message"].to_list():
            print_status(*message.split("\n"))
        if not (strange or failures.height):
            print_status(f"{file}: holds no record")
        return None
    for message in failures.filter(pl.col("error") == "UnknownField")["message"]:
        print_status(message)
    chosen = documents.filter(pl.col("record") == record) if record is not None else documents[:1]
    if documents.height > 1 and record is None:
        ids = _some(documents["record"].to_list())
        print_status(f"{file} holds {documents.height:,} records; this is the first. --record ID shows another: {ids}")
    instruments = resources_for(options)
    own_strays = invalid_bytes.filter(pl.col("document_id").is_in(chosen["document_id"].implode()))
    try:
        return analyze_documents(chosen, own_strays, options, instruments)
    # What a run would put into `failures` is told here.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
        print_status(*Failure.of(error, file, record, stage="analyze").message.split("\n"))
        return None


def _some(names: list[str]) -> str:
    return ", ".join(names[:_N_NAMED]) + (f" and {len(names) - _N_NAMED:,} more" if len(names) > _N_NAMED else "")


def _rows(tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """The rows of all tables of a reader's."""
    from tasks.schemas import TABLES

    return {name: frame.to_dicts() for name, frame in tables.items() if name in TABLES}
