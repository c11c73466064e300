"""What `overtones explain` says in a terminal: of a metric, a column, a paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import set_cell_size

from flows.terminal.article import mark_text, repair_lines
from flows.terminal.layout import set_lines, split_words, wrap
from tasks.escaping import escape_name
from tasks.measure.loaded_language.entries import PROTECTED
from tasks.measure.loaded_language.lint import protections
from tasks.measure.sentiment import RULES
from tasks.metrics import METRICS, QUANTITIES
from tasks.report import phrasing as wording
from tasks.schemas import SCORED_CATEGORIES, TABLES, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.terminal.console import Style
    from tasks.measure.loaded_language import Entry, Lexicon
    from tasks.metrics import Metric

Row = dict[str, Any]
_LABEL = 14
_SENTIMENT = ("vader_neg", "vader_neu", "vader_pos", "vader_compound")
_LOADED = ("loaded_score", "loaded_score_author", "quoted_ratio")
_COUNTS = ("words", "sentences", "syllables", "letters", "characters", "tokens", "monosyllables", "miniwords")


def metric_lines(metric: Metric, width: int, pen: Style) -> Iterator[str]:
    """What a metric is, line by line."""
    column = metric.column
    yield pen.write(metric.name, "strong")
    yield from wrap(f"{column.meaning}{f' [{column.unit}]' if column.unit else ''}", width, 2)
    yield ""
    tables = [name for name, table in TABLES.items() if metric.name in table.schema]
    facts = {
        "formula": metric.formula_in_words,
        "source": metric.source,
        "range": f"{metric.range}; higher is {metric.direction}",
        "mind": metric.caution + ".",
        "tables": ", ".join(tables),
    }
    for label, fact in facts.items():
        yield from _labelled(label, fact, width)


def all_metrics_lines(width: int) -> Iterator[str]:
    """All metrics, each with what it measures."""
    widest = max(map(len, METRICS))
    for metric in METRICS.values():
        yield from _labelled(metric.name, metric.column.meaning, width, widest + 4)


def column_lines(name: str, width: int, pen: Style) -> Iterator[str]:
    """What a column that is no metric holds, in each table that has it."""
    yield pen.write(name, "strong")
    for table in TABLES.values():
        for column in table.columns:
            if column.name == name:
                unit = f" [{column.unit}]" if column.unit else ""
                yield from _labelled(table.name, f"{type_name(column.dtype)}{unit}: {column.meaning}", width, 18)


def entry_facts(lexicon: Lexicon, entry: Entry) -> Row:
    """What an entry of the lexicon says and does, as plain data."""
    is_protected = entry.category == PROTECTED
    return {
        "term": entry.term,
        "part_of_speech": entry.part_of_speech,
        "category": entry.category,
        "intensity": None if is_protected else entry.intensity,
        "weight": lexicon.weight(entry),
        "valence": entry.valence,
        "reason": entry.reason,
        "rule": entry.rule,
        "theme": entry.theme,
        "source": entry.source,
        "is_own": entry.is_own,
        "forms": list(entry.forms),
        "conditions": [str(condition) for condition in entry.conditions],
        "exceptions": list(entry.exceptions),
        "protected_in": [] if is_protected else [other.term for other in protections(lexicon, entry)],
        "example": entry.example,
    }


def entry_lines(facts: Row, width: int, pen: Style) -> Iterator[str]:
    """What `entry_facts` found, line by line."""
    yield pen.write(escape_name(f"{facts['term']} ({facts['part_of_speech']})"), "strong")
    category = wording.CATEGORY_NAMES.get(facts["category"])
    intensity = wording.INTENSITY_NAMES.get(facts["intensity"], "")
    told = {
        "category": f"{category}, {intensity}, weight {facts['weight']:g}"
        if category
        else "protected: what it covers is no hit",
        "reason": facts["reason"],
        "forms": ", ".join(facts["forms"]),
        "conditions": "; ".join(facts["conditions"]),
        "except": ", ".join(facts["exceptions"]),
        "no hit in": ", ".join(facts["protected_in"]),
        "example": facts["example"],
        "from": f"{facts['source']} ({'your own' if facts['is_own'] else 'shipped'}), rule {facts['rule']}",
    }
    for label, text in told.items():
        if text:
            yield from _labelled(label, text, width)


def paragraph_lines(explained: Mapping[str, Any], width: int, pen: Style) -> Iterator[str]:
    """How the numbers of a paragraph came about; `explained` is `tasks.explanation.explain_paragraph`'s."""
    document, paragraph = explained["document"], explained["paragraph"]
    place = f"Paragraph {paragraph['paragraph_index']} ({paragraph['kind']}) of {wording.place(document)}"
    yield from (pen.write(line, "strong") for line in wrap(place, width))
    yield pen.write(f"document {escape_name(document['document_id'])}", "faint")
    yield ""
    scored = [term for term in explained["loaded_terms"] if term["category"] in SCORED_CATEGORIES]
    for line in set_lines(split_words(mark_text(paragraph["text"], scored)), width - 2):
        yield "  " + "".join(pen.write(text, style) for text, style in line)
    yield from _readability_lines(explained, width, pen)
    yield from _sentiment_lines(explained, width, pen)
    yield from _term_lines(explained, width, pen)
    if explained["repairs"]:
        yield from _heading("Repairs", width, pen)
        for repair in explained["repairs"]:
            yield from repair_lines(repair, width)
    yield ""
    yield from wrap(
        "What these mean, and what not: `overtones explain flesch_kincaid_grade`, or any other name.", width
    )


