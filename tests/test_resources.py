"""The resources that are loaded once per process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasks import resources
from tasks.errors import ConfigurationError
from tasks.options import Options
from tasks.resources import load_resources

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (["A vile plot!", "It rained."], ["Good news, they said."], ["So be it.", "No.", "Yes."])


@pytest.mark.parametrize("at_once", [10**6, 1])
def test_columns_are_measured_together_as_apart(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Each column of texts has the measures that it has alone, whether it is measured in one pass with others or not."""
    monkeypatch.setattr(resources, "_TOKENS_IN_ONE_PASS", at_once)
    loaded = load_resources(Options())
    columns = [loaded.vocabulary.encode(pl.Series(texts)) for texts in COLUMNS]
    for measure in (loaded.sentiments, loaded.readabilities):
        for together, column in zip(measure(*columns), columns, strict=True):
            [alone] = measure(column)
            assert together.equals(alone)


def test_lexicon_is_compiled_once() -> None:
    """Resources of the same lexicon share one matcher, which is made when it is first needed."""
    one, other = load_resources(Options()), load_resources(Options())
    assert "matcher" not in vars(one)
    assert one.matcher is one.matcher is other.matcher


def test_quotes_are_folded_unless_verbatim() -> None:
    """The vocabulary reads typographic quotes as plain ones, but not with the option `verbatim`."""
    assert load_resources(Options()).vocabulary.folds
    assert not load_resources(Options(verbatim=True)).vocabulary.folds


def test_hashes_of_lexicon_and_judge(tmp_path: Path) -> None:
    """A file of the user's changes the hash of the lexicon, not that of the judge."""
    own = tmp_path / "own.toml"
    own.write_text('remove = ["despot"]\n')
    loaded = load_resources(Options(lexicons=(str(own),)))
    assert loaded.lexicon_sha256 != load_resources(Options()).lexicon_sha256
    assert loaded.judge_sha256 == load_resources(Options()).judge_sha256


def test_unreadable_lexicon(tmp_path: Path) -> None:
    """A lexicon that cannot be read is an error that names the file."""
    with pytest.raises(ConfigurationError, match=r"cannot read the lexicon .*own\.toml"):
        load_resources(Options(lexicons=(str(tmp_path / "own.toml"),)))
