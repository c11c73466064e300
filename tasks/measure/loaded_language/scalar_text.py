"""One text as a list of words: what the scalar form of each rule reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tasks.measure.loaded_language.affixes import Affixes, lexicon_word
from tasks.measure.loaded_language.entries import word_sequences
from tasks.measure.loaded_language.tokenizer import TokenReader, Trait
from tasks.measure.tokens import fold_quotes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasks.measure.loaded_language.entries import Entry
    from tasks.measure.loaded_language.lexicon import Lexicon

HEADLINE_SHARE = 0.6
"""Share of the long words with capitals above which a text is in headline style."""


class TextWord(NamedTuple):
    """One word of a text."""

    listed_as: str | None
    """The word of the lexicon that it counts as, if there is one."""
    traits: int
    start: int
    end: int
    sentence: int
    """The number of its sentence in the text."""

    def has(self, traits: int) -> bool:
        """Whether it has any of the traits."""
        return self.traits & traits > 0


@dataclass(frozen=True)
class Text:
    """All words of one text. Places before the first word and behind the last hold no word."""

    words: tuple[TextWord, ...]
    classes: Mapping[str, frozenset[str]]
    """The lexicon's classes of words."""
    names: frozenset[str] = frozenset()
    """The words of the lexicon that are known as names in the text's document."""

    def at(self, place: int) -> TextWord | None:
        """The word at a place, if there is one."""
        return self.words[place] if 0 <= place < len(self.words) else None

    def has(self, place: int, traits: int) -> bool:
        """Whether there is a word that has any of the traits."""
        word = self.at(place)
        return word is not None and word.has(traits)

    def is_in_class(self, place: int, name: str) -> bool:
        """Whether there is a word of a class of the lexicon."""
        word = self.at(place)
        return word is not None and word.listed_as in self.classes[name]

    def starts_sentence(self, place: int) -> bool:
        """Whether the word is the first of its sentence."""
        return place == 0 or self.words[place - 1].has(Trait.ENDS_SENTENCE)

    def same_sentence(self, place: int, other: int) -> bool:
        """Whether there are words at both places, in one sentence."""
        here, there = self.at(place), self.at(other)
        return here is not None and there is not None and here.sentence == there.sentence

    def is_joined(self, place: int) -> bool:
        """Whether a term may span the word and the next: no punctuation and no end of a sentence lies between."""
        word, following = self.at(place), self.at(place + 1)
        if word is None or following is None:
            return False
        return not word.has(Trait.BREAK_AFTER | Trait.ENDS_SENTENCE) and not following.has(Trait.BREAK_BEFORE)

    @cached_property
    def is_headline(self) -> bool:
        """Whether most long words have capitals."""
        long_words = [word for word in self.words if word.has(Trait.LONG)]
        return sum(word.has(Trait.CAPITAL) for word in long_words) > HEADLINE_SHARE * len(long_words)


class Hit(NamedTuple):
    """An entry that stands in a text; places are inclusive."""

    entry: Entry
    number: int
    """The entry's place in the lexicon."""
    match_first: int
    match_last: int
    """The words that one of the entry's forms matches."""
    first: int
    last: int
    """The words that the hit covers: more than the match for affixes and superlatives."""
    may_be_noun: bool = False
    """Whether the form would be a noun after a determiner."""


@lru_cache(maxsize=4)
def _reader(lexicon: Lexicon) -> tuple[TokenReader, Affixes, frozenset[str]]:
    listed = {word for entry in lexicon.entries for sequence in word_sequences(entry) for word in sequence.words}
    listed.update(*lexicon.classes.values())
    for entry in lexicon.entries:
        for condition in entry.conditions:
            listed.update(condition.listed_words(lexicon.classes))
    return TokenReader(lexicon), Affixes(lexicon.entries), frozenset(listed)


def read_text(text: str, lexicon: Lexicon) -> Text:
    """The words of a text.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> words = read_text("A hatemongering despot. He dozed.", load_lexicon()).words
    >>> [(word.listed_as, word.sentence) for word in words]
    [('a', 0), ('-monger', 0), ('despot', 0), ('he', 1), (None, 1)]
    """
    reader, affixes, listed = _reader(lexicon)
    words: list[TextWord] = []
    sentence = 0
    for token in re.finditer(r"\S+", fold_quotes(text)):
        for word in reader.read(token[0]):
            sentence += bool(words) and words[-1].has(Trait.ENDS_SENTENCE)
            start, end = token.start() + word.start, token.start() + word.end
            words.append(TextWord(lexicon_word(word.text, listed, affixes), word.traits, start, end, sentence))
    return Text(tuple(words), lexicon.classes)
