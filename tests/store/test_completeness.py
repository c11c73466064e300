from __future__ import annotations

import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasks.errors import StoreError
from tasks.schemas import TABLES
from tasks.store import completeness, naming_damage, read_table, scan_table, write_table
from tasks.store.manifest import MANIFEST, BatchRecord, FileRecord, Manifest, SourceRecord

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '"files":[{"table":"failures","name":"no"}],'


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder whose manifest names two parts of the table `failures`, of sources with names like its own keys."""
    parts = []
    for name in TABLES:
        (tmp_path / name).mkdir()
    row = dict.fromkeys(TABLES["failures"].schema.names(), "x")
    for number in range(2):
        path = tmp_path / "failures" / f"part-{number}.parquet"
        write_table(TABLES["failures"], pl.DataFrame([row], schema=TABLES["failures"].schema), path)
        parts.append(FileRecord.of("failures", path))
    sources = (SourceRecord(HOSTILE, 1, 1, "0", failed=False),)
    batches = tuple(BatchRecord(sources, (part,)) for part in parts)
    files = tuple(f"failures/part-{number}.parquet" for number in range(2))
    Manifest("engine", (), files, batches).write(tmp_path / MANIFEST)
    return tmp_path


def test_whole_tables_are_read(out: Path) -> None:
    """With all parts there, both readers give all rows; without a manifest, what is there is the table."""
    assert len(read_table("failures", out)) == scan_table("failures", out).collect().height == 2
    (out / MANIFEST).unlink()
    (out / "failures" / "part-0.parquet").unlink()
    assert len(read_table("failures", out)) == scan_table("failures", out).collect().height == 1


@pytest.mark.parametrize("read", [read_table, scan_table])
def test_a_missing_part_is_named(out: Path, read: Any) -> None:
    """A part that the manifest names and that does not exist is an error, with the number of others; no rows are read."""
    (out / "failures" / "part-1.parquet").unlink()
    with pytest.raises(StoreError, match=r"failures/part-1.parquet is missing; `overtones run`"):
        read("failures", out)
    (out / "failures" / "part-0.parquet").unlink()
    with pytest.raises(StoreError, match=r"part-0.parquet is missing \(and 1 more of this table\)"):
        read("failures", out)


def test_tables_that_are_being_exchanged_are_read(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is missing for a moment, because tables are exchanged before the manifest, is waited for."""
    monkeypatch.setattr(completeness, "_PAUSES", (0.0, 0.1, 5.0))
    part = out / "failures" / "part-1.parquet"
    part.rename(out / "aside")
    threading.Thread(target=lambda: (time.sleep(0.02), (out / "aside").rename(part))).start()
    assert scan_table("failures", out).collect().height == 2


def test_a_damaged_manifest_is_reported(out: Path) -> None:
    """A manifest that cannot be parsed is an error that suggests a solution."""
    (out / MANIFEST).write_text('{"engine": "x"')
    with pytest.raises(StoreError, match=r"manifest.jsonl is damaged"):
        scan_table("failures", out)


def test_damage_is_named(out: Path, tmp_path: Path) -> None:
    """An error on a damaged part names the part; an error without a damaged part is not changed."""
    part = out / "failures" / "part-1.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"part-1.parquet cannot be read"), naming_damage(out):
        scan_table("failures", out).collect()
    with pytest.raises(StoreError, match=r"part-1.parquet cannot be read"):
        read_table("failures", out)
    shutil.copy(out / "failures" / "part-0.parquet", part)
    Manifest("engine").write(tmp_path / MANIFEST)
    with pytest.raises(pl.exceptions.ColumnNotFoundError), naming_damage(out):
        scan_table("failures", out).select("none").collect()
    (out / "runs" / "a.parquet").write_bytes(b"no table")
    with pytest.raises(StoreError, match=r"runs/a.parquet cannot be read"), naming_damage(out):
        scan_table("runs", out).collect()
