"""The wiring of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from platformdirs import user_cache_path

from flows.pipeline import cache_folder, instruments_for
from tasks.options import Options


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless OVERTONES_CACHE names another."""
    monkeypatch.delenv("OVERTONES_CACHE", raising=False)
    assert cache_folder() == user_cache_path("overtones")
    monkeypatch.setenv("OVERTONES_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")


@pytest.mark.parametrize("writable", [True, False])
def test_instruments_do_without_a_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool) -> None:
    """The dictionary is kept in the cache folder; where there can be none, it is made all the same."""
    folder = tmp_path / "cache"
    if not writable:
        folder.write_text("no folder")
    monkeypatch.setenv("OVERTONES_CACHE", str(folder))
    instruments_for.cache_clear()
    assert len(instruments_for(Options()).pronunciations.entries) > 100_000
    instruments_for.cache_clear()
    assert folder.is_dir() is writable
