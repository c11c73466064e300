"""Runs with an unusable cache."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import platformdirs

from flows.execution.versions import resources_for
from flows.paths import cache_folder
from flows.terminal.console import Exit
from tasks.options import Options

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    import pytest

ARTICLE = "Despot’s plan\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out of the extraordinary hall.\n"


def test_results_do_not_depend_on_the_cache(
    tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """With a new, damaged or unusable cache, or a file in its place, tables and pages are the same."""
    source = folder({"a.txt": ARTICLE})

    def files(cache: Path | str, name: str) -> dict[str, bytes]:
        top = tmp_path / name
        places = ("--out", top / "t", "--reports", top / "r")
        done = overtones("run", "--no-prefect", source, *places, OVERTONES_CACHE=str(cache))
        assert done.returncode == Exit.DONE, done.stderr
        wanted = [*top.glob("t/[!r]*/*.parquet"), *top.glob("r/documents/*.html")]
        # The last part of a page is about the run, which has a time.
        return {
            path.relative_to(top).as_posix(): path.read_bytes().partition(b"<h3>This run</h3>")[0] for path in wanted
        }

    good = files(tmp_path / "cache", "new")
    assert len(good) > 7
    (tmp_path / "file").touch()
    assert files(tmp_path / "file", "file-in-its-place") == good
    assert files("/dev/null/none", "not-to-be-made") == good
    kept = {path: path.read_bytes() for path in (tmp_path / "cache").iterdir()}
    assert len(kept) > 5
    damages = itertools.cycle(
        [lambda _: b"", lambda content: content[: len(content) // 2], lambda content: bytes(len(content))]
    )
    damaged = {path: damage(content) for (path, content), damage in zip(kept.items(), damages, strict=False)}
    for path, content in damaged.items():
        path.write_bytes(content)
    assert files(tmp_path / "cache", "damaged") == good
    assert set((tmp_path / "cache").iterdir()) == set(kept)
    assert [path for path, content in damaged.items() if path.read_bytes() == content] == []


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is no folder for the cache, nothing is cached, and nothing is written into the working folder."""
    monkeypatch.delenv("OVERTONES_CACHE", raising=False)

    def no_home(_: str) -> None:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_cache_path", no_home)
    resources_for.cache_clear()
    assert resources_for(Options()).dictionary
    resources_for.cache_clear()
    assert not cache_folder().exists()
    assert cache_folder().is_absolute()
