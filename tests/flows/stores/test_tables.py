"""Tables and reports in object stores: an S3 server on 127.0.0.1, and fsspec's own stores."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
import pytest

from flows import pipeline
from flows.paths import working_copy
from flows.settings import Settings
from flows.stores import filesystem
from flows.terminal.console import Exit
from tasks.errors import OutputRefused, ServiceError
from tasks.schemas import TABLES
from tasks.store import MANIFEST

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    Overtones = Callable[..., subprocess.CompletedProcess[str]]


def test_from_store_to_store(
    tmp_path: Path,
    folder: Callable[..., Path],
    overtones: Overtones,
    s3: Any,
    stored_table: Callable[..., pd.DataFrame],
    articles: dict[str, str],
) -> None:
    """Articles in a bucket become tables and a report in a bucket, with the rows that files on disk would have given."""
    command = (
        "run",
        "--no-prefect",
        "--json",
        "s3://news/articles",
        "--out",
        "s3://news/tables",
        "--reports",
        "s3://news/report",
    )
    keys = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    done = overtones(*command, **keys)
    assert done.returncode == Exit.DONE, done.stderr
    assert overtones("run", "--no-prefect", folder(articles), "--out", "near").returncode == Exit.DONE
    for name in TABLES:
        stored, near = stored_table(s3, "news/tables", name), pd.read_parquet(tmp_path / "near" / name)
        assert name == "runs" or stored.equals(near)
    assert s3.isfile("news/report/index.html")

    def counts(**more: str) -> tuple[int, int]:
        again = overtones(*command, **keys, **more)
        assert again.returncode == Exit.DONE, again.stderr
        result = json.loads(again.stdout)
        return result["new"], result["unchanged"]

    parts = set(s3.find("news/tables/documents"))
    s3.pipe_file("news/articles/daily/b.txt", articles["daily/b.txt"].encode())  # a later time, the same ETag
    assert counts() == (0, 3)
    assert set(s3.find("news/tables/documents")) == parts
    s3.pipe_file("news/articles/daily/b.txt", b"It was quite different, after all.")
    s3.rm_file("news/articles/c.jsonl")
    # Another machine, which has no working copy, goes on from what the store holds.
    assert counts(OVERTONES_CACHE=str(tmp_path / "another")) == (1, 1)
    assert sorted(stored_table(s3, "news/tables", "documents")["source_uri"]) == ["daily/a.txt", "daily/b.txt"]
    assert len(stored_table(s3, "news/tables", "runs")) == 3
    assert not parts & set(s3.find("news/tables/documents"))
    assert counts() == (0, 2)  # the first machine sees what the other did


def test_tables_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored_table: Callable[..., pd.DataFrame], articles: dict[str, str]
) -> None:
    """Any store of fsspec works; parts are named by their hash, and the manifest is uploaded after them."""
    monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))
    files = fsspec.filesystem("memory")
    for name, text in articles.items():
        files.pipe_file(f"/raw/{name}", text.encode())
    settings = Settings(source=("memory://raw",), out="memory://made/tables", reports=tmp_path / "r", workers=1)
    assert pipeline.run(settings).counts.documents == 3
    assert settings.out == working_copy("memory://made/tables/")
    [part] = files.find("/made/tables/documents")
    assert part.startswith("/made/tables/documents/part-000000-0000-")
    assert files.info("/made/tables/manifest.jsonl")["created"] > files.info(part)["created"]
    assert stored_table(files, "/made/tables", "documents")["source_uri"].tolist() == [
        "c.jsonl",
        "daily/a.txt",
        "daily/b.txt",
    ]


class TestUpload:
    """Faults of a store during an upload: the store has all of a run or none of it."""

    @pytest.fixture
    def stored(
        self, tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, articles: dict[str, str]
    ) -> Settings:
        """Settings whose tables have been uploaded, and whose articles have changed since."""
        monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(filesystem, "PAUSES", (0.0, 0.0))
        top = folder(articles)
        settings = Settings(source=(str(top),), out=(tmp_path / "store").as_uri(), reports=tmp_path / "r", workers=1)
        pipeline.run(settings)
        (top / "daily" / "a.txt").write_text("It was quite different, after all.")
        return settings

    @pytest.fixture
    def fail(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """From now on the store fails `times` times when an object with this name is uploaded, and deletes nothing."""
        local = type(fsspec.filesystem("file"))
        put_file = local.put_file

        def break_store(name: str, times: int = sys.maxsize, *, afterwards: bool = False, keeps: bool = False) -> None:
            left = iter(range(times))

            def put(self: Any, path: str, target: str, **more: Any) -> None:
                fails = name in target and next(left, None) is not None
                if not fails or afterwards:
                    put_file(self, path, target, **more)
                if fails:
                    raise OSError("the network is gone")

            monkeypatch.setattr(local, "put_file", put)
            if keeps:
                monkeypatch.setattr(local, "rm_file", lambda *_: (_ for _ in ()).throw(OSError("the network is gone")))

        return break_store

    @staticmethod
    def files(settings: Settings) -> dict[Path, bytes]:
        """Everything in the store."""
        store = Path(settings.out_address.removeprefix("file://"))
        return {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}

    @pytest.mark.parametrize("name", ["paragraphs/", MANIFEST])
    def test_upload_that_fails_for_good(self, stored: Settings, fail: Callable[..., None], name: str) -> None:
        """The store is unchanged, also for readers that list it, and the error says so; the next run uploads again."""
        before = self.files(stored)
        fail(name, 2)
        with pytest.raises(
            ServiceError, match=r"the network is gone\); the store still holds the tables of the last run"
        ):
            pipeline.run(stored)
        assert self.files(stored) == before
        pipeline.run(stored)
        store = Path(stored.out_address.removeprefix("file://"))
        assert len(list((store / "documents").iterdir())) == 1
        assert "different" in pd.read_parquet(store / "paragraphs")["text"].str.cat()

    def test_upload_that_is_tried_again(self, stored: Settings, fail: Callable[..., None]) -> None:
        """A temporary fault has no effect."""
        fail(MANIFEST, 1)
        assert pipeline.run(stored).counts.new == 1

    def test_upload_that_is_done_though_it_fails(self, stored: Settings, fail: Callable[..., None]) -> None:
        """If the manifest was uploaded in spite of an error, it counts, and no object in it is removed."""
        fail(MANIFEST, afterwards=True)
        assert pipeline.run(stored).counts.new == 1
        assert b"part-000000-0000-" in self.files(stored)[Path(stored.out_address.removeprefix("file://")) / MANIFEST]

    def test_store_that_removes_nothing(self, stored: Settings, fail: Callable[..., None]) -> None:
        """Everything in the last manifest is unchanged, and the error says that new parts may remain beside it."""
        before = self.files(stored)
        fail(MANIFEST, keeps=True)
        with pytest.raises(ServiceError, match="new parts may remain beside the old"):
            pipeline.run(stored)
        assert before.items() < self.files(stored).items()


class TestObjectsOfOthers:
    """Nothing that somebody else put into a store is replaced or removed."""

    @pytest.fixture
    def files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """A store in memory, empty."""
        monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))
        files = fsspec.filesystem("memory")
        files.store.clear()
        yield files
        files.store.clear()

    @staticmethod
    def settings(folder: Callable[..., Path], **more: str) -> Settings:
        """A run of two articles into the store."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
        given = {"out": "memory://place/tables", "reports": "memory://place/report", **more}
        return Settings(source=(str(top),), workers=1, **given)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("tables/documents/mine.parquet", "--out memory://place/tables holds objects that overtones did not write"),
            ("tables/notes.txt", "--out memory://place/tables holds objects that overtones did not write"),
            ("report/index.html", "--reports memory://place/report holds objects that overtones did not write"),
        ],
    )
    def test_an_address_that_is_not_ours(
        self, folder: Callable[..., Path], files: Any, name: str, message: str
    ) -> None:
        """The run is refused before anything is uploaded."""
        files.pipe_file(f"/place/{name}", b"mine")
        with pytest.raises(OutputRefused, match=message):
            pipeline.run(self.settings(folder))
        assert files.find("/place") == [f"/place/{name}"]

    def test_one_address_for_both(self, folder: Callable[..., Path], files: Any) -> None:
        """Tables and report need separate addresses."""
        with pytest.raises(OutputRefused, match="are the same folder"):
            pipeline.run(self.settings(folder, reports="memory://place/tables"))
        assert not files.find("/")

    def test_objects_beside_ours(self, folder: Callable[..., Path], files: Any) -> None:
        """Other objects beside the tables and the pages are kept; one inside the folder of a table is refused."""
        settings = self.settings(folder)
        pipeline.run(settings)
        for name in ("tables/notes.txt", "report/documents/mine.html", "report/notes.txt"):
            files.pipe_file(f"/place/{name}", b"mine")
        (Path(settings.source[0]) / "b.txt").unlink()
        pipeline.run(settings)
        for name in ("tables/notes.txt", "report/documents/mine.html", "report/notes.txt"):
            assert files.cat_file(f"/place/{name}") == b"mine"
        assert len(files.ls("/place/report/documents", detail=False)) == 2
        files.pipe_file("/place/tables/documents/mine.parquet", b"mine")
        with pytest.raises(OutputRefused, match=r"documents/mine\.parquet"):
            pipeline.run(settings)
        assert files.cat_file("/place/tables/documents/mine.parquet") == b"mine"
