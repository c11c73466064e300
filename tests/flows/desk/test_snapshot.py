"""The tables in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows import pipeline
from flows.desk.snapshot import Desk
from flows.settings import Settings
from tasks.errors import StoreError
from tasks.store import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from flows.desk.snapshot import Snapshot


def test_all_documents_have_names(snapshot: Snapshot) -> None:
    """A document has its title, and every document of the table is there, in order."""
    assert snapshot.documents["name"].to_list() == ["Storm over the harbour", "Council votes", "=1+1"]
    assert (
        snapshot.documents["document_id"].to_list() == read_table("documents", snapshot.folder)["document_id"].to_list()
    )


def test_one_document_is_read_from_its_part(snapshot: Snapshot) -> None:
    """The scan of a document has its rows of every table."""
    document_id = snapshot.documents["document_id"][1]
    texts = snapshot.scan(document_id)("sentences").collect().filter(document_id=document_id)["text"]
    assert texts[0] == "The shameless council slammed the plan."


def test_a_new_run_is_noticed(tmp_path: Path) -> None:
    """After a run has published, a new request sees its documents; the snapshot in use does not change."""
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text("It rained all day.")
    settings = Settings(source=(str(tmp_path / "news"),), out=tmp_path / "out", reports=tmp_path / "r", workers=1)
    pipeline.run(settings)
    desk = Desk(tmp_path / "out")
    before = desk.snapshot()
    assert desk.snapshot() is before
    (tmp_path / "news" / "b.txt").write_text("Nobody minded at all.")
    pipeline.run(settings)
    after = desk.snapshot()
    assert (before.documents.height, after.documents.height) == (1, 2)
    assert before.version != after.version


def test_without_tables_there_is_an_error(tmp_path: Path) -> None:
    """The message says how tables are made."""
    with pytest.raises(StoreError, match="overtones run"):
        Desk(tmp_path)
