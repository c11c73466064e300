from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language import compile_lexicon, find_loaded_terms, load_lexicon
from tasks.measure.loaded_language.evaluation import Annotated
from tasks.measure.loaded_language.fitting import FitOptions, fit
from tasks.measure.loaded_language.matching import FOUND
from tasks.measure.loaded_language.scorer import Scorer, load_scorer
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

LEXICON = load_lexicon()
MATCHER = compile_lexicon(LEXICON)
OPTIONS = FitOptions(ngrams="words", n_weights=2**11)


def rows() -> list[Annotated]:
    """Sentences in which people marked each "gribble", a word that no lexicon holds."""
    subjects = ("council", "board", "court", "party", "paper", "union", "bank", "club", "school", "team")
    plain = [Annotated(f"The {name} met on Monday.", label=False, document=name) for name in subjects]
    loaded = [
        Annotated(f"The {name} met gribble people.", True, ((len(name) + 9, len(name) + 16),), document=name)
        for name in subjects
    ]
    return plain + loaded


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """A scorer fitted on those sentences."""
    return fit(rows(), LEXICON, OPTIONS, {"corpus": "gribble"})


def test_learns_what_people_mark(scorer: Scorer) -> None:
    """A word that people marked is found in a new sentence, and the sentence scores above a plain one."""
    predicted = scorer.predict(["The crew met gribble people.", "The crew met on Friday."], LEXICON)
    assert predicted.spans == [[(13, 20)], []]
    assert predicted.scores[0] > predicted.scores[1]


def test_file_gives_the_same_scorer(scorer: Scorer, tmp_path: Path) -> None:
    """A saved scorer gives the same predictions when loaded, and says what it was fitted on."""
    path = tmp_path / "own.scorer"
    scorer.save(path)
    loaded = load_scorer(path, LEXICON)
    texts = [row.text for row in rows()]
    np.testing.assert_array_equal(loaded.predict(texts, LEXICON).scores, scorer.predict(texts, LEXICON).scores)
    assert loaded.sha256 == scorer.sha256
    assert loaded.provenance["corpus"] == "gribble"
    assert loaded.provenance["lexicon_sha256"] == LEXICON.sha256
    assert loaded.provenance["n_marked_words"] == 10


def test_other_files_are_no_scorers(tmp_path: Path) -> None:
    """A file that is not a scorer is reported as such."""
    path = tmp_path / "own.scorer"
    with pytest.raises(ConfigurationError, match=r"cannot read the scorer .*own.scorer: No such file"):
        load_scorer(path, LEXICON)
    path.write_text("gribble")
    with pytest.raises(ConfigurationError, match=r"own.scorer is not a scorer; `overtones fit` writes one"):
        load_scorer(path, LEXICON)


def test_another_lexicon_is_refused(scorer: Scorer, tmp_path: Path) -> None:
    """A scorer belongs to one lexicon: with another its predictions would be meaningless."""
    scorer.save(tmp_path / "own.scorer")
    own = tmp_path / "own.toml"
    own.write_text('remove = ["despot"]\n')
    with pytest.raises(ConfigurationError, match="was fitted with another lexicon"):
        load_scorer(tmp_path / "own.scorer", load_lexicon([own]))


def test_rescoring_keeps_the_table(scorer: Scorer) -> None:
    """Rows keep their columns, epistemic ones still weigh 0, and marked words become rows of their own."""
    text = "Perhaps the despot met\n\n(gribble) people."
    paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": pl.Series([3], dtype=pl.Int32), "text": [text]})
    tokens = Vocabulary(fold=True).encode(paragraphs["text"])
    found = find_loaded_terms(paragraphs, tokens, MATCHER)
    rescored = scorer.rescore(found, paragraphs, tokens)
    assert rescored.schema == FOUND
    assert rescored["term"].to_list() == ["perhaps", "despot", "gribble"]
    assert rescored["weight"][0] == 0
    assert [text[start:end] for start, end in rescored.select("start", "end").iter_rows()] == rescored["text"].to_list()
    assert rescored["rule"][2] == "scorer"


def test_tables_say_what_was_evaluated(scorer: Scorer) -> None:
    """The words and probabilities of `predict` are those that a run writes."""
    texts = [row.text for row in rows()] + ["The despot met.", "", "Vile, “gribble” people!"]
    frame = pl.DataFrame({"text": texts}).with_row_index("paragraph_index").cast({"paragraph_index": pl.Int32})
    paragraphs = frame.with_columns(document_id=pl.lit("d"))
    tokens = Vocabulary(fold=True).encode(paragraphs["text"])
    predicted = scorer.predict(texts, LEXICON)
    found = scorer.rescore(find_loaded_terms(paragraphs, tokens, MATCHER), paragraphs, tokens).filter(
        pl.col("weight") > 0
    )
    for text, spans in enumerate(predicted.spans):
        hits = found.filter(paragraph_index=text).select("start", "end").rows()
        assert all(any(a < end and start < b for a, b in hits) for start, end in spans)
        assert all(any(a < end and start < b for start, end in spans) for a, b in hits)
    chances = scorer.sentence_probabilities(paragraphs, tokens, MATCHER)
    np.testing.assert_array_equal(chances.drop_nulls().to_numpy(), predicted.scores[[bool(text) for text in texts]])
    assert chances.null_count() == 1


def test_unloaded_hits_weigh_nothing() -> None:
    """If people never mark the terms of the lexicon, its hits remain as rows and add nothing to a score."""
    plain = [Annotated(f"The despot met {row.document}.", label=False, document=row.document) for row in rows()]
    learnt = fit([*rows(), *plain, *plain], LEXICON, OPTIONS)
    paragraphs = pl.DataFrame(
        {"document_id": ["d"], "paragraph_index": pl.Series([0], dtype=pl.Int32), "text": ["The despot met."]}
    )
    tokens = Vocabulary().encode(paragraphs["text"])
    [row] = learnt.rescore(find_loaded_terms(paragraphs, tokens, MATCHER), paragraphs, tokens).to_dicts()
    assert (row["term"], row["weight"]) == ("despot", 0.0)
