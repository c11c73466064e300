"""Where the lexicon's terms stand: matching on token ids.

1. The texts become one long row of words, each with its code and flags (words.py).
2. A trie of all forms is walked from all words at once; in each step those go on that find a continuation (`_Trie`).
   A term never reaches over a comma, a stop, a bracket or a dash. `...` in a term is one to four arbitrary words.
3. Hits whose conditions fail are dropped (`_Conditions`), and so is a verb's form that stands as a noun ("the slam").
4. The rules of form add hits, reshape and drop them (form.py).
5. Of overlapping hits the longest stays, then the user's own, then the strongest; protected terms take part and are
   then dropped.

Each step is linear in the words, whatever the length of a paragraph.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.cache import cached_table
from tasks.measure.loaded_language import rules as form
from tasks.measure.loaded_language.affixes import Affixes
from tasks.measure.loaded_language.lexicon import GAP, PROTECTED, load_lexicon, words_of
from tasks.measure.loaded_language.rules import Hits
from tasks.measure.loaded_language.tokenizer import (
    CAPITAL,
    CONTINUES_TERM,
    HYPHENED,
    NUMBER,
    OPENS_TERM,
    POSSESSOR,
    SPEECH,
    TokenReader,
    common_words,
    read_words,
)
from tasks.measure.tokens import Tokens, Vocabulary
from tasks.schemas import LOADED_TERMS
from tasks.text.arrays import ranges
from tasks.text.buffers import TextBuffer
from tasks.text.hash_index import UNKNOWN, HashIndex, hash_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.loaded_language.lexicon import Condition, Entry, Lexicon
    from tasks.measure.loaded_language.tokenizer import Bools, Ints, Words

FOUND = pl.Schema(
    {
        name: LOADED_TERMS.schema[name]
        for name in (
            "document_id",
            "paragraph_index",
            "start",
            "end",
            "text",
            "term",
            "category",
            "intensity",
            "weight",
            "negated",
            "reason",
            "rule",
        )
    }
)
"""What `find_loaded_terms` returns: the columns of `loaded_terms` that need neither voice nor sentences."""

_OPENINGS_AT_ONCE = 1 << 20
"""Words that open terms from which the trie is walked at once; more than four megabytes of text have."""

_ANY_WORD = "..."
_GAP_WORDS = 4
_NEAR = 5
_SIDES = {"left": -1, "right": 1, "near": 0}


class Matcher:
    """A lexicon, compiled."""

    def __init__(self, lexicon: Lexicon) -> None:
        entries = lexicon.entries
        self._lexicon = lexicon
        self._codes: dict[str, int] = {}
        affixes = Affixes(entries, self._code)
        self._classes = {
            name: np.array(sorted(self._code(word) for word in words), np.int64)
            for name, words in lexicon.classes.items()
        }
        self._conditions = _Conditions(entries, self._code, lexicon.classes)
        trie = cached_table(lexicon.folder, "loaded-language", lexicon.sha256, lambda: grow_trie(entries))
        self._trie = _Trie(trie, self._code)
        plain_words = common_words().union(
            *(entry.forms for entry in entries if entry.term.isalpha() and entry.term.islower())
        )
        flags_of_codes = defaultdict(int, self._trie.flags)
        for code in self._classes["speech"].tolist():
            flags_of_codes[code] |= SPEECH
        common = plain_words - lexicon.classes["acronym"]
        self._read_tokens = TokenReader(self._codes, affixes, common, lexicon.classes, flags_of_codes)
        self.weights = np.array([lexicon.weight(entry) for entry in entries], np.float64)
        self._precedence = np.array([lexicon.precedence(entry) for entry in entries], np.float64)
        self.intensities = np.array([entry.intensity for entry in entries], np.int64)
        self._found_by_form = [
            (number, form.FINDERS[entry.rule]) for number, entry in enumerate(entries) if entry.rule in form.FINDERS
        ]
        self._is_protected = _mask(entries, lambda entry: entry.category == PROTECTED)
        self._is_suffix = _mask(entries, lambda entry: entry.part_of_speech == "affix" and not entry.is_prefix)
        self._is_prefix = _mask(entries, lambda entry: entry.is_prefix)
        self._is_closing = _mask(entries, lambda entry: entry.rule == "superlative")
        self._codes_of_affixes = np.array([self._codes.get(entry.term, -1) for entry in entries], np.int64)
        self._is_hyphenated = _mask(entries, lambda entry: entry.hyphenated)
        # A term in capitals comes from a name; one that asks for a name to its right is said of one; and what is
        # protected is a name as often as not.
        self._may_be_name = ~self._is_protected & _mask(
            entries, lambda entry: entry.term.islower() and not any("<name>" in c.words for c in entry.conditions)
        )
        self._may_be_epithet = (self.weights > 0) & _mask(
            entries, lambda entry: entry.part_of_speech in {"adjective", "noun"}
        )

    def _code(self, word: str) -> int:
        return self._codes.setdefault(word, len(self._codes) + 1)

    def facts(self, vocabulary: Vocabulary) -> Mapping[str, NDArray[Any]]:
        """What this lexicon knows of each distinct token, as its `TokenReader` tells it."""
        return vocabulary.features(f"loaded_language:{self._lexicon.sha256}", self._read_tokens)

    def candidates(self, tokens: Tokens) -> tuple[Words, Hits]:
        """The words of all texts, and all that matches among them, overlapping and protected hits included."""
        words = read_words(tokens, self.facts(tokens.vocabulary))
        hits = self._trie.walk(words, self._classes["determiner"])
        hits = hits.keep(self._is_spelt(words, hits) & self._conditions.hold(words, hits))
        hits = form.stretch_affixes(words, hits, self._is_suffix, self._is_prefix)
        hits = form.find_superlatives(words, hits, self._is_closing)
        for entry, find in self._found_by_form:
            hits = hits.join(find(words, entry))
        hits = hits.keep(~form.is_name(words, hits, tokens, self._may_be_name))
        return words, hits.keep(~form.is_undone(words, hits, self._classes["undoing_prefix"]))

    def match(self, tokens: Tokens) -> tuple[Words, Hits]:
        """The words of all texts, and the hits that stand: scored or epistemic, in order and apart."""
        words, hits = self.candidates(tokens)
        hits = form.resolve_overlaps(hits, self._precedence[hits.entry])
        return words, hits.keep(~self._is_protected[hits.entry])

    def is_negated(self, words: Words, hits: Hits) -> Bools:
        """Whether a negation governs each hit."""
        classes = (self._classes[name] for name in ("negator", "noun_negator", "no_negation_before"))
        return form.is_negated(words, hits, *classes)

    def is_epithet(self, words: Words, hits: Hits) -> Bools:
        """Whether each hit is said directly of a name."""
        return form.is_epithet(words, hits, self._may_be_epithet)

    def _is_spelt(self, words: Words, hits: Hits) -> Bools:
        """Whether hyphens stand where they must: inside a term that asks for them, beside an affix that is a word."""
        affix = self._is_suffix[hits.entry] | self._is_prefix[hits.entry]
        part_of_word = words.codes[hits.first] == self._codes_of_affixes[hits.entry]
        place, inside = words.at(hits.first + ~self._is_suffix[hits.entry])
        hyphened = inside & words.has(place, HYPHENED)
        wanted = self._is_hyphenated[hits.entry]
        return np.where(affix, np.where(part_of_word, ~wanted, hyphened), ~wanted | hyphened)


def _mask(entries: Sequence[Entry], rule: Callable[[Entry], bool]) -> Bools:
    return np.fromiter((rule(entry) for entry in entries), bool, len(entries))


class _Found(NamedTuple):
    """Hits of one step of the walk."""

    first: Ints
    last: Ints
    terminal: Ints


def grow_trie(entries: Sequence[Entry]) -> pl.DataFrame:
    """All forms of all entries as a tree of words: a row a state, the first being the root, with the state before it,
    the word that leads from there to it, and its terminals.

    A terminal is `entry << 1`, and one more where a verb's form would be a noun after a determiner.
    """
    following: list[dict[str, int]] = [{}]
    befores, leading = [0], [""]
    terminals: list[list[int]] = [[]]
    for number, entry in enumerate(entries):
        for words, may_be_noun in sequences(entry):
            state = 0
            for word in words:
                before, state = state, following[state].setdefault(word, len(following))
                if state == len(following):
                    following.append({})
                    befores.append(before)
                    leading.append(word)
                    terminals.append([])
            terminals[state].append(number << 1 | may_be_noun)
    schema = pl.Schema({"before": pl.Int64(), "word": pl.String(), "terminals": pl.List(pl.Int64())})
    return pl.DataFrame([befores, leading, terminals], schema)


class _Trie:
    """The tree that `grow_trie` gives, for numbered words. A transition's key is `state << 32 | code`."""

    def __init__(self, trie: pl.DataFrame, code: Callable[[str], int]) -> None:
        any_code = code(_ANY_WORD)
        before = trie["before"].to_numpy()
        codes = np.array([code(word) for word in trie["word"]], np.int64)
        states = np.arange(len(trie))
        from_root, by_any_word = (before == 0) & (states > 0), codes == any_code
        self._first = np.zeros(codes[from_root].max(initial=0) + 1, np.int64)
        self._first[codes[from_root]] = states[from_root]
        self.flags: dict[int, int] = defaultdict(int)
        """By the code of a word: whether it stands first or second in a form."""
        for flag, reached in ((OPENS_TERM, from_root), (CONTINUES_TERM, from_root[before])):
            for word in codes[reached].tolist():
                self.flags[word] |= flag
        self._any_word = np.zeros(len(trie), np.int64)
        self._any_word[before[by_any_word]] = states[by_any_word]
        self._following = HashIndex()
        later = before > 0
        self._following.add(hash_numbers((before << 32 | codes)[later]), states[later].astype(np.int32))
        self._bounds = np.cumsum([0, *trie["terminals"].list.len()], dtype=np.int64)
        self._is_ending = np.diff(self._bounds) > 0
        self._terminals = trie["terminals"].explode(empty_as_null=False).to_numpy()

    def walk(self, words: Words, determiners: Ints) -> Hits:
        """All hits, overlapping ones and those of each entry of a form included."""
        openings = np.flatnonzero(words.flags & OPENS_TERM > 0)
        blocks = range(0, max(len(openings), 1), _OPENINGS_AT_ONCE)
        walks = [self._walk_from(openings[i : i + _OPENINGS_AT_ONCE], words, determiners) for i in blocks]
        return Hits(*(np.concatenate(column) for column in zip(*walks, strict=True)))

    def _walk_from(self, start: Ints, words: Words, determiners: Ints) -> Hits:
        state = self._first[words.codes[start]]
        found = [self._ending(start, start, state)]
        # Most that open a term are words like "the" and "of", with none of the term's words behind them.
        goes_on = words.flags.take(start + 1, mode="clip") & CONTINUES_TERM > 0
        goes_on |= self._any_word[state] > 0
        start, state = start[goes_on], state[goes_on]
        here = start
        while len(start):
            going = words.joined[here]
            start, here, state = start[going], here[going] + 1, state[going]
            following = self._following.find(hash_numbers(state << 32 | words.codes[here]))
            exact, loose = following != UNKNOWN, self._any_word[state] > 0
            start = np.concatenate([start[exact], start[loose]])
            here = np.concatenate([here[exact], here[loose]])
            state = np.concatenate([following[exact].astype(np.int64), self._any_word[state[loose]]])
            found.append(self._ending(start, here, state))
        first, last, terminal = (np.concatenate(column) for column in zip(*found, strict=True))
        before, inside = words.at(first - 1)
        determined = inside & words.joined[before] & np.isin(words.codes[before], determiners)
        return Hits(first, last, terminal >> 1).keep(~determined | (terminal & 1 == 0))

    def _ending(self, start: Ints, here: Ints, state: Ints) -> _Found:
        ending = self._is_ending[state]
        start, here, state = start[ending], here[ending], state[ending]
        counts = self._bounds[state + 1] - self._bounds[state]
        return _Found(
            np.repeat(start, counts), np.repeat(here, counts), self._terminals[ranges(self._bounds[state], counts)]
        )


