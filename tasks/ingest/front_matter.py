"""Front matter: the YAML block between two lines of dashes with which a text may begin, and its fields."""

from __future__ import annotations

import re
from typing import Any

from tasks.ingest.decoding import take_invalid_bytes

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.{0,20000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    r"""The fields of the YAML block that `text` begins with, and the rest; no fields and all of it if there is none.

    >>> split_front_matter("---\ntitle: A day\n---\nIt rained.")
    ({'title': 'A day'}, 'It rained.')
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    import yaml

    block, _ = take_invalid_bytes(match[1])
    # The loaders written in C; those in Python are quadratic in brackets.
    try:
        try:
            fields = yaml.load(block, yaml.CSafeLoader)
        except ValueError:  # a date or a number that does not exist stays as it is written
            fields = yaml.load(block, yaml.CBaseLoader)  # noqa: S506  # it makes nothing but strings
    except (yaml.YAMLError, RecursionError):
        return {}, text
    return (fields, text[match.end() :]) if isinstance(fields, dict) else ({}, text)
