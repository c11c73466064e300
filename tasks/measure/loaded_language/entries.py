"""Entries of the lexicon: a term, the forms it has, the conditions on the words around it, and why it is loaded."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from tasks.measure.loaded_language.inflection import inflect, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

PARTS_OF_SPEECH = {
    "nouns": "noun",
    "verbs": "verb",
    "adjectives": "adjective",
    "adverbs": "adverb",
    "phrases": "phrase",
    "affixes": "affix",
}
RULES = ("lexicon", "superlative", "affix")
PROTECTED = "protected"
GAP = "..."
"""Stands in a term for up to four arbitrary words, or none."""
GAP_WORDS = 4
NEAR_WORDS = 5
OFFSETS = {
    "left": (-1,),
    "right": (1,),
    "near": (*range(-NEAR_WORDS, 0), *range(1, NEAR_WORDS + 1)),
}
"""Where the words of a condition may stand: distances from the first word of the match if negative, else from the last."""
NAME, NUMBER = "<name>", "<number>"
"""Classes that are recognized by how a word is written, not by a list."""
_STAND_INS = {NAME: "Smith", "<determiner>": "the", NUMBER: "20"}
_PERSONS = {
    "one's": ("my", "your", "his", "her", "its", "our", "their"),
    "oneself": ("myself", "yourself", "himself", "herself", "itself", "ourselves", "yourselves", "themselves"),
}
"""Words of a term that stand for any of several."""
_PERSON = re.compile(r"\b(?:one's|oneself)(?!\S)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\.\.\.")


class Condition(NamedTuple):
    """What must, or must not, stand beside a term in the same sentence."""

    where: str
    """`left`, `right` or `near`: see `OFFSETS`."""
    wanted: bool
    """Whether one of the words must stand there; else none may."""
    words: tuple[str, ...]
    """Single words, and classes of words: `<name>`, `<determiner>`, ..."""

    def __str__(self) -> str:
        """The condition as a file states it: `not right: shut, door`."""
        return f"{'' if self.wanted else 'not '}{self.where}: {', '.join(self.words)}"

    def listed_words(self, classes: Mapping[str, AbstractSet[str]]) -> Iterator[str]:
        """The words that meet it, those of its classes included; without `<name>` and `<number>`, which have no list.

        Near a term, the plural of a word meets it too.
        """
        for word in self.words:
            if not word.startswith("<"):
                for listed in words_of(word):
                    yield listed
                    if self.where == "near":
                        yield plural(listed)
            elif word not in {NAME, NUMBER}:
                yield from classes[word.strip("<>")]


@dataclass(frozen=True)
class Entry:
    """One term with everything that decides and explains a match."""

    term: str
    part_of_speech: str
    category: str
    intensity: int = 1
    valence: str = "neg"
    reason: str = ""
    source: str = ""
    """The file it comes from."""
    line: int = 0
    """The line of that file, from 1; 0 if it comes from no file."""
    is_own: bool = False
    """Whether that is a file of the user's."""
    share_report: float = 0.5
    """Estimate: the share of its uses, as the author's own word, that are loaded in plain news reports."""
    share_opinion: float = 0.5
    """The same in opinion and political texts."""
    share_other: float = 0.5
    """The same in reviews, sport, features and other texts."""
    stated_forms: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    exceptions: tuple[str, ...] = ()
    """Words, or beginnings of words, that an affix does not make loaded."""
    hyphenated: bool = False
    """Whether only the spelling with hyphens counts."""
    stated_example: str = ""
    rule: str = "lexicon"

    @property
    def theme(self) -> str:
        """The name of its file, without folder and suffix."""
        return PurePath(self.source).stem

    @property
    def is_protected(self) -> bool:
        """Whether it is a fixed term or a name inside which nothing is loaded."""
        return self.category == PROTECTED

    @property
    def is_affix(self) -> bool:
        """Whether it is a part of a word."""
        return self.part_of_speech == "affix"

    @property
    def is_prefix(self) -> bool:
        """Whether it is an affix for the beginning of a word."""
        return self.is_affix and self.term.endswith("-")

    @property
    def is_suffix(self) -> bool:
        """Whether it is an affix for the end of a word."""
        return self.is_affix and not self.is_prefix

    @property
    def needs_superlative(self) -> bool:
        """Whether it counts only after a superlative: "the worst ever"."""
        return self.rule == "superlative"

    @property
    def may_be_name(self) -> bool:
        """Whether a capital inside a sentence makes a name of it.

        Not if the term itself has a capital, if it must stand beside a name, or if it is protected.
        """
        asks_for_name = any(NAME in condition.words for condition in self.conditions)
        return not self.is_protected and self.term.islower() and not asks_for_name

    @property
    def may_be_epithet(self) -> bool:
        """Whether it can describe a name that follows."""
        return self.part_of_speech in {"adjective", "noun"}

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """All that it matches, the term itself first."""
        if self.stated_forms:
            return (self.term, *self.stated_forms)
        return inflect(self.term, self.part_of_speech)

    @property
    def affix_letters(self) -> list[str]:
        """The forms of an affix without its hyphen."""
        return [form.strip("-") for form in (self.term, *self.stated_forms)]

    @property
    def example(self) -> str:
        """The stated example, or a sentence made by rule that has the term where its conditions want it."""
        return self.stated_example or _example(self)


