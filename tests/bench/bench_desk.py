"""The desk on a large corpus: time until it is ready, memory, and the time of each kind of page.

    python tests/bench/bench_desk.py TABLES --copies 78

TABLES are tables of a run. Each part is written `--copies` times under other document ids, so 2,225 articles and 0.85 million
words become 173,550 articles and 66 million words. Then a desk is started on them and asked, each address five times with
another query, so that no answer is reused.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import httpx
import polars as pl

from tasks.schemas import TABLES
from tasks.store import MANIFEST, BatchRecord, FileRecord, Manifest, mark, read_manifest, write_table
from tasks.store.manifest import table_folder

WORDS = ("minister", "growth", "goalkeeper", "broadband", "parliament")
COMMON = ("the", "to", "of", "and", "in")


def copy_tables(tables: Path, target: Path, copies: int) -> None:
    """Write tables with every document `copies` times."""
    manifest = read_manifest(tables)
    mark(target, "tables")
    batches = []
    for number in range(copies):
        for batch in manifest.batches:
            files = [_copied(tables, target, file, f"{number:02x}") for file in batch.files if file.table in TABLES]
            batches.append(BatchRecord((), tuple(files), batch.n_documents, batch.n_words))
    for name in TABLES:
        (target / name).mkdir(exist_ok=True)
        if not any((target / name).iterdir()):
            write_table(TABLES[name], TABLES[name].empty(), target / name / "part-empty.parquet")
    for path in (tables / "runs").glob("*.parquet"):
        (target / "runs" / path.name).write_bytes(path.read_bytes())
    names = tuple(f"{name}/{path.name}" for name in TABLES for path in sorted((target / name).glob("*.parquet")))
    Manifest(manifest.engine, manifest.sources, names, tuple(batches)).write(target / MANIFEST)


def _copied(tables: Path, target: Path, file: FileRecord, prefix: str) -> FileRecord:
    frame = pl.read_parquet(table_folder(tables, file.table) / file.name, glob=False)
    frame = frame.cast(TABLES[file.table].schema)  # type: ignore[arg-type]
    ids = [name for name in ("document_id", "duplicate_of") if name in frame.columns and file.table == "documents"] or [
        name for name in ("document_id",) if name in frame.columns
    ]
    frame = frame.with_columns((prefix + pl.col(name).str.slice(2)).alias(name) for name in ids)
    name = file.name.replace("part-", f"part-{prefix}", 1)
    path = target / file.table / name
    path.parent.mkdir(exist_ok=True)
    write_table(TABLES[file.table], frame, path)
    return replace(FileRecord.of(file.table, path), name=name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--copies", type=int, default=78)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy_tables(options.tables, Path(folder), options.copies)
        measure(Path(folder))


def measure(tables: Path) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "flows", "serve", "--port", "0", "--out", str(tables)]
    environment = os.environ | {"POLARS_MAX_THREADS": "1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    found = re.search(r"http://\S+(?=/ )", process.stderr.readline())
    assert found
    with httpx.Client(trust_env=False, timeout=60, base_url=found[0]) as client:
        total = client.get("/documents.json").json()["total"]
        print(f"{total:,} documents, ready in {time.perf_counter() - began:.2f} s, {_megabytes(process.pid):,} MB")
        ids = [row["document_id"] for row in client.get("/documents.json?sort=-n_words").json()["rows"][:5]]
        kinds = {
            "list": [f"/documents?page={n}" for n in range(2, 7)],
            "sorted": [f"/documents?sort=-{name}" for name in ("n_words", "n_repairs", "flesch_kincaid_grade_published", "n_loaded_author", "loaded_score")],
            "search": [f"/documents?q={word}" for word in WORDS],
            "search, common word": [f"/documents?q={word}" for word in COMMON],
            "contexts": [f"/contexts?q={word}" for word in WORDS],
            "contexts, common word": [f"/contexts?q={word}" for word in COMMON],
            "contexts, sorted": [f"/contexts?q={word}&order=left" for word in WORDS],
            "document": [f"/documents/{document_id}" for document_id in ids],
            "terms": ["/terms"],
            "speakers": ["/speakers"],
        }  # fmt: skip
        for name, addresses in kinds.items():
            seconds = [_timed(client, address) for address in addresses]
            print(f"{name:24} {1000 * median(seconds):8.0f} ms   (at most {1000 * max(seconds):,.0f})")
        print(f"{_megabytes(process.pid):,} MB at the end")
    process.terminate()
    process.wait()


def _timed(client: httpx.Client, address: str) -> float:
    began = time.perf_counter()
    client.get(address).raise_for_status()
    return time.perf_counter() - began


def _megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


if __name__ == "__main__":
    main()
