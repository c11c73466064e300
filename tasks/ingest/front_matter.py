"""Front matter: the YAML block between two lines of dashes at the beginning of a text, and its fields."""

from __future__ import annotations

import re
from typing import Any

from tasks.ingest.decoding import take_invalid_bytes

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.{0,20000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    r"""The fields of the YAML block at the beginning of `text`, and the rest; without a block, no fields and the whole text.

    >>> split_front_matter("---\ntitle: A day\n---\nIt rained.")
    ({'title': 'A day'}, 'It rained.')
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    import yaml

    block, _ = take_invalid_bytes(match[1])
    # The loaders written in C. Those in Python take quadratic time for brackets.
    try:
        try:
            fields = yaml.load(block, yaml.CSafeLoader)
        except ValueError:  # an invalid date or number is kept as text
            fields = yaml.load(block, yaml.CBaseLoader)  # noqa: S506  # it only makes strings
    except (yaml.YAMLError, RecursionError):
        return {}, text
    return (_known(fields), text[match.end() :]) if isinstance(fields, dict) else ({}, text)


_NAMES = {
    "title": ("title",),
    "source": ("source",),
    "date": ("date",),
    "byline": ("byline", "author", "authors"),
}
"""The fields of a document, each with the names that it has in front matter."""


def _known(block: dict[Any, Any]) -> dict[str, Any]:
    """Those fields of a YAML block that a document has."""
    fields = {name: block[own] for name, names in _NAMES.items() for own in reversed(names) if own in block}
    return fields | ({"date_source": "front_matter"} if "date" in fields else {})
