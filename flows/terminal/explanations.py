"""What `overtones explain` prints: about a metric, a column, a term or a paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import set_cell_size

from flows.terminal.article import mark_text, repair_lines
from flows.terminal.layout import break_lines, split_words, wrap
from tasks.escaping import escape_name
from tasks.measure.loaded_language.entries import PROTECTED
from tasks.measure.loaded_language.lint import protections
from tasks.measure.sentiment import RULES
from tasks.metrics import METRICS, QUANTITIES
from tasks.report import phrasing
from tasks.schemas import SCORED_CATEGORIES, TABLES, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.terminal.console import Style
    from tasks.measure.loaded_language import Entry, Lexicon
    from tasks.metrics import Metric

Row = dict[str, Any]
_LABEL_WIDTH = 14
_LONGEST_PIECE = 120  # code points
_SENTIMENT = ("vader_neg", "vader_neu", "vader_pos", "vader_compound")
_LOADED = ("loaded_score", "loaded_score_author", "quoted_ratio")
_COUNTS = ("words", "sentences", "syllables", "letters", "characters", "tokens", "monosyllables", "miniwords")


def metric_lines(metric: Metric, width: int, style: Style) -> Iterator[str]:
    """The meaning of a metric, line by line."""
    column = metric.column
    yield style.apply(metric.name, "bold")
    yield from wrap(f"{column.meaning}{f' [{column.unit}]' if column.unit else ''}", width, 2)
    yield ""
    tables = [name for name, table in TABLES.items() if metric.name in table.schema]
    facts = {
        "formula": metric.formula_in_words,
        "source": metric.source,
        "range": f"{metric.range}; higher is {metric.direction}",
        "caution": metric.caution + ".",
        "tables": ", ".join(tables),
    }
    for label, fact in facts.items():
        yield from _labelled(label, fact, width)


def all_metrics_lines(width: int) -> Iterator[str]:
    """All metrics, each with its meaning."""
    widest = max(map(len, METRICS))
    for metric in METRICS.values():
        yield from _labelled(metric.name, metric.column.meaning, width, widest + 4)


def column_lines(name: str, width: int, style: Style) -> Iterator[str]:
    """The meaning of a column that is not a metric, in each table that has it."""
    yield style.apply(name, "bold")
    for table in TABLES.values():
        for column in table.columns:
            if column.name == name:
                unit = f" [{column.unit}]" if column.unit else ""
                yield from _labelled(table.name, f"{type_name(column.dtype)}{unit}: {column.meaning}", width, 18)


def entry_facts(lexicon: Lexicon, entry: Entry) -> Row:
    """An entry of the lexicon as plain data."""
    is_protected = entry.category == PROTECTED
    return {
        "term": entry.term,
        "part_of_speech": entry.part_of_speech,
        "category": entry.category,
        "intensity": None if is_protected else entry.intensity,
        "weight": lexicon.weight(entry),
        "valence": entry.valence,
        "share_report": entry.share_report,
        "share_opinion": entry.share_opinion,
        "share_other": entry.share_other,
        "reason": entry.reason,
        "rule": entry.rule,
        "theme": entry.theme,
        "source": entry.source,
        "line": entry.line,
        "is_own": entry.is_own,
        "forms": list(entry.forms),
        "conditions": [str(condition) for condition in entry.conditions],
        "exceptions": list(entry.exceptions),
        "protected_in": [] if is_protected else [other.term for other in protections(lexicon, entry)],
        "example": entry.example,
    }


def entry_lines(facts: Row, width: int, style: Style) -> Iterator[str]:
    """The result of `entry_facts`, line by line."""
    yield style.apply(escape_name(f"{facts['term']} ({facts['part_of_speech']})"), "bold")
    category = phrasing.CATEGORY_NAMES.get(facts["category"])
    intensity = phrasing.INTENSITY_NAMES.get(facts["intensity"], "")
    labelled = {
        "category": f"{category}, {intensity}, weight {facts['weight']:g}"
        if category
        else "protected: terms inside this phrase are not counted",
        "reason": facts["reason"],
        "forms": ", ".join(facts["forms"]),
        "conditions": "; ".join(facts["conditions"]),
        "exceptions": ", ".join(facts["exceptions"]),
        "ignored in": ", ".join(facts["protected_in"]),
        "example": facts["example"],
        "loaded": "{share_report:.0%} in reports, {share_opinion:.0%} in opinion, {share_other:.0%} in other texts "
        "(estimates)".format(**facts)
        if category
        else "",
        "source": f"{facts['source']}:{facts['line']} ({'your own' if facts['is_own'] else 'shipped'}), "
        f"rule {facts['rule']}",
    }
    for label, text in labelled.items():
        if text:
            yield from _labelled(label, text, width)


def paragraph_lines(explained: Mapping[str, Any], width: int, style: Style) -> Iterator[str]:
    """How the numbers of a paragraph are computed; `explained` is from `tasks.explanation.explain_paragraph`."""
    document, paragraph = explained["document"], explained["paragraph"]
    place = f"Paragraph {paragraph['paragraph_index']} ({paragraph['kind']}) of {phrasing.place(document)}"
    yield from (style.apply(line, "bold") for line in wrap(place, width))
    yield style.apply(f"document {escape_name(document['document_id'])}", "dim")
    yield ""
    scored = [term for term in explained["loaded_terms"] if term["category"] in SCORED_CATEGORIES]
    for line in break_lines(split_words(mark_text(paragraph["text"], scored)), width - 2):
        yield "  " + "".join(style.apply(text, name) for text, name in line)
    yield from _readability_lines(explained, width, style)
    yield from _sentiment_lines(explained, width, style)
    yield from _term_lines(explained, width, style)
    yield from _speaker_lines(explained, width, style)
    if explained["repairs"]:
        yield from _heading("Repairs", width, style)
        for repair in explained["repairs"]:
            yield from repair_lines(repair, width)
    yield ""
    yield from wrap(
        "For the meaning and limits of a metric, run `overtones explain NAME`, e.g. flesch_kincaid_grade.", width
    )


def _speaker_lines(explained: Mapping[str, Any], width: int, style: Style) -> Iterator[str]:
    """Each piece of somebody's words with its speaker, its reporting verb, and why the speaker has this name or none."""
    if explained["attributions"]:
        yield from _heading("Who says what", width, style)
    for row in explained["attributions"]:
        name = row["speaker_name"] or row["speaker"] or "no speaker"
        written = f", written {row['speaker']}" if row["speaker"] not in {None, name} else ""
        cue = f"; {row['cue']} ({row['cue_grade']}, {row['cue_class']})" if row["cue"] else ""
        reason = phrasing.SPEAKER_REASONS[row["speaker_reason"]]
        yield from wrap(f"{phrasing.printable(name + written)}: {reason}; {row['type']}{cue}", width, 2)
        yield from wrap(phrasing.printable(phrasing.clip(row["text"], _LONGEST_PIECE)), width, 6)


