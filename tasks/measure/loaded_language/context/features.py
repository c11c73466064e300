"""What the judge knows of a proposed term, as named features of one term of one paragraph: the form to read.

A feature is a name and a number. `group:value` is there where it holds; `group` alone is a quantity. The groups:

- of the entry: `category`, `intensity`, `category_intensity`, `part_of_speech`, `rule`, `words` (how many), `entry`;
  the logits of its estimated shares in reports (`share_report`), opinion (`share_opinion`), other texts (`share_other`)
- of the term as it is written: `form`, `ending`, `upper`, `capital`, `capital_at_start` (of a sentence), `opening` and
  `closing` (the signs beside it), `epithet`, `negated`
- of what is around it: `before_1`, `before_2`, `after_1`, `after_2`, `near` (words up to six tokens away),
  `capital_before`, `capital_after`; `kind` of the paragraph; `others`: how many other terms of the paragraph are loaded
  by their shares
- of its document: the share of tokens that count for each of `words.DENSITIES` (`document_...`), drawn towards the usual
  share where the document is short; `gain_...`: by how much the share in opinion exceeds the share in reports, times
  the density

Whose words they are is no feature: it did not make the judge more exact on labels. `columns.py` computes the sum of the
weights for all proposed terms of a column of texts; a test compares the two.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.measure.loaded_language.context.words import DENSITIES, EDGE, SENTENCE_ENDS, counted, ending, read_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.measure.loaded_language.entries import Entry
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.tokens import Tokens

NEAR = 6
"""Tokens on each side of a term that are near it."""
OWN_VALUE, BESIDE_VALUE, NEAR_VALUE = 2.0, 0.5, 0.25
"""Values of features with many names: entries and forms may get large weights, words around a term only small ones."""
USUAL = {
    "first_person": 0.012,
    "speech": 0.012,
    "stance": 0.03,
    "past": 0.02,
    "argument": 0.07,
    "exclamation": 0.001,
    "question": 0.002,
    "number": 0.03,
    "capital": 0.15,
}
"""The usual share of tokens for each of `DENSITIES`."""
SCALE = {
    "first_person": 12.0,
    "speech": 18.0,
    "stance": 9.0,
    "past": 12.0,
    "argument": 5.0,
    "exclamation": 60.0,
    "question": 30.0,
    "number": 6.0,
    "capital": 2.4,
}
USUAL_TOKENS = 60
"""How many tokens of usual text are added to a document before its shares are computed."""
MOST = 3.0
"""The highest value of a density and of `others`."""
GAINS = ("first_person", "speech", "stance")
LONGEST = 4


class Proposal(NamedTuple):
    """A proposed term with what the judge needs to know of it."""

    entry: Entry
    tokens: Sequence[str]
    """Of its paragraph."""
    first: int
    last: int
    """Its first and last token."""
    is_epithet: bool
    is_negated: bool
    kind: str
    densities: Sequence[float]
    """Of its document; see `densities`."""
    others: float
    """See `expected_others`."""


def logit(share: float) -> float:
    """The logarithm of the odds, with shares of 0 and 1 drawn a little inwards.

    >>> round(logit(0.5), 6)
    0.0
    """
    return math.log((share + 0.02) / (1.02 - share))


def densities(tokens: Sequence[str]) -> list[float]:
    """The scaled share of tokens for each of `DENSITIES`.

    >>> [round(value, 2) for value in densities([])] == [round(USUAL[name] * SCALE[name], 2) for name in DENSITIES]
    True
    """
    flags = [counted(token) for token in tokens]
    counts = [sum(column) for column in zip(*flags, strict=True)] if flags else [0] * len(DENSITIES)
    n_tokens = len(tokens) + USUAL_TOKENS
    return [
        min((count + USUAL_TOKENS * USUAL[name]) / n_tokens * SCALE[name], MOST)
        for name, count in zip(DENSITIES, counts, strict=True)
    ]


def proposals(paragraphs: pl.DataFrame, tokens: Tokens, found: pl.DataFrame, lexicon: Lexicon) -> list[Proposal]:
    """The proposed terms of some paragraphs, from the rows of `find_loaded_terms`; `tokens` are those of the paragraphs."""
    texts = [tokens.of(text) for text in range(len(tokens))]
    kinds = paragraphs["kind"].cast(pl.String).to_list() if "kind" in paragraphs.columns else ["body"] * len(texts)
    documents = paragraphs["document_id"].rle_id().to_list()
    of_document: dict[int, list[str]] = {}
    for document, words in zip(documents, texts, strict=True):
        of_document.setdefault(document, []).extend(words)
    counted_densities = {document: densities(words) for document, words in of_document.items()}
    text_of = (np.searchsorted(tokens.offsets, found["first_token"].to_numpy(), "right") - 1).tolist()
    entries = [lexicon.entries[number] for number in found["entry"].to_list()]
    expected = [0.0] * len(texts)
    for text, entry in zip(text_of, entries, strict=True):
        expected[text] += mean_share(entry)
    return [
        Proposal(
            entry=entry,
            tokens=texts[text],
            first=row["first_token"] - int(tokens.offsets[text]),
            last=row["last_token"] - int(tokens.offsets[text]),
            is_epithet=row["rule"] == "epithet",
            is_negated=row["negated"],
            kind=kinds[text],
            densities=counted_densities[documents[text]],
            others=expected_others(expected[text], mean_share(entry), len(texts[text])),
        )
        for text, entry, row in zip(text_of, entries, found.to_dicts(), strict=True)
    ]


def mean_share(entry: Entry) -> float:
    """The mean of an entry's estimated shares."""
    return (entry.share_report + entry.share_opinion + entry.share_other) / 3


