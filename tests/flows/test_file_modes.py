"""Permissions of the files that are written."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from flows import pipeline
from flows.execution.versions import resources_for
from flows.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARTICLES: dict[str, bytes | str] = {
    f"{number}.txt": "The despot stormed out. It rained, and nobody minded at all.\n" * 3 for number in range(4)
}


@pytest.fixture(params=[0o022, 0o077, 0o002], ids=oct)
def mask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The file mode creation mask of this process and of those that it starts."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
def test_files_follow_the_umask(
    tmp_path: Path,
    folder: Callable[..., Path],
    called: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    mask: int,
) -> None:
    """Tables, manifest, report, log and cache have the permissions of the umask, whichever process wrote them."""
    monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "out" / "cache"))
    resources_for.cache_clear()
    source = str(folder(ARTICLES))
    where = {"out": tmp_path / "out" / "t", "reports": tmp_path / "out" / "r"}
    for workers in (1, 2):  # the second run finds half of the texts changed, so it links parts and writes others
        pipeline.run(Settings(source=(source,), workers=workers, batch_bytes=300, **where))
        folder({"0.txt": "Another text, which is calm.", "4.txt": "One more."})
    assert called("report", "--out", "out/t", "--reports", "out/r", "--document", "1.txt").code == 0
    assert called("clean", "articles/1.txt", "--log", "out/log").code == 0
    resources_for.cache_clear()
    written = [path for path in (tmp_path / "out").rglob("*") if path.name != "lock"]  # filelock has a mode of its own
    assert len([path for path in written if path.suffix == ".parquet"]) > 20
    assert {path.suffix for path in written} >= {".html", ".jsonl", ".json", ".md", ""}
    for path in written:
        wanted = (0o777 if path.is_dir() else 0o666) & ~mask
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
