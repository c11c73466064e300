"""Errors and secrets of object stores."""

from __future__ import annotations

import base64
import json
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from flows.settings import Settings
from flows.stores import filesystem
from flows.stores.sources import list_objects
from flows.terminal.console import Exit
from tasks.errors import OvertonesError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]


def test_store_that_refuses(overtones: Overtones, s3: Any) -> None:
    """A bucket that does not exist, and a server that does not respond, are reported in one line."""
    keys = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    assert not s3.exists("nowhere")
    missing = overtones("run", "--no-prefect", "s3://nowhere/articles", **keys)
    assert missing.returncode == Exit.USAGE
    assert "s3://nowhere/articles: " in missing.stderr
    gone = overtones("run", "--no-prefect", "s3://news/articles", **{**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert gone.returncode == Exit.USAGE
    assert "the store refuses the request or does not respond" in gone.stderr
    assert "Traceback" not in missing.stderr + gone.stderr


class _Guarded(SimpleHTTPRequestHandler):
    """Serves the file to requests with the token, or with the user and the password."""

    def send_head(self) -> Any:
        login = base64.b64encode(b"kxqz1:wvjq9%wvjq9").decode()
        if "token=wvjq9" not in self.path and self.headers["Authorization"] != f"Basic {login}":
            self.send_error(404)
            return None
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Write no log."""


class TestSecrets:
    """User, password and query of an address are used, and written nowhere."""

    SECRETS = ("kxqz1", "wvjq9")

    @pytest.fixture
    def page(self, tmp_path: Path) -> Iterator[str]:
        """The address, without scheme, of a file of records on a server on 127.0.0.1."""
        pytest.importorskip("aiohttp", reason="aiohttp is not installed; install the extra `object-stores`")
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
        """Everything that a run has written: files, the content of parquet files, and messages."""
        files = [path for path in top.rglob("*") if path.is_file()]
        assert any(path.name == "summary.json" for path in files)
        tables = (pd.read_parquet(path).to_csv() for path in files if path.suffix == ".parquet")
        raw = (path.read_bytes().decode("latin-1") for path in files)
        return "".join([done.stdout, done.stderr, *map(str, files), *tables, *raw])

    @pytest.mark.parametrize(
        "address", ["http://{}?token=wvjq9&sig=wvjq9", "http://kxqz1:wvjq9%25wvjq9@{}"], ids=["token", "login"]
    )
    def test_page(self, tmp_path: Path, overtones: Overtones, page: str, address: str) -> None:
        """A page that needs a token or a password is read; its name, the same for both, contains neither."""
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
        """The message names the page, without the wrong secret."""
        done = overtones("run", "--no-prefect", address.format(page))
        assert done.returncode == Exit.USAGE
        assert f"http://{page}" in done.stderr
        assert not [secret for secret in ("kxqz1", "wvqj9", "Traceback") if secret in done.stderr]

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_key_of_a_bucket(
        self,
        tmp_path: Path,
        overtones: Overtones,
        s3: Any,
        workers: str,
        stored_table: Callable[..., pd.DataFrame],
        articles: dict[str, str],
    ) -> None:
        """Key and secret in the address reach the store, also from other processes, and appear nowhere else."""
        for number in range(2):
            s3.pipe_file(f"news/long/{number}.txt", articles["daily/a.txt"].encode() * 70_000)
        surroundings = {"AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"], "AWS_DEFAULT_REGION": "us-east-1"}
        top = "s3://kxqz1:wvjq9%2Fwvjq9@news"
        done = overtones(
            "run", "--no-prefect", f"{top}/long", "--out", f"{top}/made{workers}", "--reports", "r", "--workers", workers,
            "--log-json", **surroundings,
        )  # fmt: skip
        assert done.returncode == Exit.DONE, done.stderr
        stored = stored_table(s3, f"news/made{workers}", "documents")
        assert sorted(stored["source_uri"]) == ["0.txt", "1.txt"]
        kept = "".join(s3.cat_file(path).decode("latin-1") for path in s3.find(f"news/made{workers}"))
        for secret in self.SECRETS:
            assert secret not in kept + self.written(tmp_path, done)

    @pytest.mark.parametrize("endpoint", ["", "http://kxqz1:wvjq9@127.0.0.1:9"])
    def test_store_that_refuses(self, monkeypatch: pytest.MonkeyPatch, s3: Any, endpoint: str) -> None:
        """The message of the store's library is shown without the key, also if it is from the library's own settings."""
        assert not s3.exists("nowhere")
        monkeypatch.setenv("_OVERTONES_ADDRESSES", "{}")
        monkeypatch.setattr(filesystem, "PAUSES", (0.0,))
        if endpoint:
            monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        settings = Settings(source=("s3://kxqz1:wvjq9@nowhere/articles",))
        with pytest.raises(OvertonesError, match=r"^s3://nowhere/articles: ") as caught:
            list(list_objects(*settings.source))
        assert not [secret for secret in self.SECRETS if secret in str(caught.value)]
