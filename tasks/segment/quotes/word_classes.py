"""Classes of English words for the rules around quotations, from data/word_classes.toml.

A class contains words with the same role near a reporting clause: "later" may be between a subject and its verb,
"because" ends a noun phrase to the left. The words of a rule are changed in the file, which also says what each class
is for.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files


@cache
def word_classes() -> dict[str, frozenset[str]]:
    """The words of every class by its name, in lower case, with those of the classes that it includes.

    >>> "thursday" in word_classes()["days"], "was" in word_classes()["auxiliaries"]
    (True, True)
    """
    text = files("tasks.segment").joinpath("data", "word_classes.toml").read_text("utf-8")
    classes: dict[str, frozenset[str]] = {}
    for name, entry in tomllib.loads(text).items():  # a class follows those that it includes
        included = (classes[other] for other in entry.get("includes", ()))
        classes[name] = frozenset(entry["words"].split()).union(*included)
    return classes


def alternatives(name: str) -> str:
    """The words of a class as alternatives of a regular expression, longer ones first.

    >>> alternatives("male_titles")
    'prince|king|lord|sir|mr'
    """
    words = sorted(word_classes()[name], key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, words))
