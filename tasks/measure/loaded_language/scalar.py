"""Finding loaded terms in one text, written to be read: what `matching` does for whole columns of texts.

1. The words of the text are looked up in the lexicon (scalar_text.py).
2. All sequences of words that an entry matches are searched (`_matches`).
3. A match extends over the word that an affix belongs to, or from a superlative on (rules.extend).
4. Vetoes drop matches that are not hits (vetoes.py).
5. Of overlapping hits the longest stays (hits.py). Protected terms take part in this and are then dropped.
6. Negations and epithets change the weight (modifiers.py).

A property test compares its results with those of `matching`. Use it to learn why a text has a hit or has none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tasks.measure.loaded_language.entries import GAP, WordSequence, word_sequences
from tasks.measure.loaded_language.hits import resolve_overlaps_of
from tasks.measure.loaded_language.loaded_term import LoadedTerm
from tasks.measure.loaded_language.modifiers import epithets, is_negated
from tasks.measure.loaded_language.names import names_in
from tasks.measure.loaded_language.rules import extend
from tasks.measure.loaded_language.scalar_text import Hit, Text, read_text
from tasks.measure.loaded_language.vetoes import first_veto

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.measure.loaded_language.lexicon import Lexicon


class Verdict(NamedTuple):
    """The result for one match."""

    hit: Hit
    dropped_by: str | None
    """The name of a veto, `overlap` or `protected`; None if it is a hit."""


def judge(text: str, lexicon: Lexicon, others: Sequence[str] = ()) -> list[Verdict]:
    """Every match in a text and the reason why it was dropped, in the order of the words.

    `others` are the other texts of its document, which show what is a name.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> for hit, dropped_by in judge("The slam of a despot; they slam the door.", load_lexicon()):
    ...     print(hit.entry.term, dropped_by)
    slam noun
    despot None
    slam condition
    """
    return _judge(_read(text, lexicon, others), lexicon)


def find_terms(text: str, lexicon: Lexicon, others: Sequence[str] = ()) -> list[LoadedTerm]:
    """The loaded and epistemic terms of one text; equal to `matching.loaded_terms`. `others` as in `judge`.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> [(term.text, term.negated) for term in find_terms("He is not a deranged and ruthless despot.", load_lexicon())]
    [('deranged', True), ('ruthless', False), ('despot', False)]
    """
    read = _read(text, lexicon, others)
    hits = [hit for hit, dropped_by in _judge(read, lexicon) if dropped_by is None]
    terms = []
    for hit, is_epithet in zip(hits, epithets(read, hits, lexicon), strict=True):
        entry, negated = hit.entry, is_negated(read, hit)
        weight = lexicon.weight(entry) * (lexicon.weights["negated"] if negated else 1.0)
        start, end = read.words[hit.first].start, read.words[hit.last].end
        terms.append(
            LoadedTerm(
                start=start,
                end=end,
                text=text[start:end],
                term=entry.term,
                category=entry.category,
                intensity=min(entry.intensity + is_epithet, 3),
                weight=weight * (lexicon.weights["epithet"] if is_epithet else 1.0),
                negated=negated,
                reason=entry.reason,
                rule="epithet" if is_epithet else entry.rule,
            )
        )
    return terms


def _read(text: str, lexicon: Lexicon, others: Sequence[str]) -> Text:
    """The words of a text, with the names of its document."""
    read = read_text(text, lexicon)
    return replace(read, names=names_in([read, *(read_text(other, lexicon) for other in others)]))


def _judge(text: Text, lexicon: Lexicon) -> list[Verdict]:
    verdicts = [Verdict(hit, first_veto(text, hit)) for hit in _matches(text, lexicon)]
    standing = resolve_overlaps_of([hit for hit, dropped_by in verdicts if dropped_by is None], lexicon)
    for i, (hit, dropped_by) in enumerate(verdicts):
        if dropped_by is None and hit not in standing:
            verdicts[i] = Verdict(hit, "overlap")
        elif dropped_by is None and hit.entry.is_protected:
            verdicts[i] = Verdict(hit, "protected")
    return sorted(verdicts, key=lambda verdict: (verdict.hit.first, verdict.hit.last))


def _matches(text: Text, lexicon: Lexicon) -> Iterator[Hit]:
    """All that entries match, with the words that it covers."""
    index = _by_first_word(lexicon)
    for first, word in enumerate(text.words):
        for number, sequence in index.get(word.listed_as or "", ()):
            last = first + len(sequence.words) - 1
            if _stands_at(text, first, sequence.words):
                hit = Hit(lexicon.entries[number], number, first, last, first, last, sequence.may_be_noun)
                covered_first, covered_last = extend(text, hit)
                yield hit._replace(first=covered_first, last=covered_last)


def _stands_at(text: Text, first: int, words: tuple[str, ...]) -> bool:
    """Whether the words are in a text from a place on, with no separating punctuation between them."""
    for place, word in enumerate(words, first):
        there = text.at(place)
        if there is None or (word not in {GAP, there.listed_as}) or (place > first and not text.is_joined(place - 1)):
            return False
    return True


@lru_cache(maxsize=4)
def _by_first_word(lexicon: Lexicon) -> dict[str, list[tuple[int, WordSequence]]]:
    """The sequences that begin with each word, with the places of their entries in the lexicon."""
    index: dict[str, list[tuple[int, WordSequence]]] = defaultdict(list)
    for number, entry in enumerate(lexicon.entries):
        for sequence in word_sequences(entry):
            index[sequence.words[0]].append((number, sequence))
    return dict(index)