class _Conditions:
    """What must and must not stand beside each entry; a word of a condition is the key `condition << 32 | code`."""

    def __init__(
        self, entries: Sequence[Entry], code: Callable[[str], int], classes: Mapping[str, frozenset[str]]
    ) -> None:
        conditions = [condition for entry in entries for condition in entry.conditions]
        self._bounds = np.cumsum([0, *(len(entry.conditions) for entry in entries)], dtype=np.int64)
        self._side = np.array([_SIDES[condition.where] for condition in conditions], np.int64)
        self._wanted = np.array([condition.wanted for condition in conditions], bool)
        self._names = np.array(["<name>" in condition.words for condition in conditions], bool)
        self._numbers = np.array(["<number>" in condition.words for condition in conditions], bool)
        keys = {
            number << 32 | code(word)
            for number, condition in enumerate(conditions)
            for word in _spelt_out(condition, classes)
        }
        self._keys = HashIndex()
        self._keys.add(hash_numbers(np.array(sorted(keys), np.int64)), np.zeros(len(keys), np.int32))

    def hold(self, words: Words, hits: Hits) -> Bools:
        """Whether all conditions of each hit hold."""
        counts = self._bounds[hits.entry + 1] - self._bounds[hits.entry]
        hit = np.repeat(np.arange(len(hits.entry)), counts)
        condition = ranges(self._bounds[hits.entry], counts)
        met = np.zeros(len(hit), bool)
        for side, edge in ((-1, hits.first[hit]), (1, hits.last[hit])):
            near, beside = self._side[condition] == 0, self._side[condition] == side
            for distance in range(1, _NEAR + 1):
                place, inside = words.at(edge + side * distance)
                looked_at = inside & (words.sentence[place] == words.sentence[edge]) & (near | beside)
                there = self._keys.find(hash_numbers(condition << 32 | words.codes[place])) != UNKNOWN
                is_name = words.has(place, POSSESSOR) | (words.has(place, CAPITAL) & ~words.starts_sentence[place])
                there |= self._names[condition] & is_name
                there |= self._numbers[condition] & words.has(place, NUMBER)
                met |= looked_at & there
                beside = np.zeros_like(beside)  # beside is the first word only
        holds = np.ones(len(hits.entry), bool)
        holds[hit[met != self._wanted[condition]]] = False
        return holds


