"""Fixtures for structure and voice: frames of paragraphs and documents, and the scoring commands."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.fixture(scope="session")
def make_documents() -> Callable[..., pl.DataFrame]:
    """A frame of documents d0, d1, ... of the given texts."""

    def make(*texts: str, form: str = "text", title: str | None = None) -> pl.DataFrame:
        n = len(texts)
        rows: dict[str, list[Any]] = {
            "document_id": [f"d{i}" for i in range(n)],
            "text": list(texts),
            "format": [form] * n,
            "title": [title] * n,
        }
        return pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))

    return make


@pytest.fixture(scope="session")
def make_paragraphs() -> Callable[..., pl.DataFrame]:
    """A frame of the paragraphs of one document."""

    def make(*texts: str, markers: list[str] | None = None) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "document_id": ["d"] * len(texts),
                "paragraph_index": range(len(texts)),
                "text": texts,
                "marker": markers or [""] * len(texts),
            },
            schema={"document_id": pl.String, "paragraph_index": pl.Int32, "text": pl.String, "marker": pl.String},
        )

    return make


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(name).name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def score_kinds() -> ModuleType:
    """The command that scores kinds."""
    return _load("blocks/score_kinds")


@pytest.fixture(scope="session")
def score_voices() -> ModuleType:
    """The command that scores voices."""
    return _load("quotes/score_voices")
