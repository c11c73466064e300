"""What the tests share: folders of articles, and the data that lies outside of the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")

collect_ignore = [
    "bench",
    "ingest/archive_seeds.py",
    "ingest/fuzz_readers.py",
    "check_identical.py",
    "check_wheel.py",
    "write_notice.py",
]  # these are run, each by itself


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def readme() -> str:
    """The README."""
    return (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample articles of the repository."""
    return ROOT / "data" / "raw"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Data that is not in the repository; a test that needs it is skipped with a message if it is missing."""
    path = Path(os.environ.get("OVERTONES_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip(f"the data for measuring is not at {path}; OVERTONES_SHARED names another place")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write files into a folder of their own: `folder({"a/b.txt": b"..."})` returns it."""

    def write(files: dict[str, bytes | str], name: str = "articles") -> Path:
        for path, content in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / name

    return write
