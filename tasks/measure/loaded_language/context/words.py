"""What the judge reads of single tokens: the bare word, the signs beside it, and which densities it counts for.

`read_token` reads one, `read_tokens` a column of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PUNCTUATION = ".,;:!?()[]{}\"'“”‘’…-–—/*"
EDGE = "<edge>"
"""Stands for the word beside a term at the beginning or end of its paragraph."""
ENDINGS = ("ing", "ed", "s", "ly")
SENTENCE_ENDS = (".", "!", "?", ":")

WORDS_OF = {
    "first_person": ("i", "we", "my", "our", "us", "me", "you", "your", "i'm", "we're", "we've", "i've"),
    "speech": ("said", "says", "told", "according", "spokesman", "spokeswoman", "reported", "announced"),
    "stance": (
        *("must", "should", "never", "ever", "very", "so", "too", "even", "just", "really", "only", "always", "every"),
        "all",
    ),
    "past": ("was", "were", "had"),
    "argument": ("is", "are", "be", "not", "what", "who", "how", "why", "if", "that", "this", "because", "but"),
}
"""The words that are counted in a document, by density."""
DENSITIES = (*WORDS_OF, "exclamation", "question", "number", "capital")
"""What is counted in a document, per token."""
_SIGN = f"[{re.escape(PUNCTUATION)}]"
_OTHER = f"[^{re.escape(PUNCTUATION)}]"


class Token(NamedTuple):
    """One token as the judge reads it."""

    word: str
    """In lower case, without the punctuation around it and without 's; may be empty."""
    opening: str
    """The sign directly before the word; empty if there is none, or no word."""
    closing: str
    """The sign directly after it."""
    is_capital: bool
    is_upper: bool
    """Whether it has two characters or more and is all in capitals."""


def read_token(token: str) -> Token:
    """A token as the judge reads it.

    >>> read_token('("Shame!"')
    Token(word='shame', opening='"', closing='!', is_capital=True, is_upper=False)
    """
    left = token.lstrip(PUNCTUATION)
    bare = left.rstrip(PUNCTUATION)
    if not bare:
        return Token("", "", "", is_capital=False, is_upper=False)
    opening, closing = token[: len(token) - len(left)][-1:], left[len(bare) :][:1]
    upper = bare.upper()
    return Token(
        bare.lower().removesuffix("'s"),
        opening,
        closing,
        is_capital=bare[0] != bare[0].lower(),
        is_upper=len(bare) > 1 and bare == upper and bare != bare.lower(),
    )


def counted(token: str) -> tuple[bool, ...]:
    """Whether a token counts for each of `DENSITIES`.

    >>> [name for name, counts in zip(DENSITIES, counted("We!"), strict=True) if counts]
    ['first_person', 'exclamation', 'capital']
    """
    read = read_token(token)
    of_words = (read.word in words for words in WORDS_OF.values())
    return *of_words, "!" in token, "?" in token, "0" <= read.word[:1] <= "9", read.is_capital


def ending(word: str) -> str:
    """The first of `ENDINGS` that a word has; empty if it has none.

    >>> ending("slammed"), ending("vile")
    ('ed', '')
    """
    return next((end for end in ENDINGS if word.endswith(end)), "")


def read_tokens(tokens: Sequence[str]) -> pl.DataFrame:
    """`read_token` of each token, a row each.

    >>> read_tokens(["Shame!"]).rows()
    [('shame', '', '!', True, False)]
    """
    column = pl.Series("token", tokens, dtype=pl.String)
    bare = pl.col("bare")
    is_word = bare != ""
    sign_before, sign_after = (
        pl.when(is_word).then(pl.col("token").str.extract(pattern)).fill_null("")
        for pattern in (f"^{_SIGN}*({_SIGN}){_OTHER}", f"(?s){_OTHER}({_SIGN}){_SIGN}*$")
    )
    lower, upper = bare.str.to_lowercase(), bare.str.to_uppercase()
    first = bare.str.slice(0, 1)
    return (
        pl.DataFrame({"token": column, "bare": column.str.strip_chars(PUNCTUATION)})
        .with_columns(
            word=lower.str.strip_suffix("'s"),
            opening=sign_before,
            closing=sign_after,
            is_capital=first != first.str.to_lowercase(),
            is_upper=(bare.str.len_chars() > 1) & (bare == upper) & (bare != lower),
        )
        .select(Token._fields)
    )


def count_columns(tokens: Sequence[str], read: pl.DataFrame) -> NDArray[Any]:
    """`counted` of each token: a row for each of `DENSITIES`. `read` is the result of `read_tokens`."""
    text, word = pl.Series(tokens, dtype=pl.String), read["word"]
    first = word.str.slice(0, 1)
    columns = [word.is_in(list(words)) for words in WORDS_OF.values()]
    columns += [text.str.contains(sign, literal=True) for sign in "!?"]
    columns += [first.is_between(pl.lit("0"), pl.lit("9")), read["is_capital"]]
    return np.array([column.to_numpy() for column in columns], bool)
