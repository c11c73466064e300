"""Sources and tables in object stores: a real S3 server on 127.0.0.1, and fsspec's own stores."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
import pytest

from flows import object_stores, pipeline
from flows.object_stores import working_copy
from flows.settings import Settings
from flows.terminal import Exit
from tasks.errors import ServiceError, UsageError
from tasks.schemas import TABLES
from tasks.store import MANIFEST, read_table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Iterator

    Overtones = Callable[..., subprocess.CompletedProcess[str]]

ARTICLES = {
    "daily/a.txt": "The deranged despot stormed out.",
    "daily/b.txt": "It rained.",
    "c.jsonl": '{"text": "Nobody minded."}',
}


@pytest.fixture
def faults() -> dict[str, Iterator[str]]:
    """What the S3 server answers when objects of these names are fetched, as long as there is something here."""
    return {}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, faults: dict[str, Iterator[str]]) -> Iterator[Any]:
    """An S3 server with the bucket `news`; the file system that speaks to it."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed; the extra `dev` brings it")
    pytest.importorskip("s3fs", reason="s3fs is not installed; the extra `object-stores` brings it")
    from werkzeug.serving import WSGIRequestHandler, make_server

    sound = moto.DomainDispatcherApplication(moto.create_backend_app)

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        name = environ["PATH_INFO"].rpartition("/")[2]
        fault = next(faults.get(name, iter(())), None) if environ["REQUEST_METHOD"] == "GET" else None
        if fault is None:
            return sound(environ, start_response)  # type: ignore[no-any-return]
        if fault == "silence":
            time.sleep(3)
        body = f"<Error><Code>{fault.rpartition(' ')[2]}</Code></Error>".encode()
        start_response("200 OK" if fault == "cut off" else fault, [("Content-Length", str(len(body)))])
        return [b"It" if fault == "cut off" else body]

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None:
            """Write nothing."""

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    files = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
    files.makedirs("news", exist_ok=True)  # the server remembers what earlier ones in this process held
    for name, text in ARTICLES.items():
        files.pipe_file(f"news/articles/{name}", text.encode())
    type(files).clear_instance_cache()  # some may remember the server of the last test
    yield files
    server.shutdown()
    server.server_close()
    thread.join()


def _stored(files: Any, top: str, table: str) -> pd.DataFrame:
    parts = [pd.read_parquet(io.BytesIO(files.cat_file(path))) for path in sorted(files.find(f"{top}/{table}"))]
    return pd.concat(parts)


def test_from_store_to_store(tmp_path: Path, folder: Callable[..., Path], overtones: Overtones, s3: Any) -> None:
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
    assert overtones("run", "--no-prefect", folder(ARTICLES), "--out", "near").returncode == Exit.DONE
    for name in TABLES:
        stored, near = _stored(s3, "news/tables", name), pd.read_parquet(tmp_path / "near" / name)
        assert name == "runs" or stored.equals(near)
    assert s3.isfile("news/report/index.html")

    def counts(**more: str) -> tuple[int, int]:
        again = overtones(*command, **keys, **more)
        assert again.returncode == Exit.DONE, again.stderr
        result = json.loads(again.stdout)
        return result["new"], result["unchanged"]

    parts = set(s3.find("news/tables/documents"))
    s3.pipe_file("news/articles/daily/b.txt", ARTICLES["daily/b.txt"].encode())  # a later time, the same ETag
    assert counts() == (0, 3)
    assert set(s3.find("news/tables/documents")) == parts
    s3.pipe_file("news/articles/daily/b.txt", b"It was quite different, after all.")
    s3.rm_file("news/articles/c.jsonl")
    # Another machine, which has no working copy, goes on from what the store holds.
    assert counts(OVERTONES_CACHE=str(tmp_path / "another")) == (1, 1)
    assert sorted(_stored(s3, "news/tables", "documents")["source_uri"]) == ["daily/a.txt", "daily/b.txt"]
    assert len(_stored(s3, "news/tables", "runs")) == 3
    assert not parts & set(s3.find("news/tables/documents"))
    assert counts() == (0, 2)  # the first machine sees what the other did


