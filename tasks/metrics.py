"""The metrics of the tables: formula, source, range and common misreadings of each.

The texts are in metrics.toml; `overtones explain`, the explanation of a paragraph and docs/metric_reference.md are made
from them. What is measured, and in which unit, is said with the columns in `schemas`.

A formula is arithmetic over *quantities*, in braces. For a reader these become their names ("words / sentences"), for a
paragraph its own numbers ("45 / 2"). The tests insert numbers and compare with the measured values, so a formula here
cannot differ from what the code computes.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_QUANTITY = re.compile(r"\{(\w+)\}")


class Metric(NamedTuple):
    """One metric; `name` is its column."""

    name: str
    formula: str
    """Arithmetic over quantities in braces, or a rule in words."""
    source: str
    range: str
    direction: str
    """The meaning of higher values."""
    caution: str
    """What it does not mean, or where it is misleading."""

    @property
    def column(self) -> schemas.Column:
        """The column with its values, in the first table that has one of that name."""
        return next(column for table in schemas.TABLES.values() for column in table.columns if column.name == self.name)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities that the formula needs, each once; none if it is a rule in words.

        >>> METRICS["flesch_kincaid_grade"].quantities
        ('words', 'sentences', 'syllables')
        """
        return tuple(dict.fromkeys(_QUANTITY.findall(self.formula)))

    @property
    def formula_in_words(self) -> str:
        """The formula with the names of its quantities.

        >>> METRICS["rix"].formula_in_words
        '[words of more than 6 letters] / sentences'
        """
        return _substitute(
            self.formula, lambda name: f"[{QUANTITIES[name]}]" if " " in QUANTITIES[name] else QUANTITIES[name]
        )

    def formula_with(self, numbers: Mapping[str, float]) -> str:
        """The formula with numbers put in.

        >>> METRICS["rix"].formula_with({"long_words": 12, "sentences": 3})
        '12 / 3'
        """
        return _substitute(self.formula, lambda name: _format_number(numbers[name]))


def _substitute(formula: str, text_of: Callable[[str], str]) -> str:
    return _QUANTITY.sub(lambda match: text_of(match[1]), formula)


def _format_number(number: float) -> str:
    """A number to ten digits without trailing zeros; a negative one in brackets, so that no two signs meet."""
    text = f"{number:.10g}".replace("-", "−")
    return f"({text})" if number < 0 else text


def parse_metrics(declared: Mapping[str, Any]) -> dict[str, Metric]:
    """The metrics that the content of metrics.toml declares, by name, in its order.

    Raises ValueError if one lacks a field or has another one, names a phrase or a quantity that does not exist, or is no
    column of a table.
    """
    columns = {column.name for table in schemas.TABLES.values() for column in table.columns}
    metrics = {}
    for name, fields in declared["metrics"].items():
        if fields.keys() != set(Metric._fields[1:]):
            raise ValueError(f"{name}: a metric has {', '.join(Metric._fields[1:])}, not {', '.join(fields)}")
        if name not in columns:
            raise ValueError(f"{name} is not a column of a table")
        formula = fields["formula"]
        unknown = set(_QUANTITY.findall(formula)) - declared["quantities"].keys()
        if unknown:
            raise ValueError(f"{name}: unknown quantities: {', '.join(sorted(unknown))}")
        prose = {field: _with_phrases(name, fields[field], declared["phrases"]) for field in Metric._fields[2:]}
        metrics[name] = Metric(name, formula, **prose)
    return metrics


def _with_phrases(name: str, text: str, phrases: Mapping[str, str]) -> str:
    """`text` with each $phrase replaced."""
    try:
        return Template(text).substitute(phrases)
    except KeyError as error:
        raise ValueError(f"{name}: unknown phrase ${error.args[0]}") from error


_DECLARED = tomllib.loads((resources.files("tasks") / "metrics.toml").read_text("utf-8"))

QUANTITIES: dict[str, str] = _DECLARED["quantities"]
"""The quantities of formulas: their names in formulas, and their meaning for a reader."""
METRICS = parse_metrics(_DECLARED)
"""Every metric, by the name of its column."""


def metrics_as_markdown() -> str:
    """All metrics as a page of documentation."""
    opening = (
        "Made from `tasks/metrics.toml` by `make docs`; `overtones explain METRIC` prints the same. Where a formula would divide "
        "by nothing, the score is 0.0. [What is counted, and how parity is checked](metrics.md)."
    )
    lines = ["# Every metric", "", opening, ""]
    for metric in METRICS.values():
        column = metric.column
        lines += [
            f"## {metric.name}",
            "",
            f"{column.meaning[0].upper()}{column.meaning[1:]}.",
            "",
            f"- Formula: {metric.formula_in_words}",
            f"- Source: {metric.source}",
            f"- Range: {metric.range}; higher is {metric.direction}",
            f"- Caution: {metric.caution}.",
            "",
        ]
    return "\n".join(lines)
