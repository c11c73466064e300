"""What decides the results, and what does not."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

import pytest

from flows.execution import versions
from flows.execution.versions import resources_for
from tasks.errors import ConfigurationError
from tasks.options import Options

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in an environment that lacks a package whose version decides the results ends with its name."""

    def version(name: str) -> str:
        if name == "pyphen":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(versions, "version", version)
    with pytest.raises(ConfigurationError, match=r"(?s)pyphen is not installed.*overtones doctor"):
        versions.versions.__wrapped__()


@pytest.mark.parametrize("writable", [True, False])
def test_resources_do_without_a_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool) -> None:
    """The dictionary is kept in the cache folder; where there can be none, it is made all the same."""
    folder = tmp_path / "cache"
    if not writable:
        folder.write_text("no folder")
    monkeypatch.setenv("OVERTONES_CACHE", str(folder))
    resources_for.cache_clear()
    assert len(resources_for(Options()).pronunciations.entries) > 100_000
    resources_for.cache_clear()
    assert folder.is_dir() is writable