def test_store_that_refuses(overtones: Overtones, s3: Any) -> None:
    """A bucket that does not exist, and a server that does not answer, are told in one line."""
    keys = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    assert not s3.exists("nowhere")
    missing = overtones("run", "--no-prefect", "s3://nowhere/articles", **keys)
    assert missing.returncode == Exit.USAGE
    assert "s3://nowhere/articles: " in missing.stderr
    gone = overtones("run", "--no-prefect", "s3://news/articles", **{**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert gone.returncode == Exit.USAGE
    assert "the store refuses or does not answer" in gone.stderr
    assert "Traceback" not in missing.stderr + gone.stderr


class TestWhileFetching:
    """What a store does between the listing and the reading costs rows of `failures`; without a list there is no run."""

    @pytest.fixture(autouse=True)
    def _quick(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: Any) -> None:
        monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(object_stores, "_PAUSES", (0.0, 0.01, 0.01))
        # The library's own patience, which is longer.
        monkeypatch.setattr(type(s3), "retries", 1)
        monkeypatch.setitem(
            fsspec.config.conf, "s3", {"config_kwargs": {"read_timeout": 1, "retries": {"max_attempts": 0}}}
        )

    @staticmethod
    def run(tmp_path: Path, between: Callable[[], object] = lambda: None) -> tuple[set[str], list[str]]:
        """The documents of a run in which `between` happens after planning, and the messages of `failures`."""
        address = "s3://news/articles"
        settings = Settings(source=(address,), out=tmp_path / "t", reports=tmp_path / "r", workers=1)
        plan = pipeline.make_plan(settings)
        between()
        with pipeline.hired(settings) as crew:
            parts, counts = pipeline.analyze_batches(plan, settings, crew)
        pipeline.publish_tables(plan, parts, counts, 0.0)
        documents, failures = read_table("documents", settings.out), read_table("failures", settings.out)
        assert (counts.documents, counts.failed) == (len(documents), len(failures))
        return set(documents["source_uri"]), failures["message"].tolist()

    @pytest.mark.parametrize("fault", ["500 InternalError", "503 SlowDown", "silence", "cut off"])
    def test_faults_that_pass(self, tmp_path: Path, faults: dict[str, Iterator[str]], fault: str) -> None:
        """An object that is given at the second attempt is read as if nothing had been."""
        faults["a.txt"] = iter([fault])
        assert self.run(tmp_path) == ({"daily/a.txt", "daily/b.txt", "c.jsonl"}, [])

    @pytest.mark.parametrize("fault", ["500 InternalError", "silence", "cut off"])
    def test_faults_that_stay(self, tmp_path: Path, faults: dict[str, Iterator[str]], fault: str) -> None:
        """An object that is never given is a failure that names it and the fault; the next run tries it again."""
        faults["a.txt"] = repeat(fault)
        documents, [message] = self.run(tmp_path)
        assert documents == {"daily/b.txt", "c.jsonl"}
        assert message.startswith("daily/a.txt: s3://news/articles/daily/a.txt: the store refuses or does not answer (")
        del faults["a.txt"]
        assert self.run(tmp_path) == ({"daily/a.txt", "daily/b.txt", "c.jsonl"}, [])

    def test_listing_that_fails(self, tmp_path: Path, faults: dict[str, Iterator[str]]) -> None:
        """It is tried again; if the fault stays, the error names the SOURCE, and no document leaves the tables."""
        faults["news"] = iter(["500 InternalError"])
        documents, _ = self.run(tmp_path)
        assert len(documents) == 3
        faults["news"] = repeat("500 InternalError")
        with pytest.raises(ServiceError, match=r"s3://news/articles: the store refuses or does not answer \("):
            self.run(tmp_path)
        assert len(read_table("documents", tmp_path / "t")) == 3

    def test_object_that_is_not_given(self, tmp_path: Path, faults: dict[str, Iterator[str]], s3: Any) -> None:
        """One that has gone since it was listed, or is locked, is a failure at once."""
        faults["b.txt"] = iter(["403 AccessDenied"])
        documents, messages = self.run(tmp_path, lambda: s3.rm_file("news/articles/daily/a.txt"))
        assert documents == {"c.jsonl"}
        assert messages[0] == "daily/a.txt: s3://news/articles/daily/a.txt: no such object or folder"
        assert "b.txt: the store refuses access (" in messages[1]

    def test_store_that_goes(self, tmp_path: Path, faults: dict[str, Iterator[str]], s3: Any) -> None:
        """When nothing is heard of several objects, others of the batch are not waited for."""
        for number in range(40):
            s3.pipe_file(f"news/articles/more/{number}.txt", b"It rained.")
            faults[f"{number}.txt"] = repeat("500 InternalError")
        documents, messages = self.run(tmp_path)
        assert documents == {"daily/a.txt", "daily/b.txt", "c.jsonl"}
        assert len(messages) == 40
        assert (
            sum("not fetched, because the store did not answer for s3://news/" in message for message in messages) > 9
        )


class TestPutting:
    """What a store does while tables are put: all of a run counts, or none of it."""

    @pytest.fixture
    def stored(self, tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Settings:
        """Settings whose tables have been put, and whose articles have changed since."""
        monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(object_stores, "_PAUSES", (0.0, 0.0))
        top = folder(ARTICLES)
        settings = Settings(source=(str(top),), out=(tmp_path / "store").as_uri(), reports=tmp_path / "r", workers=1)
        pipeline.run(settings)
        (top / "daily" / "a.txt").write_text("It was quite different, after all.")
        return settings

    @pytest.fixture
    def fail(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """From now on the store fails when something of such a name is put, `times` times, and removes nothing."""
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
        """All that the store holds."""
        store = Path(settings.out_address.removeprefix("file://"))
        return {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}

    @pytest.mark.parametrize("name", ["paragraphs/", MANIFEST])
    def test_put_that_fails_for_good(self, stored: Settings, fail: Callable[..., None], name: str) -> None:
        """The store is as it was, also for who lists it, and the error says so; the next run puts it right."""
        before = self.files(stored)
        fail(name, 2)
        with pytest.raises(ServiceError, match=r"the network is gone\); the tables there are those of the last run"):
            pipeline.run(stored)
        assert self.files(stored) == before
        pipeline.run(stored)
        store = Path(stored.out_address.removeprefix("file://"))
        assert len(list((store / "documents").iterdir())) == 1
        assert "different" in pd.read_parquet(store / "paragraphs")["text"].str.cat()

    def test_put_that_is_tried_again(self, stored: Settings, fail: Callable[..., None]) -> None:
        """A fault that passes costs nothing."""
        fail(MANIFEST, 1)
        assert pipeline.run(stored).counts.new == 1

    def test_put_that_is_done_though_it_fails(self, stored: Settings, fail: Callable[..., None]) -> None:
        """A manifest that is there counts, whatever was heard of it: nothing that it names is removed."""
        fail(MANIFEST, afterwards=True)
        assert pipeline.run(stored).counts.new == 1
        assert b"part-000000-0000-" in self.files(stored)[Path(stored.out_address.removeprefix("file://")) / MANIFEST]

    def test_store_that_removes_nothing(self, stored: Settings, fail: Callable[..., None]) -> None:
        """What the last manifest names is untouched, and the error says that new parts may lie beside it."""
        before = self.files(stored)
        fail(MANIFEST, keeps=True)
        with pytest.raises(ServiceError, match="new parts may lie among the old"):
            pipeline.run(stored)
        assert before.items() < self.files(stored).items()


class TestAnyAddress:
    @pytest.fixture(autouse=True)
    def _cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))

    def test_memory(self, tmp_path: Path) -> None:
        """Any store that fsspec knows works; parts are named by their hash, and the manifest is put after them."""
        files = fsspec.filesystem("memory")
        for name, text in ARTICLES.items():
            files.pipe_file(f"/raw/{name}", text.encode())
        settings = Settings(source=("memory://raw",), out="memory://made/tables", reports=tmp_path / "r", workers=1)
        assert pipeline.run(settings).counts.documents == 3
        assert settings.out == working_copy("memory://made/tables/")
        [part] = files.find("/made/tables/documents")
        assert part.startswith("/made/tables/documents/part-000000-0000-")
        assert files.info("/made/tables/manifest.jsonl")["created"] > files.info(part)["created"]
        assert _stored(files, "/made/tables", "documents")["source_uri"].tolist() == [
            "c.jsonl",
            "daily/a.txt",
            "daily/b.txt",
        ]

    def test_one_object(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """An object given by itself is named by its address; one that has gone since is a row in failures."""
        address = (folder(ARTICLES) / "daily" / "b.txt").as_uri()
        settings = Settings(source=(address,), out=tmp_path / "t", reports=tmp_path / "r", workers=1)
        pipeline.run(settings)
        assert pd.read_parquet(tmp_path / "t" / "documents")["source_uri"].tolist() == [address]

    @pytest.mark.parametrize(
        ("address", "complaint"),
        [("gopher://a/b", "gopher"), ("memory://nothing/there", "no such object or folder")],
    )
    def test_address_that_leads_nowhere(self, tmp_path: Path, address: str, complaint: str) -> None:
        """An address of no known kind, or with nothing there, is an error of usage that names it."""
        settings = Settings(source=(address,), out=tmp_path / "t", reports=tmp_path / "r")
        with pytest.raises(UsageError, match=complaint):
            pipeline.run(settings)
