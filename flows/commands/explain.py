"""`overtones explain`: the meaning of a metric or term, and how the numbers of a paragraph are computed."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.terminal.console import Config, Lexicons, Out, Style, print_json, width
from tasks.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tasks.metrics import Metric


def _columns() -> list[str]:
    """The names of all columns, each once."""
    from tasks.schemas import TABLES

    return list(dict.fromkeys(column.name for table in TABLES.values() for column in table.columns))


def explain(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="METRIC|TERM|DOCUMENT:PARAGRAPH",
            help="A column of the tables, a term of the lexicon, or a paragraph. DOCUMENT is a document_id, its first "
            "characters, or a source_uri; PARAGRAPH is a number from 0. [default: all metrics]",
            show_default=False,
            autocompletion=_columns,
        ),
    ] = None,
    out: Out = None,
    lexicon: Lexicons = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print all metrics as a Markdown page.")] = False,
    config: Config = None,
) -> None:
    """Explain a metric, a term, or the numbers of a paragraph."""
    from flows.paths import cache_folder
    from flows.settings import resolve
    from flows.terminal.explanations import all_metrics_lines, column_lines, entry_lines, metric_lines, paragraph_lines
    from tasks.explanation import explain_paragraph
    from tasks.metrics import METRICS, metrics_as_markdown
    from tasks.schemas import TABLES

    if as_markdown:
        print(metrics_as_markdown(), end="")
        return
    facts: Any
    lines: Iterable[str]
    columns = _columns()
    style = Style.for_stdout()
    if what is None:
        facts = {name: _metric(metric) for name, metric in METRICS.items()}
        lines = all_metrics_lines(width())
    elif metric := METRICS.get(what):
        facts = _metric(metric)
        lines = metric_lines(metric, width(), style)
    elif what in columns:
        facts = {name: _column(name, what) for name, table in TABLES.items() if what in table.schema}
        lines = column_lines(what, width(), style)
    else:
        settings, _ = resolve({"out": out, "lexicon": lexicon or None}, config)
        if entries := list(_entries(settings.lexicon, what)):
            facts = entries
            lines = chain.from_iterable(entry_lines(entry, width(), style) for entry in entries)
        elif place := re.fullmatch(r"(?s)(.+):(\d+)", what):
            facts = explain_paragraph(place[1], int(place[2]), settings.out, cache_folder())
            lines = paragraph_lines(facts, width(), style)
        else:
            hint = did_you_mean(what, [*columns, *_terms(settings.lexicon)])
            raise UsageError(
                f"{what!r} is neither a column of the tables nor a term of the lexicon. Write a paragraph as "
                f"DOCUMENT:NUMBER.{hint}"
            )
    if as_json:
        print_json(facts)
        return
    for line in lines:
        print(line)


def _entries(files: Sequence[Path], term: str) -> Iterator[dict[str, Any]]:
    """The entries of the lexicon that `term` is a form of."""
    from flows.terminal.explanations import entry_facts
    from tasks.measure.loaded_language import load_lexicon
    from tasks.measure.loaded_language.lint import show_term

    lexicon = load_lexicon(files)
    yield from (entry_facts(lexicon, entry) for entry in show_term(lexicon, term))


def _terms(files: Sequence[Path]) -> list[str]:
    from tasks.measure.loaded_language import load_lexicon

    return [entry.term for entry in load_lexicon(files).entries]


def _metric(metric: Metric) -> dict[str, Any]:
    column = metric.column
    return {**metric._asdict(), "formula": metric.formula_in_words, "meaning": column.meaning, "unit": column.unit}


def _column(table: str, name: str) -> dict[str, Any]:
    from tasks.schemas import data_dictionary

    column: dict[str, Any] = data_dictionary()[table]["columns"][name]
    return column
