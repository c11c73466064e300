"""What names of classes and ids say about an element: whole words of a name count, never parts of words.

So `share-bar` is a bar of share links, and `barrister` is none. The lists are in `tasks/ingest/data/page_names.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@cache
def _lists() -> dict[str, frozenset[str]]:
    text = files("tasks.ingest").joinpath("data", "page_names.toml").read_text("utf-8")
    return {role: frozenset(names) for role, names in tomllib.loads(text).items()}


@cache
def roles_of_name(name: str) -> frozenset[str]:
    """The roles that a value of `class` or `id` has, of the keys of page_names.toml.

    >>> sorted(roles_of_name("story__pullQuote")), sorted(roles_of_name("barrister-story"))
    (['pull_quote'], [])
    """
    roles = set()
    for single in name.split():
        words = [word.lower() for word in _WORDS.findall(single)]
        forms = {*words, *map("-".join, pairwise(words))}
        roles |= {role for role, names in _lists().items() if forms & names}
    return frozenset(roles)


def roles_of(element: Any) -> frozenset[str]:  # an lxml element, which has no types
    """The roles of an element by its class, id and other attributes."""
    attributes = element.attrib
    if not attributes:
        return frozenset()
    names = (attributes.get("class") or "", attributes.get("id") or "", attributes.get("itemprop") or "")
    return frozenset().union(*(roles_of_name(name) for name in names if name and len(name) < _LONGEST_NAME))


_LONGEST_NAME = 300
"""Longer values are lists of layout rules, and would fill the cache."""


def is_hidden(element: Any) -> bool:
    """Whether an element says that it is not shown."""
    attributes = element.attrib
    if not attributes:
        return False
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return "hidden" in attributes or "display:none" in style or attributes.get("aria-hidden") == "true"
