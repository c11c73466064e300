"""Names of places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from flows.paths import cache_folder

if TYPE_CHECKING:
    import pytest


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache folder is the user's, unless OVERTONES_CACHE names another."""
    monkeypatch.delenv("OVERTONES_CACHE", raising=False)
    assert cache_folder() == user_cache_path("overtones")
    monkeypatch.setenv("OVERTONES_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")
