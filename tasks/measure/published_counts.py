"""What the readability formulas count, by the rules of their publications, from this project's own sentences.

textstat's counts (`counts`) differ from the publications: here decimals and abbreviations end no sentence, figures have
the syllables with which they are read, names are not difficult words, and inflected forms of easy words are easy.

- A *word* is a token with a letter or a digit; a compound with hyphens is one word (Flesch 1948).
- *Syllables* are those of the pronouncing dictionary, of each part of a compound; figures and letters are counted as they
  are read aloud (Flesch 1948): "1918" has four, "BBC" three, "$5" three.
- *Letters* are letters and digits; *strokes* are all characters without white space (Smith and Senter 1967).
- *Polysyllables* have three syllables or more, names included (McLaughlin 1969).
- *Hard words* of the fog index have three syllables or more, and are no names, no compounds of shorter parts, and not of
  three syllables only by -ed or -es (Gunning 1952).
- *Familiar* to Dale and Chall (1948) are listed words, their forms in -s, -es, -ies, -d, -ed, -ied, -ing, -est, -ly and
  -'s, compounds of familiar parts, figures, and names. The list is the one that textstat's package holds.
- A *name* has a capital inside a sentence, without a quotation mark before it.

`count_token` states the rules for one token, `count_published` adds them up for paragraphs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.measure.dictionary import easy_words
from tasks.measure.packed_counters import PackedCounters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.measure.dictionary import Dictionary
    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Ints

_EDGES = re.compile(r"^[^\w$£€]+|[^\w%]+$|_")
_PART = re.compile(r"[-–—/]+")
_FIGURE = re.compile(r"[$£€]?\d[\d.,:]*(?:%|[a-z]{1,2})?")
_SPELLED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]?|[B-DF-HJ-NP-TV-XZ]{2,5}")
# Syllables of the numbers below 20, and of the tens.
_SMALL = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2)
_TENS = (0, 0, 2, 2, 2, 2, 2, 3, 2, 2)
_SUFFIXES = (("'s", ""), ("s", ""), ("es", ""), ("ies", "y"), ("d", ""), ("ed", ""), ("ied", "y"), ("ing", ""), ("ing", "e"),
    ("est", ""), ("est", "e"), ("iest", "y"), ("ly", ""), ("ily", "y"))  # fmt: skip
_DOUBLED = re.compile(r"([bdfglmnprt])\1(?:ed|ing|est)$")

COUNTS = ("words", "syllables", "letters", "strokes", "monosyllables", "polysyllables", "miniwords", "long_words", "hard_words",
    "unfamiliar")  # fmt: skip
"""What is counted of each token."""


class TokenCounts(NamedTuple):
    """What one token adds to each of `COUNTS`, and what it adds to the last two at the beginning of a sentence."""

    words: int = 0
    syllables: int = 0
    letters: int = 0
    strokes: int = 0
    monosyllables: int = 0
    polysyllables: int = 0
    miniwords: int = 0
    long_words: int = 0
    hard_words: int = 0
    unfamiliar: int = 0
    first_hard_words: int = 0
    first_unfamiliar: int = 0


def number_syllables(number: int) -> int:
    """The syllables of a whole number, read aloud; of four digits as a year, if it could be one.

    >>> [number_syllables(number) for number in (7, 42, 365, 1918, 2000, 15_000)]
    [2, 3, 6, 4, 3, 4]
    """
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return _TENS[number // 10] + (_SMALL[number % 10] if number % 10 else 0)
    if 1010 <= number < 2100 and not 2000 <= number < 2010 and number % 100:
        return number_syllables(number // 100) + number_syllables(number % 100) + (number % 100 < 10)
    for size, name in ((10**9, 2), (10**6, 2), (1000, 2), (100, 2)):
        if number >= size:
            rest = number % size
            return number_syllables(number // size) + name + (number_syllables(rest) if rest else 0)
    raise AssertionError


def figure_syllables(figure: str) -> int:
    """The syllables of a figure with its signs: decimals digit by digit, a currency and a percentage as words.

    >>> [figure_syllables(figure) for figure in ("$5", "3.5", "40%", "10,000", "6:30")]
    [3, 3, 4, 3, 3]
    """
    whole, *decimals = re.findall(r"\d+", figure.replace(",", "")) or [""]
    signs = 2 * figure.startswith(("$", "£", "€")) + 2 * figure.endswith("%")
    point = 1 if "." in figure.rstrip(".") and decimals else 0
    read = [number_syllables(int(digits[:12])) for digits in decimals] if not point else []
    digits = sum(_SMALL[int(digit)] for part in decimals for digit in part[:12]) if point else 0
    return signs + number_syllables(int(whole[:12] or 0)) + point + digits + sum(read)


def is_familiar(word: str) -> bool:
    """Whether a word in lower case is on the list, or a regular form of one that is.

    >>> [is_familiar(word) for word in ("boat", "boats", "carried", "running", "quickly", "fog's", "treasury")]
    [True, True, True, True, True, True, False]
    """
    easy = easy_words()
    if word in easy:
        return True
    stems = [word[: -len(suffix)] + ending for suffix, ending in _SUFFIXES if word.endswith(suffix)]
    if doubled := _DOUBLED.search(word):
        stems.append(word[: doubled.start() + 1])
    return any(len(stem) > 1 and stem in easy for stem in stems)


def count_token(token: str, dictionary: Dictionary) -> TokenCounts:
    """What a token adds to the counts. It belongs to a scoring view: quotation marks and apostrophes are ASCII.

    >>> from tasks.measure.dictionary import load_dictionary
    >>> count_token("well-known,", load_dictionary())[:6]
    (1, 2, 9, 11, 0, 0)
    >>> count = count_token("Ecuador", load_dictionary())
    >>> count.polysyllables, count.hard_words, count.first_hard_words, count.unfamiliar, count.first_unfamiliar
    (1, 0, 1, 0, 1)
    """
    return count_tokens([token], dictionary)[0]


def count_tokens(tokens: Sequence[str], dictionary: Dictionary) -> list[TokenCounts]:
    """`count_token` of each; the dictionary is asked once for all."""
    words = [_bare(token) for token in tokens]
    parts = [[] if _is_read_aloud(word) else _parts(word) for word in words]
    flat = pl.Series([part for some in parts for part in some], dtype=pl.String)
    syllables = iter(np.maximum(dictionary.syllables(flat.str.replace_all("'", "", literal=True)), 1).tolist())
    return [
        _count(token, word, some, [next(syllables) for _ in some])
        for token, word, some in zip(tokens, words, parts, strict=True)
    ]


def _bare(token: str) -> str:
    """The word of a token: without the marks around it, but for those that are read aloud; "" if there is none.

    >>> [_bare(token) for token in ("(boat),", "$5.", "U.S.", "--", "'tis")]
    ['boat', '$5', 'U.S.', '', 'tis']
    """
    if spelled := re.search(r"(?:[A-Za-z]\.){2,}", token):
        return spelled[0]
    word = _EDGES.sub("", token)
    return word if re.search(r"[^\W_]", word) else ""


def _is_read_aloud(word: str) -> bool:
    return not word or bool(_FIGURE.fullmatch(word) or _SPELLED.fullmatch(word))


def _parts(word: str) -> list[str]:
    return [part for part in _PART.split(word.lower()) if part]


def _count(token: str, word: str, parts: list[str], syllables: list[int]) -> TokenCounts:
    if not word:
        return TokenCounts(strokes=len(token))
    is_figure = _FIGURE.fullmatch(word) is not None
    if is_figure:
        n_syllables = figure_syllables(word)
    elif parts:
        n_syllables = sum(syllables)
    else:
        n_syllables = sum(3 if letter in "Ww" else 1 for letter in word if letter.isalpha())
    n_letters = sum(character.isalnum() for character in word)
    is_hard = _is_hard(word, parts, syllables)
    is_unfamiliar = not is_figure and not (parts and all(map(is_familiar, parts)))
    is_name = token[:1].isupper()
    return TokenCounts(
        words=1,
        syllables=n_syllables,
        letters=n_letters,
        strokes=len(token),
        monosyllables=int(n_syllables == 1),
        polysyllables=int(n_syllables >= 3),
        miniwords=int(n_letters <= 3),
        long_words=int(n_letters > 6),
        hard_words=int(is_hard and not is_name),
        unfamiliar=int(is_unfamiliar and not is_name),
        first_hard_words=int(is_hard and is_name),
        first_unfamiliar=int(is_unfamiliar and is_name),
    )


def _is_hard(word: str, parts: list[str], syllables: list[int]) -> bool:
    if not parts or max(syllables) < 3:
        return False
    return not (len(parts) == 1 and syllables[0] == 3 and word.lower().endswith(("ed", "es")))


def count_sentences(sentences: Sequence[str], dictionary: Dictionary) -> dict[str, int]:
    """`COUNTS` and `sentences` of one text, whose sentences these are.

    >>> from tasks.measure.dictionary import load_dictionary
    >>> counts = count_sentences(["In 1918 the U.S. Treasury met Ecuador.", "It rose by 3.5 percent."], load_dictionary())
    >>> counts["words"], counts["sentences"], counts["syllables"], counts["hard_words"]
    (12, 2, 23, 0)
    """
    total = dict.fromkeys((*COUNTS, "sentences"), 0)
    for sentence in sentences:
        counted = count_tokens(sentence.split(), dictionary)
        for name in COUNTS:
            total[name] += sum(getattr(count, name) for count in counted)
        if counted:
            total["hard_words"] += counted[0].first_hard_words
            total["unfamiliar"] += counted[0].first_unfamiliar
        total["sentences"] += any(count.words for count in counted)
    return total


def find_published(sentences: Sequence[str], dictionary: Dictionary) -> dict[str, list[str]]:
    """The hard and the unfamiliar words of a text, in order, repeats included.

    >>> from tasks.measure.dictionary import load_dictionary
    >>> find_published(["He saw that the Treasury refuses the ratification."], load_dictionary())
    {'hard_words': ['ratification'], 'unfamiliar': ['ratification']}
    """
    found: dict[str, list[str]] = {"hard_words": [], "unfamiliar": []}
    for sentence in sentences:
        tokens = sentence.split()
        for place, (token, count) in enumerate(zip(tokens, count_tokens(tokens, dictionary), strict=True)):
            for name, words in found.items():
                if getattr(count, name) or (not place and getattr(count, f"first_{name}")):
                    words.append(_bare(token))
    return found


# The largest values that are packed; tokens beyond are counted apart.
_LARGEST = {"syllables": 12, "letters": 24, "strokes": 31}
_COUNTERS = PackedCounters({name: _LARGEST.get(name, 1) for name in COUNTS})


def count_published(sentences: Tokens, n_sentences: Ints, dictionary: Dictionary) -> dict[str, Ints]:
    """`COUNTS` and `sentences`, with an element for each text.

    `sentences` are those of all texts in order, `n_sentences` how many each text has. Sentences without a word do not
    count.
    """
    features = _token_features(sentences, dictionary)
    packed = features["packed"].take(sentences.ids)
    ends = np.append(0, np.cumsum(n_sentences))
    offsets = sentences.offsets[ends]
    counts = _COUNTERS.sums(packed, offsets)
    text_of = np.repeat(np.arange(len(n_sentences)), n_sentences)
    filled = np.flatnonzero(sentences.counts)
    first = sentences.ids.take(sentences.offsets[:-1][filled])
    for name in ("hard_words", "unfamiliar"):
        counts[name] += np.bincount(text_of[filled], features[f"first_{name}"].take(first), len(n_sentences)).astype(
            np.int64
        )
    long = np.flatnonzero(features["is_long"].take(sentences.ids))
    for name in COUNTS if len(long) else ():
        where = np.searchsorted(offsets, long, "right") - 1
        np.add.at(counts[name], where, features[name].take(sentences.ids.take(long)))
    words_before = np.append(0, np.cumsum(features["words"].take(sentences.ids)))[sentences.offsets]
    has_word = np.diff(words_before) > 0
    counts["sentences"] = np.bincount(text_of[has_word], minlength=len(n_sentences))
    return counts


def _token_features(tokens: Tokens, dictionary: Dictionary) -> dict[str, NDArray[Any]]:
    def compute(strings: Sequence[str]) -> dict[str, NDArray[Any]]:
        texts = pl.Series(strings, dtype=pl.String)
        is_plain = (texts.str.contains(_PLAIN) & ~texts.str.contains(_CONSONANTS)).to_numpy()
        rows = np.zeros((len(texts), len(TokenCounts._fields)), np.int64)
        rows[is_plain] = _count_plain(texts.filter(is_plain), dictionary)
        others = count_tokens(texts.filter(~is_plain).to_list(), dictionary)
        rows[~is_plain] = np.array(others, np.int64).reshape(-1, len(TokenCounts._fields))
        columns: dict[str, NDArray[Any]] = dict(zip(TokenCounts._fields, rows.T.copy(), strict=True))
        is_long = np.any([columns[name] > largest for name, largest in _LARGEST.items()], axis=0)
        packed = _COUNTERS.pack({name: np.where(is_long, 0, columns[name]) for name in COUNTS})
        return {**columns, "packed": packed, "is_long": is_long}

    return dict(tokens.vocabulary.features(f"published, {dictionary}", compute))


# Most tokens are letters with marks around them.
_PLAIN = r"^[\"'(\[]*[A-Za-z]+[\"').,;:!?\]]*$"
_CONSONANTS = r"^[^A-Za-z]*[B-DF-HJ-NP-TV-XZ]{2,5}[^A-Za-z]*$"  # as in `_SPELLED`


def _count_plain(tokens: pl.Series, dictionary: Dictionary) -> NDArray[np.int64]:
    """The columnar form of `count_tokens`, for such tokens."""
    words = tokens.str.extract("([A-Za-z]+)").str.to_lowercase()
    n_letters = words.str.len_bytes().to_numpy().astype(np.int64)
    syllables = np.maximum(dictionary.syllables(words), 1)
    is_reduced = (words.str.ends_with("ed") | words.str.ends_with("es")).to_numpy()
    is_hard = (syllables >= 3) & ~((syllables == 3) & is_reduced)
    is_name = tokens.str.contains("^[A-Z]").to_numpy()
    is_unfamiliar = ~_are_familiar(words)
    counts = TokenCounts(
        words=1,
        syllables=syllables,  # type: ignore[arg-type]  # columns, here and below
        letters=n_letters,  # type: ignore[arg-type]
        strokes=tokens.str.len_bytes().to_numpy(),  # type: ignore[arg-type]
        monosyllables=syllables == 1,
        polysyllables=syllables >= 3,  # type: ignore[arg-type]
        miniwords=n_letters <= 3,  # type: ignore[arg-type]
        long_words=n_letters > 6,  # type: ignore[arg-type]
        hard_words=is_hard & ~is_name,
        unfamiliar=is_unfamiliar & ~is_name,
        first_hard_words=is_hard & is_name,
        first_unfamiliar=is_unfamiliar & is_name,
    )
    return np.stack([np.broadcast_to(np.asarray(column), len(tokens)) for column in counts], axis=1).astype(np.int64)


def _are_familiar(words: pl.Series) -> NDArray[np.bool_]:
    """The columnar form of `is_familiar`."""
    easy = pl.Series(list(easy_words()))
    familiar = words.is_in(easy)
    for suffix, ending in _SUFFIXES:
        rows = (~familiar & words.str.ends_with(suffix)).arg_true()
        stems = words.gather(rows).str.head(-len(suffix)) + ending
        familiar = familiar.scatter(rows.filter((stems.str.len_bytes() > 1) & stems.is_in(easy)), True)
    rows = (~familiar & words.str.contains("(?:ed|ing|est)$")).arg_true()
    doubled = pl.Series([is_familiar(word) for word in words.gather(rows).to_list()], dtype=pl.Boolean)
    return familiar.scatter(rows.filter(doubled), True).to_numpy()
