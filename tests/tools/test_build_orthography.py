"""The attested letters are those of their source."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import runpy
from importlib.resources import files
from pathlib import Path

import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "build_orthography.py"))
DATA = files("tasks.clean").joinpath("data")
SOURCES = DATA.joinpath("SOURCES.md").read_text("utf-8")


def test_the_file_is_the_one_that_is_described() -> None:
    """The hash in SOURCES.md is that of orthography.json."""
    assert hashlib.sha256(DATA.joinpath("orthography.json").read_bytes()).hexdigest() in SOURCES


def test_the_facts_follow_from_the_source() -> None:
    """The script gives the same data for the same locale data."""
    if TOOL["source_sha256"]() not in SOURCES:
        pytest.skip(f"babel {importlib.metadata.version('babel')} has other locale data than SOURCES.md names")
    assert TOOL["gather_facts"]() == json.loads(DATA.joinpath("orthography.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "language", ["cs", "da", "de", "el", "fr", "hu", "is", "ka", "lv", "pl", "pt", "ro", "ru", "tr", "vi"]
)
def test_the_names_of_a_language_are_clean(language: str) -> None:
    """No name of a territory, language or time zone in the source is mistaken for mojibake."""
    from babel import localedata

    from tasks.clean import repair_text

    names = [*filter(str.isprintable, set(TOOL["_strings"](localedata.load(language, merge_inherited=False))))]
    beyond = [name for name in names if not name.isascii()]
    assert len(beyond) > 100
    assert [name for name in beyond if repair_text(name).steps] == []
