"""Fixtures of the tests of ingestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.ingest import Document, Failure, find_sources, read_source
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def read() -> Callable[..., tuple[list[Document], list[Failure]]]:
    """All documents and failures below a path: `read(path, options)`."""

    def read(path: Path | str, options: Options | None = None) -> tuple[list[Document], list[Failure]]:
        sources, failures = find_sources([str(path)])
        items = [item for source in sources for item in read_source(source, options or Options())]
        return (
            [item for item in items if isinstance(item, Document)],
            failures + [item for item in items if isinstance(item, Failure)],
        )

    return read