@cache
def words_of(term: str) -> tuple[str, ...]:
    """The words of a term as the matcher sees them: lower case, hyphens as spaces, without 's.

    >>> words_of("Nazi-like state")
    ('nazi', 'like', 'state')
    >>> words_of("throw ... under the bus")
    ('throw', '...', 'under', 'the', 'bus')
    """
    return tuple([word.removesuffix("'s") for word in _WORD.findall(term.lower())])


class WordSequence(NamedTuple):
    """One sequence of words that an entry matches."""

    words: tuple[str, ...]
    may_be_noun: bool
    """Whether it is a form of a verb that is a noun after a determiner: "the slam"."""


def word_sequences(entry: Entry) -> Iterator[WordSequence]:
    """Each sequence of words that an entry matches, once; `GAP` stands for any one word.

    >>> entry = Entry("cave in", "verb", "loaded_language", 2, "neg", "", "")
    >>> [" ".join(words) for words, may_be_noun in word_sequences(entry)]
    ['cave in', 'caves in', 'caving in', 'caved in']
    """
    if entry.is_affix:
        yield WordSequence((entry.term,), may_be_noun=False)  # inside a word, see affixes.py
        for letters in entry.affix_letters:
            yield WordSequence((letters,), may_be_noun=False)  # beside a hyphen
        return
    seen = set()
    base = entry.term.partition(" ")[0]
    shared_with_nouns = {base, base + "s", base + "es", base[:-1] + "ies"}
    for form in itertools.chain.from_iterable(map(_with_persons, entry.forms)):
        may_be_noun = entry.part_of_speech == "verb" and form.partition(" ")[0] in shared_with_nouns
        for words in _fill_gaps(words_of(form)):
            if words and words not in seen:
                seen.add(words)
                yield WordSequence(words, may_be_noun)


def _with_persons(form: str) -> list[str]:
    """A form with each word that `one's` or `oneself` stands for; itself if it has neither."""
    match = _PERSON.search(form)
    if match is None:
        return [form]
    return [_PERSON.sub(person, form) for person in (*_PERSONS[match[0]], match[0])]


def _fill_gaps(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """A term with its gaps at each length: `GAP` once for each word of a gap."""
    if GAP not in words:
        return [words]
    choices = ([(GAP,) * n for n in range(GAP_WORDS + 1)] if word == GAP else [(word,)] for word in words)
    return (tuple(itertools.chain.from_iterable(choice)) for choice in itertools.product(*choices))


def _example(entry: Entry) -> str:
    term = _with_persons(entry.term.replace(GAP, "the plan"))[-2 if _PERSON.search(entry.term) else -1]
    if entry.is_affix:
        letters = term.strip("-")
        term = f"{letters}-word" if entry.is_prefix else f"word-{letters}"
    if entry.needs_superlative:
        term = f"the worst day {term}"
    wanted = {condition.where: condition.words[0] for condition in entry.conditions if condition.wanted}
    wanted |= {where: _STAND_INS.get(word, word) for where, word in wanted.items()}
    if entry.part_of_speech == "adjective":
        wanted = {"left": "a", "right": "plan"} | wanted
    subject = "They" if entry.part_of_speech in {"verb", "phrase"} else "It was"
    words = (subject, wanted.get("left"), term, wanted.get("right"), wanted.get("near"))
    return " ".join(word for word in words if word) + "."
