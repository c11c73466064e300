"""Locks on folders while a process writes into them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from flows import pipeline
from flows.execution.lock import holding_report, holding_tables
from flows.execution.prestart import prestart
from flows.settings import Settings
from tasks.errors import OutputInUse, OutputRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    """A second process gets an error that names the holder; afterwards the folder is free."""
    out = tmp_path / "out"
    for _ in range(2):
        with (
            holding_tables(out, 0),
            pytest.raises(OutputInUse, match=f"process {os.getpid()} on .* is writing to {out}; .* --out"),
            holding_tables(out, 0),
        ):
            pytest.fail("held twice")


def test_a_report_is_held_beside_its_tables(tmp_path: Path) -> None:
    """Two runs with separate tables and one report exclude each other; a folder for both is locked once."""
    with ExitStack() as stack:
        for folder in ("a", "b"):
            stack.enter_context(holding_tables(tmp_path / folder, 0))
        stack.enter_context(holding_report(tmp_path / "r", tmp_path / "a", 0))
        with pytest.raises(OutputInUse, match=r"writing to .*r; .* --reports"):
            stack.enter_context(holding_report(tmp_path / "r", tmp_path / "b", 0))
        stack.enter_context(holding_report(tmp_path / "b" / ".." / "b", tmp_path / "b", 0))


def test_folders_that_cannot_be_held(tmp_path: Path) -> None:
    """A file in place of a folder, and a name that polars cannot open, are reported."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputRefused, match="file is not a folder; choose another"),
        holding_tables(tmp_path / "file", 0),
    ):
        pytest.fail("held a file")
    name = os.fsdecode(b"caf\xe9")
    with pytest.raises(UsageError, match="not UTF-8"), holding_tables(tmp_path / name, 0):
        pytest.fail("held what polars cannot open")
    assert not (tmp_path / name).exists()


def test_a_run_holds_its_report(tmp_path: Path, folder: Callable[..., Path]) -> None:
    """A run whose report folder is locked ends before anything is written, or waits for it if told to."""
    top = folder({"a.txt": "It rained, and nobody minded."})
    settings = Settings(source=(str(top),), out=tmp_path / "t", reports=tmp_path / "r", workers=1)
    with holding_tables(tmp_path / "other", 0), holding_report(tmp_path / "r", tmp_path / "other", 0):
        with pytest.raises(OutputInUse, match="--reports"):
            pipeline.run(settings)
        assert not (tmp_path / "t" / "documents").exists()
        with prestart(settings) as prestarted:
            assert prestarted.plan is None
    with prestart(settings) as prestarted:
        assert prestarted.plan is not None
        with pytest.raises(OutputInUse), holding_report(tmp_path / "r", tmp_path / "other", 0):
            pytest.fail("the run that was started does not hold its report")
