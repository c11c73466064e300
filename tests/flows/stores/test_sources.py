"""Sources in object stores: a real S3 server on 127.0.0.1, and fsspec's own stores."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import fsspec
import pandas as pd
import pytest

from flows import pipeline
from flows.execution.executor import analyze_batches
from flows.execution.outputs import publish_tables
from flows.execution.planning import make_plan
from flows.execution.prestart import prestarted_pool
from flows.settings import Settings
from flows.stores import filesystem
from tasks.errors import ServiceError, UsageError
from tasks.store import read_table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]


class TestWhileFetching:
    """Faults of a store between listing and reading cause rows of `failures`; without a list there is no run."""

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
        """An object that is delivered at the second attempt is read as usual."""
        faults["a.txt"] = iter([fault])
        assert self.run(tmp_path) == ({"daily/a.txt", "daily/b.txt", "c.jsonl"}, [])

    @pytest.mark.parametrize("fault", ["500 InternalError", "silence", "cut off"])
    def test_permanent_faults(self, tmp_path: Path, faults: dict[str, Iterator[str]], fault: str) -> None:
        """An object that is never delivered is a failure that names it and the fault; the next run tries it again."""
        faults["a.txt"] = repeat(fault)
        documents, [message] = self.run(tmp_path)
        assert documents == {"daily/b.txt", "c.jsonl"}
        assert message.startswith(
            "daily/a.txt: s3://news/articles/daily/a.txt: the store refuses the request or does not respond ("
        )
        del faults["a.txt"]
        assert self.run(tmp_path) == ({"daily/a.txt", "daily/b.txt", "c.jsonl"}, [])

    def test_listing_that_fails(self, tmp_path: Path, faults: dict[str, Iterator[str]]) -> None:
        """A list is retried. If the fault remains, the error names the SOURCE, and no document leaves the tables."""
        faults["news"] = iter(["500 InternalError"])
        documents, _ = self.run(tmp_path)
        assert len(documents) == 3
        faults["news"] = repeat("500 InternalError")
        with pytest.raises(
            ServiceError, match=r"s3://news/articles: the store refuses the request or does not respond \("
        ):
            self.run(tmp_path)
        assert len(read_table("documents", tmp_path / "t")) == 3

    def test_object_that_is_not_given(self, tmp_path: Path, faults: dict[str, Iterator[str]], s3: Any) -> None:
        """An object that was deleted after the listing, or is locked, is a failure without a retry."""
        faults["b.txt"] = iter(["403 AccessDenied"])
        documents, messages = self.run(tmp_path, lambda: s3.rm_file("news/articles/daily/a.txt"))
        assert documents == {"c.jsonl"}
        assert messages[0] == "daily/a.txt: s3://news/articles/daily/a.txt: no such object or folder"
        assert "b.txt: the store refuses access (" in messages[1]

    def test_store_that_goes(self, tmp_path: Path, faults: dict[str, Iterator[str]], s3: Any) -> None:
        """If several objects in a row get no response, the rest of the batch is not tried."""
        for number in range(40):
            s3.pipe_file(f"news/articles/more/{number}.txt", b"It rained.")
            faults[f"{number}.txt"] = repeat("500 InternalError")
        documents, messages = self.run(tmp_path)
        assert documents == {"daily/a.txt", "daily/b.txt", "c.jsonl"}
        assert len(messages) == 40
        assert (
            sum("not fetched, because the store did not respond for s3://news/" in message for message in messages) > 9
        )


class TestAnyAddress:
    @pytest.fixture(autouse=True)
    def _cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))

    def test_one_object(self, tmp_path: Path, folder: Callable[..., Path], articles: dict[str, str]) -> None:
        """An object that is a SOURCE itself is named by its address; if it is deleted later, it is a row in failures."""
        address = (folder(articles) / "daily" / "b.txt").as_uri()
        settings = Settings(source=(address,), out=tmp_path / "t", reports=tmp_path / "r", workers=1)
        pipeline.run(settings)
        assert pd.read_parquet(tmp_path / "t" / "documents")["source_uri"].tolist() == [address]

    @pytest.mark.parametrize(
        ("address", "complaint"),
        [("gopher://a/b", "gopher"), ("memory://nothing/there", "no such object or folder")],
    )
    def test_address_that_leads_nowhere(self, tmp_path: Path, address: str, complaint: str) -> None:
        """An address of an unknown kind, or without objects, is a usage error that names it."""
        settings = Settings(source=(address,), out=tmp_path / "t", reports=tmp_path / "r")
        with pytest.raises(UsageError, match=complaint):
            pipeline.run(settings)