def _heading(text: str, width: int, style: Style) -> Iterator[str]:
    yield ""
    yield from (style.apply(line, "bold") for line in wrap(text, width))


def _labelled(label: str, text: str, width: int, column: int = _LABEL_WIDTH) -> Iterator[str]:
    first, *rest = wrap(text, width, column)
    yield f"  {set_cell_size(label, column - 3)} {first[column:]}"
    yield from rest


def _readability_lines(explained: Mapping[str, Any], width: int, style: Style) -> Iterator[str]:
    note = explained["paragraph"]["readability_note"]
    yield from _heading(f"Readability ({phrasing.NOTE_NAMES[note]}: {phrasing.NOTE_REASONS[note]})", width, style)
    numbers = explained["quantities"]
    if not numbers:
        return
    yield from _labelled("counts", "; ".join(f"{QUANTITIES[name]}: {numbers[name]:,}" for name in _COUNTS), width)
    for name, words in explained["words"].items():
        if words:
            distinct = ", ".join(dict.fromkeys(words))
            yield from wrap(f"{QUANTITIES[name]} ({len(words):,}): {distinct}", width, _LABEL_WIDTH)
    if difficult := explained["difficult_words"]:
        yield from _labelled("difficult", f"distinct words ({len(difficult):,}): {', '.join(difficult)}", width)
    rows = [row for row in explained["formulas"] if row["metric"] not in {*_SENTIMENT, *_LOADED}]
    yield from _formula_lines(rows, width)