def expected_others(expected: float, own: float, n_tokens: int) -> float:
    """How many of the other terms of a paragraph are expected to be loaded, for the root of its length.

    `expected` is the sum of `mean_share` over all its proposed terms, `own` that of this one.
    """
    return min((expected - own) / math.sqrt(n_tokens + 10), MOST)


def named_features(proposal: Proposal) -> dict[str, float]:
    """The features of a proposed term: names and values other than 0."""
    every = entry_features(proposal.entry) | _of_form(proposal) | _of_words_around(proposal) | _of_document(proposal)
    return {name: value for name, value in every.items() if value}


def entry_features(entry: Entry) -> dict[str, float]:
    """Those that follow from the entry alone."""
    return {
        "bias": 1.0,
        f"category:{entry.category}": 1.0,
        f"intensity:{entry.intensity}": 1.0,
        f"category_intensity:{entry.category} {entry.intensity}": 1.0,
        f"part_of_speech:{entry.part_of_speech}": 1.0,
        f"rule:{entry.rule}": 1.0,
        f"entry:{entry.term}": OWN_VALUE,
        "words": min(len(entry.term.split()), LONGEST) - 1.0,
        "share_report": logit(entry.share_report),
        "share_opinion": logit(entry.share_opinion),
        "share_other": logit(entry.share_other),
    }


def _of_form(p: Proposal) -> dict[str, float]:
    first, last = read_token(p.tokens[p.first]), read_token(p.tokens[p.last])
    before = read_token(p.tokens[p.first - 1]) if p.first else None
    starts_sentence = before is None or before.closing in SENTENCE_ENDS
    found = {
        f"ending:{ending(first.word)}": 1.0,
        f"opening:{first.opening}": 1.0,
        f"closing:{last.closing}": 1.0,
        "upper": float(first.is_upper),
        "capital": float(first.is_capital and not starts_sentence),
        "capital_at_start": float(first.is_capital and starts_sentence),
        "epithet": float(p.is_epithet),
        "negated": float(p.is_negated),
    }
    return found | ({f"form:{first.word}": OWN_VALUE} if p.first == p.last else {})


def _of_words_around(p: Proposal) -> dict[str, float]:
    before = [read_token(token) for token in p.tokens[max(0, p.first - NEAR) : p.first]]
    after = [read_token(token) for token in p.tokens[p.last + 1 : p.last + 1 + NEAR]]
    found: dict[str, float] = {
        "capital_before": float(bool(before) and before[-1].is_capital),
        "capital_after": float(bool(after) and after[0].is_capital),
        f"kind:{p.kind}": 1.0,
        "others": p.others,
    }
    for distance in (1, 2):
        left = before[-distance].word if distance <= len(before) else EDGE
        right = after[distance - 1].word if distance <= len(after) else EDGE
        found |= {f"before_{distance}:{left}": BESIDE_VALUE, f"after_{distance}:{right}": BESIDE_VALUE}
    for token in (*before, *after):
        found[f"near:{token.word}"] = found.get(f"near:{token.word}", 0.0) + NEAR_VALUE
    return found


def _of_document(p: Proposal) -> dict[str, float]:
    gain = logit(p.entry.share_opinion) - logit(p.entry.share_report)
    found = {f"document_{name}": value for name, value in zip(DENSITIES, p.densities, strict=True)}
    return found | {f"gain_{name}": gain * found[f"document_{name}"] for name in GAINS}