def _heading(text: str, width: int, pen: Style) -> Iterator[str]:
    yield ""
    yield from (pen.write(line, "strong") for line in wrap(text, width))


def _labelled(label: str, text: str, width: int, column: int = _LABEL) -> Iterator[str]:
    first, *rest = wrap(text, width, column)
    yield f"  {set_cell_size(label, column - 3)} {first[column:]}"
    yield from rest


def _readability_lines(explained: Mapping[str, Any], width: int, pen: Style) -> Iterator[str]:
    note = explained["paragraph"]["readability_note"]
    yield from _heading(f"Readability ({wording.NOTE_NAMES[note]}: {wording.NOTE_REASONS[note]})", width, pen)
    numbers = explained["quantities"]
    if not numbers:
        return
    yield from _labelled("counts", ", ".join(f"{numbers[name]:,} {QUANTITIES[name]}" for name in _COUNTS), width)
    for name, words in explained["words"].items():
        if words:
            yield from wrap(f"{len(words):,} {QUANTITIES[name]}: {', '.join(dict.fromkeys(words))}", width, _LABEL)
    if difficult := explained["difficult_words"]:
        yield from _labelled("difficult", f"{len(difficult):,} distinct words: {', '.join(difficult)}", width)
    rows = [row for row in explained["formulas"] if row["metric"] not in {*_SENTIMENT, *_LOADED}]
    yield from _formula_lines(rows, width)


def _formula_lines(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Each metric with its value and its formula, numbers put in."""
    widest = max((len(row["metric"]) for row in rows), default=0)
    for row in rows:
        value = f"{row['value']:.4g}".replace("-", "−")
        now = (
            "" if row["now"] == row["value"] else f" (measured now: {row['now']:.4g}; another version wrote the tables)"
        )
        yield from _labelled(row["metric"], f"{value} = {row['formula']}{now}", width, widest + 4)


def _sentiment_lines(explained: Mapping[str, Any], width: int, pen: Style) -> Iterator[str]:
    rows = explained["sentiment"]
    yield from _heading("Sentiment (VADER): what each word brings, and what the rules change", width, pen)
    if not rows:
        language = explained["paragraph"]["readability_note"] == "not_english"
        yield ("  not measured: the word lists are English" if language else "  no word here has a valence")
    for row in rows:
        token = wording.clip(wording.printable(row["token"]), 24)
        yield from _labelled(token, f"{_signed(row['valence']):>7}   {_changes(row)}", width, 28)
    if rows:
        total = explained["quantities"]["valence"]
        yield from _labelled("sum", f"{_signed(total):>7}", width, 28)
    yield from _formula_lines([row for row in explained["formulas"] if row["metric"] in _SENTIMENT], width)


def _changes(row: Row) -> str:
    """What made a valence: the lexicon's, and each rule that changed it."""
    changed = [f"{rule} {_signed(row[rule])}" for rule in RULES if row[rule]]
    return ", ".join(changed)


def _signed(value: float) -> str:
    return f"{value + 0.0:+.2f}".replace("-", "−")


def _term_lines(explained: Mapping[str, Any], width: int, pen: Style) -> Iterator[str]:
    terms = explained["loaded_terms"]
    yield from _heading("Loaded language", width, pen)
    if not terms:
        yield "  no term of the lexicon stands here"
    for term in terms:
        share = f", {term['share']:.3f} of the loaded score" if term["weight"] else ", not scored"
        yield from wrap(f"{term['text']} (weight {term['weight']:g}{share})", width, 2)
        found = f"entry {term['term']!r}" + ("" if term["rule"] == "lexicon" else f", rule {term['rule']!r}")
        yield from wrap(f"{wording.term_note(term)}: {term['reason']} ({found})", width, 6)
    yield from _formula_lines([row for row in explained["formulas"] if row["metric"] in _LOADED], width)
