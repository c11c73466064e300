"""The judge: the form for one term and the form for columns, its file, and what it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language import compile_lexicon, find_loaded_terms, load_lexicon, loaded_terms, proposed_terms
from tasks.measure.loaded_language.context import LOADED_FROM, Judge, load_judge
from tasks.measure.loaded_language.context.features import named_features, proposals
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

LEXICON = load_lexicon()
MATCHER = compile_lexicon(LEXICON)
WORDS = (
    *("deranged", "Despot", "regime’s", "lashed out", "slams", "not", "the", "Putin", "said.", "(brutal)", "we", "was"),
    *("REGIME!", "“shameful”", "—", "1999", "because", "Never", "rain", "😀", "a vile, cruel plot"),
)
PARAGRAPHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
        st.booleans(),
        st.sampled_from(["body", "headline"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(PARAGRAPHS)
@example([("", True, "body"), ("The despot.", False, "headline"), ("Despot Putin, we said, SLAMS!", True, "body")])
def test_columns_are_as_single_terms(drawn: list[tuple[str, bool, str]]) -> None:
    """The probability of each term is that of its named features, in any document and place."""
    starts = np.cumsum([is_new for _, is_new, _ in drawn])
    paragraphs = pl.DataFrame(
        {
            "document_id": [f"d{number}" for number in starts.tolist()],
            "paragraph_index": pl.Series(range(len(drawn)), dtype=pl.Int32),
            "text": [text for text, *_ in drawn],
            "kind": [kind for *_, kind in drawn],
        }
    )
    tokens = Vocabulary(fold=True).encode(paragraphs["text"])
    found = find_loaded_terms(paragraphs, tokens, MATCHER).filter(pl.col("probability").is_not_null())
    expected = [load_judge().probability(one) for one in proposals(paragraphs, tokens, found, LEXICON)]
    np.testing.assert_allclose(found["probability"].to_numpy(), expected, atol=1e-12)


def test_doubtful_terms_weigh_nothing() -> None:
    """Below one half a term has no weight; from one half on, its weight is multiplied by its probability."""
    paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "text": ["The despot spoke."]})
    tokens = Vocabulary().encode(paragraphs["text"])
    whole = LEXICON.weight(LEXICON.by_term["despot"][0])
    for bias, expected in ((-0.1, 0.0), (0.0, 0.5 * whole), (2.0, 0.8807970779778823 * whole)):
        found = find_loaded_terms(paragraphs, tokens, MATCHER, Judge.of({"bias": bias}, {}))
        assert found["weight"].to_list() == pytest.approx([expected])


def test_loaded_terms_are_probable() -> None:
    """Of what is proposed only terms from one half on are loaded; epistemic terms stay and have no probability."""
    text = "Perhaps the brutal despot grabbed the book."
    never = Judge.of({"bias": -9.0}, {})
    assert [term.probability for term in loaded_terms(text, judge=never)] == [None]
    assert len(proposed_terms(text)) > 2
    assert all(term.probability is None or term.probability >= LOADED_FROM for term in loaded_terms(text))


def test_counted_features_add_up() -> None:
    """What counted for a term adds up to its logit, the largest first."""
    paragraphs = pl.DataFrame({"document_id": ["d"], "text": ["The despot spoke."], "paragraph_index": [0]})
    tokens = Vocabulary().encode(paragraphs["text"])
    found = find_loaded_terms(paragraphs, tokens, MATCHER)
    [proposal] = proposals(paragraphs, tokens, found, LEXICON)
    counted = load_judge().counted(proposal)
    logit = sum(one.value for one in counted)
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(found["probability"][0])
    assert [abs(one.value) for one in counted] == sorted((abs(one.value) for one in counted), reverse=True)
    assert {one.name for one in counted} <= named_features(proposal).keys()


def test_file_gives_the_same_judge(tmp_path: Path) -> None:
    """A saved judge has the same hash and provenance when it is loaded."""
    judge = Judge.of({"bias": -0.25, "entry:far left": 0.5}, {"fitted on": "ten texts"})
    judge.save(tmp_path / "own.judge")
    loaded = load_judge(tmp_path / "own.judge")
    assert (loaded.weights, loaded.provenance) == (judge.weights, judge.provenance)
    assert loaded.sha256 == judge.sha256


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"bias\t1\n", "own.judge is not a judge; `overtones fit` writes one"),
        (b"\xff\xfe", "own.judge is not a judge"),
        (b"# judge of loaded terms, format 1\nbias\tmuch\n", r"own.judge, line 2: .* not 'bias\\tmuch'"),
    ],
)
def test_other_files_are_no_judges(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is not a judge is reported with its name, and the line if there is one."""
    path = tmp_path / "own.judge"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        load_judge(path)


def test_missing_and_unwritable_files(tmp_path: Path) -> None:
    """A file that cannot be read or written is reported with the system's reason."""
    with pytest.raises(ConfigurationError, match=r"cannot read the judge .*own.judge: No such file"):
        load_judge(tmp_path / "own.judge")
    with pytest.raises(ConfigurationError, match=r"cannot write the judge .*: No such file"):
        load_judge().save(tmp_path / "no" / "own.judge")


def test_shipped_judge_says_where_it_is_from() -> None:
    """The shipped weights have their provenance: command, labels, date, and figures of held-out paragraphs."""
    provenance = load_judge().provenance
    assert provenance["fitted by"].startswith("python tools/fit_judge.py")
    assert "language model" in provenance["labels"]
    assert {"date", "labels sha256", "held-out paragraphs, all", "held-out paragraphs, reports"} <= provenance.keys()