def _formula_lines(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Each metric with its value and its formula with the numbers inserted."""
    widest = max((len(row["metric"]) for row in rows), default=0)
    for row in rows:
        value = f"{row['value']:.4g}".replace("-", "−")
        is_same = row["now"] == row["value"]
        now = "" if is_same else f" (recomputed: {row['now']:.4g}; the tables are from another version)"
        yield from _labelled(row["metric"], f"{value} = {row['formula']}{now}", width, widest + 4)


def _sentiment_lines(explained: Mapping[str, Any], width: int, style: Style) -> Iterator[str]:
    rows = explained["sentiment"]
    yield from _heading("Sentiment (VADER): valence of each word, after VADER's rules", width, style)
    if not rows:
        is_foreign = explained["paragraph"]["readability_note"] == "not_english"
        yield ("  not measured: the word lists are English" if is_foreign else "  no word here has a valence")
    for row in rows:
        token = phrasing.clip(phrasing.printable(row["token"]), 24)
        yield from _labelled(token, f"{_signed(row['valence']):>7}   {_contributions(row)}", width, 28)
    if rows:
        total = explained["quantities"]["valence"]
        yield from _labelled("sum", f"{_signed(total):>7}", width, 28)
    yield from _formula_lines([row for row in explained["formulas"] if row["metric"] in _SENTIMENT], width)


def _contributions(row: Row) -> str:
    """The parts of a valence: from the lexicon, and from each rule that changed it."""
    return ", ".join(f"{rule} {_signed(row[rule])}" for rule in RULES if row[rule])


def _signed(value: float) -> str:
    return f"{value + 0.0:+.2f}".replace("-", "−")


def _term_lines(explained: Mapping[str, Any], width: int, style: Style) -> Iterator[str]:
    terms = explained["loaded_terms"]
    yield from _heading("Loaded language", width, style)
    if not terms:
        yield "  no loaded term found"
    for term in terms:
        share = f"{term['share']:.3f} of the loaded score"
        yield from wrap(
            f"{term['text']} (weight {term['weight']:.3g}, probability {term['probability']:.2f}, {share})", width, 2
        )
        found = f"entry {term['term']!r}" + ("" if term["rule"] == "lexicon" else f", rule {term['rule']!r}")
        yield from wrap(f"{phrasing.term_note(term)}: {term['reason']} ({found})", width, 6)
        for proposed in explained["proposed_terms"]:
            if proposed["start"] == term["start"]:
                yield from wrap(f"for and against: {_counted(proposed)}", width, 6)
    rejected = [proposed for proposed in explained["proposed_terms"] if not proposed["is_loaded"]]
    if rejected:
        yield from _heading("Proposed, but not loaded here by the judge", width, style)
    for proposed in rejected:
        entry = "" if proposed["term"] == proposed["text"].lower() else f", entry {proposed['term']!r}"
        yield from wrap(f"{proposed['text']} (probability {proposed['probability']:.2f}{entry})", width, 2)
        yield from wrap(f"for and against: {_counted(proposed)}", width, 6)
    yield from _formula_lines([row for row in explained["formulas"] if row["metric"] in _LOADED], width)


def _counted(proposed: Row) -> str:
    """The features that counted for the judge, with what each adds to the logit."""
    parts = [f"{one['name']} {_signed(one['value'])}" for one in proposed["counted"]]
    return ", ".join([*parts, f"all else {_signed(proposed['others'])}"])
