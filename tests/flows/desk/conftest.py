"""Tables for the desk, and a desk on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from flows import pipeline
from flows.desk.app import WebDesk
from flows.desk.paste import Analysis, Analyst, Pasted, analyze_pasted
from flows.desk.snapshot import Desk, Snapshot
from flows.settings import Settings
from tasks.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

RECORDS = [
    {
        "id": "storm",
        "title": "Storm over the harbour",
        "source": "Tidings",
        "date": "2026-03-01",
        "text": "The harbour was shut on Monday.\n\n“It was a disgrace,” Ada Quill said. “Nobody came to the harbour.”",
    },
    {
        "id": "council",
        "title": "Council votes",
        "source": "Courier",
        "date": "2026-03-09",
        "text": "The shameless council slammed the plan. The tax cut was its own. A tax  cut helps nobody.",
    },
    {"id": "formula", "title": "=1+1", "source": "Courier", "text": "Ünlü's harbour café is open, and the band plays."},
]


def write_records(path: Path, records: list[dict[str, str]]) -> None:
    """A file with a record a line."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of three articles."""
    folder = tmp_path_factory.mktemp("desk")
    write_records(folder / "news.jsonl", RECORDS)
    pipeline.run(
        Settings(source=(str(folder / "news.jsonl"),), out=folder / "out", reports=folder / "reports", workers=1)
    )
    return folder / "out"


@pytest.fixture(scope="session")
def snapshot(tables: Path) -> Snapshot:
    return Desk(tables).snapshot()


class AnalystHere(Analyst):
    """Analyzes in this process, which is quicker."""

    def __init__(self) -> None:
        """Start no process."""

    def analyze(self, pasted: Pasted) -> Analysis:
        """The analysis of a text."""
        return analyze_pasted(pasted, Options())

    def close(self) -> None:
        """Nothing was started."""


class Client:
    """Calls an application without a network."""

    def __init__(self, application: Starlette) -> None:
        """Keep the application."""
        self._application = application

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer to one request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._application)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8377") as client:
                return await client.request(method, path, **more)

        return anyio.run(send)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """The answer to a GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """The answer to a POST."""
        return self.request("POST", path, **more)


@pytest.fixture
def desk(tables: Path) -> Client:
    """A client of a desk on the tables."""
    return Client(WebDesk(Desk(tables), AnalystHere()).application())


@pytest.fixture(scope="session")
def client_of() -> type[Client]:
    """What calls an application."""
    return Client


@pytest.fixture
def analyst() -> AnalystHere:
    return AnalystHere()
