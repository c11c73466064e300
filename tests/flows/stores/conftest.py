"""An S3 server on 127.0.0.1 with articles in it."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


ARTICLES = {
    "daily/a.txt": "The deranged despot stormed out.",
    "daily/b.txt": "It rained.",
    "c.jsonl": '{"text": "Nobody minded."}',
}


@pytest.fixture
def articles() -> dict[str, str]:
    """The articles in the bucket, by their paths below `articles`."""
    return dict(ARTICLES)


@pytest.fixture
def faults() -> dict[str, Iterator[str]]:
    """Responses of the S3 server to requests for objects with these names, until they are used up."""
    return {}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, faults: dict[str, Iterator[str]]) -> Iterator[Any]:
    """An S3 server with the bucket `news`; the file system that speaks to it."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed; install the extra `dev`")
    pytest.importorskip("s3fs", reason="s3fs is not installed; install the extra `object-stores`")
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
            """Write no log."""

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    files = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
    if files.exists("news"):
        files.rm("news", recursive=True)  # the server remembers what earlier ones in this process held
    files.makedirs("news")
    for name, text in ARTICLES.items():
        files.pipe_file(f"news/articles/{name}", text.encode())
    type(files).clear_instance_cache()  # some may remember the server of the last test
    yield files
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def stored_table() -> Callable[[Any, str, str], pd.DataFrame]:
    """Read a table from a store: given the file system, the path of the tables, and the table's name."""

    def read(files: Any, top: str, table: str) -> pd.DataFrame:
        parts = [pd.read_parquet(io.BytesIO(files.cat_file(path))) for path in sorted(files.find(f"{top}/{table}"))]
        return pd.concat(parts)

    return read
