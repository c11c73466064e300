"""Sources and tables in object stores: a real S3 server on 127.0.0.1, and fsspec's own stores."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
import pytest

from flows import pipeline
from flows.execution.executor import analyze_batches
from flows.execution.outputs import publish_tables
from flows.execution.planning import make_plan
from flows.execution.prestart import prestarted_pool
from flows.paths import working_copy
from flows.settings import Settings
from flows.stores import filesystem
from flows.stores.sources import list_objects
from flows.terminal.console import Exit
from tasks.errors import OutputRefused, OvertonesError, ServiceError, UsageError
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
        monkeypatch.setattr(filesystem, "PAUSES", (0.0, 0.01, 0.01))
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
        plan = make_plan(settings)
        between()
        with prestarted_pool(settings) as pool:
            parts, counts = analyze_batches(plan, settings, pool)
        publish_tables(plan, parts, counts, 0.0)
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
        monkeypatch.setattr(filesystem, "PAUSES", (0.0, 0.0))
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
        with pytest.raises(ServiceError, match="new parts may be among the old"):
            pipeline.run(stored)
        assert before.items() < self.files(stored).items()


class _Guarded(SimpleHTTPRequestHandler):
    """Gives the file that is asked for to who knows the token, or the user and the password."""

    def send_head(self) -> Any:
        login = base64.b64encode(b"kxqz1:wvjq9%wvjq9").decode()
        if "token=wvjq9" not in self.path and self.headers["Authorization"] != f"Basic {login}":
            self.send_error(404)
            return None
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


class TestSecrets:
    """User, password and query of an address are used, and written nowhere."""

    SECRETS = ("kxqz1", "wvjq9")

    @pytest.fixture
    def page(self, tmp_path: Path) -> Iterator[str]:
        """Where a server on 127.0.0.1 has a file of records, without the scheme."""
        pytest.importorskip("aiohttp", reason="aiohttp is not installed; the extra `object-stores` brings it")
        (tmp_path / "web").mkdir()
        (tmp_path / "web" / "news.jsonl").write_text('{"text": "The deranged despot stormed out."}\n')
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Guarded, directory=tmp_path / "web"))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}/news.jsonl"
        server.shutdown()
        server.server_close()
        thread.join()

    def written(self, top: Path, done: subprocess.CompletedProcess[str]) -> str:
        """All that a run has left: files as they are, what parquet holds, and what was said."""
        files = [path for path in top.rglob("*") if path.is_file()]
        assert any(path.name == "summary.json" for path in files)
        tables = (pd.read_parquet(path).to_csv() for path in files if path.suffix == ".parquet")
        raw = (path.read_bytes().decode("latin-1") for path in files)
        return "".join([done.stdout, done.stderr, *map(str, files), *tables, *raw])

    @pytest.mark.parametrize(
        "address", ["http://{}?token=wvjq9&sig=wvjq9", "http://kxqz1:wvjq9%25wvjq9@{}"], ids=["token", "login"]
    )
    def test_page(self, tmp_path: Path, overtones: Overtones, page: str, address: str) -> None:
        """A page behind a token or a password is read; its name, the same for both, has neither."""
        done = overtones("run", "--no-prefect", "--json", "-v", address.format(page), "--out", "t")
        assert done.returncode == Exit.DONE, done.stderr
        assert pd.read_parquet(tmp_path / "t" / "documents")["source_uri"].tolist() == [f"http://{page}"]
        for secret in self.SECRETS:
            assert secret not in self.written(tmp_path, done)
        again = overtones("run", "--no-prefect", "--json", address.format(page), "--out", "t")
        assert json.loads(again.stdout)["unchanged"] == 1

    @pytest.mark.parametrize(
        "address", ["http://{}?token=wvqj9", "http://kxqz1:wvqj9@{}", "http://kxqz1:wvqj9@{}/x?wvqj9"]
    )
    def test_page_that_is_refused(self, overtones: Overtones, page: str, address: str) -> None:
        """The message names the page without what was wrong about the secret."""
        done = overtones("run", "--no-prefect", address.format(page))
        assert done.returncode == Exit.USAGE
        assert f"http://{page}" in done.stderr
        assert not [secret for secret in ("kxqz1", "wvqj9", "Traceback") if secret in done.stderr]

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_key_of_a_bucket(self, tmp_path: Path, overtones: Overtones, s3: Any, workers: str) -> None:
        """Key and secret in the address reach the store, also from other processes, and nothing else."""
        for number in range(2):
            s3.pipe_file(f"news/long/{number}.txt", ARTICLES["daily/a.txt"].encode() * 70_000)
        surroundings = {"AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"], "AWS_DEFAULT_REGION": "us-east-1"}
        top = "s3://kxqz1:wvjq9%2Fwvjq9@news"
        done = overtones(
            "run", "--no-prefect", f"{top}/long", "--out", f"{top}/made{workers}", "--reports", "r", "--workers", workers,
            "--log-json", **surroundings,
        )  # fmt: skip
        assert done.returncode == Exit.DONE, done.stderr
        stored = _stored(s3, f"news/made{workers}", "documents")
        assert sorted(stored["source_uri"]) == ["0.txt", "1.txt"]
        kept = "".join(s3.cat_file(path).decode("latin-1") for path in s3.find(f"news/made{workers}"))
        for secret in self.SECRETS:
            assert secret not in kept + self.written(tmp_path, done)

    @pytest.mark.parametrize("endpoint", ["", "http://kxqz1:wvjq9@127.0.0.1:9"])
    def test_store_that_refuses(self, monkeypatch: pytest.MonkeyPatch, s3: Any, endpoint: str) -> None:
        """What the store's library says is told without the key, also where it stands in the library's own settings."""
        assert not s3.exists("nowhere")
        monkeypatch.setenv("_OVERTONES_ADDRESSES", "{}")
        monkeypatch.setattr(filesystem, "PAUSES", (0.0,))
        if endpoint:
            monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        settings = Settings(source=("s3://kxqz1:wvjq9@nowhere/articles",))
        with pytest.raises(OvertonesError, match=r"^s3://nowhere/articles: ") as caught:
            list(list_objects(*settings.source))
        assert not [secret for secret in self.SECRETS if secret in str(caught.value)]


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
            ("tables/documents/mine.parquet", "--out memory://place/tables holds objects that no run wrote"),
            ("tables/notes.txt", "--out memory://place/tables holds objects that no run wrote"),
            ("report/index.html", "--reports memory://place/report holds objects that no run wrote"),
        ],
    )
    def test_an_address_that_is_not_ours(
        self, folder: Callable[..., Path], files: Any, name: str, message: str
    ) -> None:
        """It is refused before anything is put there."""
        files.pipe_file(f"/place/{name}", b"mine")
        with pytest.raises(OutputRefused, match=message):
            pipeline.run(self.settings(folder))
        assert files.find("/place") == [f"/place/{name}"]

    def test_one_address_for_both(self, folder: Callable[..., Path], files: Any) -> None:
        """Tables and report need an address each."""
        with pytest.raises(OutputRefused, match="are the same folder"):
            pipeline.run(self.settings(folder, reports="memory://place/tables"))
        assert not files.find("/")

    def test_objects_beside_ours(self, folder: Callable[..., Path], files: Any) -> None:
        """Those beside the tables, and among the pages, stay; one among the parts of a table is refused."""
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
