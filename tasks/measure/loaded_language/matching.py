"""Finding loaded terms in columns of texts, as arithmetic on arrays.

The steps are those of scalar.py, which has them for one text:

1. The texts become one long array of words, each with a code and traits (tokenizer.py).
2. A trie of all forms is walked from all words at once (trie.py).
3. Matches extend over the word that an affix belongs to, or from a superlative on (rules.py).
4. Vetoes drop matches that are not hits (vetoes.py, conditions.py).
5. Of overlapping hits the longest stays, then the user's own, then the strongest (hits.py). Protected terms take part in
   this and are then dropped.
6. Negations and epithets change the weight (modifiers.py).
7. The judge says how likely each scored term is loaded where it stands (context).

Each step is linear in the words, however long a paragraph is.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.cache import cached_table
from tasks.measure.loaded_language.affixes import Affixes, lexicon_word
from tasks.measure.loaded_language.context import LOADED_FROM, load_judge
from tasks.measure.loaded_language.entry_table import EntryTable
from tasks.measure.loaded_language.hits import Hits, resolve_overlaps
from tasks.measure.loaded_language.inflection import IRREGULAR_SHA256
from tasks.measure.loaded_language.lexicon import load_lexicon
from tasks.measure.loaded_language.loaded_term import LoadedTerm
from tasks.measure.loaded_language.modifiers import are_epithets, are_negated
from tasks.measure.loaded_language.rules import extend_all
from tasks.measure.loaded_language.tokenizer import TokenReader, TokenTable, read_words
from tasks.measure.loaded_language.trie import Trie, build_trie
from tasks.measure.loaded_language.vetoes import Column, drop_vetoed
from tasks.measure.tokens import Tokens, Vocabulary
from tasks.schemas import LOADED_TERMS
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tasks.measure.loaded_language.context import Judge
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.text.arrays import Ints

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
"""The columns of a proposed term that need neither its context nor voices nor sentences."""
PROPOSED = pl.Schema(
    {**FOUND, "probability": pl.Float64(), "entry": pl.Int64(), "first_token": pl.Int64(), "last_token": pl.Int64()}
)
"""And for the judge: its probability, the entry's place in the lexicon, and the first and last token that the term
covers, as places in the tokens of all texts.
"""


class Matcher:
    """A compiled lexicon: `compile_lexicon` makes it."""

    def __init__(self, lexicon: Lexicon, cache_folder: Path | None = None) -> None:
        entries = lexicon.entries
        self.lexicon = lexicon
        self._codes: dict[str, int] = {}
        self._affixes = Affixes(entries)
        self.table = EntryTable.of(lexicon, self._new_code)
        version = f"{lexicon.sha256} {IRREGULAR_SHA256}"
        trie = cached_table(cache_folder, "loaded-language", version, lambda: build_trie(entries))
        self._trie = Trie(trie, self._new_code)
        self._read_tokens = TokenTable(TokenReader(lexicon), self._code, self._trie.traits)

    def _new_code(self, word: str) -> int:
        return self._codes.setdefault(word, len(self._codes) + 1)

    def _code(self, word: str) -> int:
        listed = lexicon_word(word, self._codes, self._affixes)
        return self._codes[listed] if listed else 0

    def token_table(self, vocabulary: Vocabulary) -> Mapping[str, NDArray[Any]]:
        """What each distinct token holds: see `TokenTable`."""
        return vocabulary.features(f"loaded language:{self.lexicon.sha256}", self._read_tokens)

    def find_unvetoed(self, tokens: Tokens, documents: Ints | None = None) -> tuple[Words, Hits]:
        """The words of all texts, and every hit to which no veto applies, in no order and overlapping.

        `documents` is the number of each text's document, in growing order; without it each text is one.
        """
        words = read_words(tokens, self.token_table(tokens.vocabulary))
        hits = extend_all(words, self._trie.walk(words), self.table)
        of_texts = np.arange(len(tokens)) if documents is None else documents
        return words, drop_vetoed(Column(words, tokens, self.table, of_texts), hits)

    def match(self, tokens: Tokens, documents: Ints | None = None) -> tuple[Words, Hits]:
        """The words of all texts, and the hits that stand: scored or epistemic, in order, without overlaps."""
        words, hits = self.find_unvetoed(tokens, documents)
        hits = resolve_overlaps(hits, self.table.precedence[hits.entry])
        return words, hits.keep(~self.table.is_protected[hits.entry])


@lru_cache(maxsize=4)
def compile_lexicon(lexicon: Lexicon, cache_folder: Path | None = None) -> Matcher:
    """The matcher of a lexicon, compiled once in a process; the trie of its forms is cached in `cache_folder`."""
    return Matcher(lexicon, cache_folder)


def find_loaded_terms(
    paragraphs: pl.DataFrame, tokens: Tokens, matcher: Matcher, judge: Judge | None = None
) -> pl.DataFrame:
    """Every proposed term of `paragraphs` (document_id, paragraph_index, text, kind), judged: columns as in `PROPOSED`.

    `judge` (the shipped one if none is given) gives each scored term its `probability`. Its weight is multiplied by it,
    and is 0 if it is below `LOADED_FROM`. Epistemic terms have no probability. Without the column kind, every paragraph
    is taken for one of the body. The paragraphs of a document follow each other: they show together which words are
    names. `tokens` are those of `scoring_view(paragraphs["text"])`. Offsets are code points in the paragraph. Rows come
    in the order of the paragraphs, then by start.
    """
    found = propose_terms(paragraphs, tokens, matcher)
    scored = np.flatnonzero(found["weight"].to_numpy() > 0)
    probability = (judge or load_judge()).probabilities(paragraphs, tokens, found[scored], matcher.lexicon)
    weight = found["weight"].to_numpy()[scored] * np.where(probability >= LOADED_FROM, probability, 0.0)
    return found.with_columns(
        found["probability"].scatter(scored, probability), found["weight"].scatter(scored, weight)
    )


def propose_terms(paragraphs: pl.DataFrame, tokens: Tokens, matcher: Matcher) -> pl.DataFrame:
    """What the lexicon and the rules of form propose, before it is judged; see `find_loaded_terms`."""
    table, factors = matcher.table, matcher.lexicon.weights
    words, hits = matcher.match(tokens, paragraphs["document_id"].rle_id().to_numpy())
    negated, epithet = are_negated(words, hits, table), are_epithets(words, hits, table)
    weight = table.weights[hits.entry] * np.where(negated, factors["negated"], 1.0)
    weight *= np.where(epithet, factors["epithet"], 1.0)
    text_index = np.searchsorted(tokens.offsets, words.token[hits.first], "right") - 1
    token_table = matcher.token_table(tokens.vocabulary)
    start, end, covered = _spans(paragraphs["text"], tokens, token_table, words, hits, text_index)
    described = matcher.lexicon.described[hits.entry]
    return (
        paragraphs.select("document_id", "paragraph_index")[text_index]
        .with_columns(
            *described.drop("rule"),
            pl.Series("start", start),
            pl.Series("end", end),
            covered.alias("text"),
            pl.Series("intensity", np.minimum(table.intensities[hits.entry] + epithet, 3)),
            pl.Series("weight", weight),
            pl.Series("negated", negated),
            rule=pl.when(pl.Series(epithet)).then(pl.lit("epithet")).otherwise(described["rule"]),
            probability=pl.lit(None, pl.Float64),
            entry=pl.Series(hits.entry),
            first_token=pl.Series(words.token[hits.first]),
            last_token=pl.Series(words.token[hits.last]),
        )
        .select(PROPOSED.names())
        .cast(PROPOSED)
    )


def _spans(
    texts: pl.Series,
    tokens: Tokens,
    token_table: Mapping[str, NDArray[Any]],
    words: Words,
    hits: Hits,
    text_index: Ints,
) -> tuple[Ints, Ints, pl.Series]:
    """Where each hit begins and ends in its text, and what it covers; the hits are in order and do not overlap."""
    places = tokens.starts(texts)
    first, last = words.token[hits.first], words.token[hits.last]
    start = places[first] + token_table["starts"][tokens.ids[first], words.column[hits.first]]
    end = places[last] + token_table["ends"][tokens.ids[last], words.column[hits.last]]
    buffer = TextBuffer.of(texts)
    covered = (buffer.offsets[text_index] + buffer.bytes_at(text_index, place) for place in (start, end))
    return start, end, buffer.cut(*covered)


def find_in_texts(texts: pl.Series, tokens: Tokens, matcher: Matcher) -> pl.DataFrame:
    """What is proposed in texts that belong to no document, as `FOUND`; `paragraph_index` is the index of the text."""
    return propose_terms(_as_paragraphs(texts), tokens, matcher).select(FOUND.names())


def judge_in_texts(texts: pl.Series, tokens: Tokens, matcher: Matcher, judge: Judge | None = None) -> pl.DataFrame:
    """`find_loaded_terms` of texts, each a document of its own; `paragraph_index` is the index of the text."""
    return find_loaded_terms(_as_paragraphs(texts), tokens, matcher, judge)


def _as_paragraphs(texts: pl.Series) -> pl.DataFrame:
    places = pl.int_range(len(texts), dtype=pl.Int32, eager=True)
    return pl.DataFrame({"document_id": places.cast(pl.String), "paragraph_index": places, "text": texts})


def loaded_terms(text: str, lexicon: Lexicon | None = None, judge: Judge | None = None) -> list[LoadedTerm]:
    """The loaded and epistemic terms of one text, by the shipped lexicon and judge unless others are given.

    >>> [(term.text, term.category, term.intensity) for term in loaded_terms("The deranged despot lashed out at NATO.")]
    [('deranged', 'name_calling', 3), ('despot', 'name_calling', 3), ('lashed out', 'violent_reporting_verb', 2)]
    """
    texts = pl.Series([text])
    matcher = compile_lexicon(lexicon or load_lexicon())
    found = judge_in_texts(texts, Vocabulary(fold=True).encode(texts), matcher, judge)
    kept = found.filter((pl.col("weight") > 0) | pl.col("probability").is_null())
    return [LoadedTerm(**row) for row in kept.select(_FIELDS).iter_rows(named=True)]


def proposed_terms(text: str, lexicon: Lexicon | None = None) -> list[LoadedTerm]:
    """What the lexicon and the rules of form propose in one text, before it is judged.

    >>> [term.text for term in proposed_terms("The guns fell silent.")]
    []
    """
    texts = pl.Series([text])
    found = find_in_texts(texts, Vocabulary(fold=True).encode(texts), compile_lexicon(lexicon or load_lexicon()))
    return [LoadedTerm(**row) for row in found.drop("document_id", "paragraph_index").iter_rows(named=True)]


_FIELDS = [field.name for field in fields(LoadedTerm)]