def _spelt_out(condition: Condition, classes: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for word in condition.words:
        if not word.startswith("<"):
            yield from words_of(word)
        elif word not in {"<name>", "<number>"}:
            yield from classes[word.strip("<>")]


def sequences(entry: Entry) -> Iterator[tuple[Sequence[str], bool]]:
    """Each sequence of words that an entry stands for, and whether a determiner would make a noun of it."""
    if entry.rule in form.FINDERS:
        return
    if entry.part_of_speech == "affix":
        yield (entry.term,), False  # inside a word: see affixes.py
        for letters in (entry.term, *entry.stated_forms):
            yield (letters.strip("-"),), False  # beside a hyphen
        return
    seen = set()
    base = entry.term.partition(" ")[0]
    shared_with_nouns = {base, base + "s", base + "es", base[:-1] + "ies"}
    for written in entry.forms:
        may_be_noun = entry.part_of_speech == "verb" and written.partition(" ")[0] in shared_with_nouns
        for words in _fill_gaps(words_of(written)):
            if words and words not in seen:
                seen.add(words)
                yield words, may_be_noun


def _fill_gaps(words: list[str]) -> Iterable[tuple[str, ...]]:
    """A term with its gaps at each length; a gap's word is written like the gap."""
    choices = ([(GAP,) * n for n in range(1, _GAP_WORDS + 1)] if word == GAP else [(word,)] for word in words)
    return (tuple(itertools.chain.from_iterable(choice)) for choice in itertools.product(*choices))


def find_loaded_terms(paragraphs: pl.DataFrame, tokens: Tokens, lexicon: Lexicon) -> pl.DataFrame:
    """Every term of the lexicon in `paragraphs` (document_id, paragraph_index, text), one row each, as `FOUND` says.

    `tokens` are those of `scoring_view(paragraphs["text"])`. Offsets are code points in the paragraph. Rows come in the
    order of the paragraphs, then by start.
    """
    matcher = lexicon.matcher
    words, hits = matcher.match(tokens)
    negated = matcher.is_negated(words, hits)
    epithet = matcher.is_epithet(words, hits)
    weight = matcher.weights[hits.entry]
    weight = weight * np.where(negated, lexicon.weights["negated"], 1.0)
    weight = weight * np.where(epithet, lexicon.weights["epithet"], 1.0)
    text_index = np.searchsorted(tokens.offsets, words.token[hits.first], "right") - 1
    start, end, covered = _spans(paragraphs["text"], tokens, matcher.facts(tokens.vocabulary), words, hits, text_index)
    described = lexicon.described[hits.entry]
    return (
        paragraphs.select("document_id", "paragraph_index")[text_index]
        .with_columns(
            *described.drop("rule"),
            pl.Series("start", start),
            pl.Series("end", end),
            covered.alias("text"),
            pl.Series("intensity", np.minimum(matcher.intensities[hits.entry] + epithet, 3)),
            pl.Series("weight", weight),
            pl.Series("negated", negated),
            rule=pl.when(pl.Series(epithet)).then(pl.lit("epithet")).otherwise(described["rule"]),
        )
        .select(FOUND.names())
        .cast(FOUND)
    )


def _spans(
    texts: pl.Series, tokens: Tokens, facts: Mapping[str, NDArray[Any]], words: Words, hits: Hits, text_index: Ints
) -> tuple[Ints, Ints, pl.Series]:
    """Where each hit begins and ends in its text, and what it covers; the hits are in order and apart."""
    places = tokens.starts(texts)
    first, last = words.token[hits.first], words.token[hits.last]
    start = places[first] + facts["starts"][tokens.ids[first], words.column[hits.first]]
    end = places[last] + facts["ends"][tokens.ids[last], words.column[hits.last]]
    buffer = TextBuffer.of(texts)
    covered = (buffer.offsets[text_index] + buffer.bytes_at(text_index, place) for place in (start, end))
    return start, end, buffer.cut(*covered)


def find_in_texts(texts: pl.Series, tokens: Tokens, lexicon: Lexicon) -> pl.DataFrame:
    """`find_loaded_terms` of texts that belong to no document: `paragraph_index` is the text's place among them."""
    places = pl.int_range(len(texts), dtype=pl.Int32, eager=True)
    paragraphs = pl.DataFrame({"paragraph_index": places, "text": texts}).with_columns(document_id=pl.lit(""))
    return find_loaded_terms(paragraphs, tokens, lexicon)


@dataclass(frozen=True)
class LoadedTerm:
    """One hit in one text; the fields are those of the table `loaded_terms`."""

    start: int
    end: int
    text: str
    term: str
    category: str
    intensity: int
    weight: float
    negated: bool
    reason: str
    rule: str


def loaded_terms(text: str, lexicon: Lexicon | None = None) -> list[LoadedTerm]:
    """The loaded and epistemic terms of one text, by the shipped lexicon unless another is given.

    >>> [(term.text, term.category, term.intensity) for term in loaded_terms("The deranged despot lashed out at NATO.")]
    [('deranged', 'name_calling', 3), ('despot', 'name_calling', 3), ('lashed out', 'violent_reporting_verb', 2)]
    """
    texts = pl.Series([text])
    found = find_in_texts(texts, Vocabulary(fold=True).encode(texts), lexicon or load_lexicon())
    return [LoadedTerm(**row) for row in found.drop("document_id", "paragraph_index").iter_rows(named=True)]
