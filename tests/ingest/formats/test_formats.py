"""The table of formats."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from tasks.ingest import sources
from tasks.ingest.compression import SUFFIXES
from tasks.ingest.formats import DEFAULT_FORMAT, FORMAT_OF_SUFFIX, FORMATS
from tasks.ingest.sources import source_format

if TYPE_CHECKING:
    from tasks.ingest.formats import Format


SHARED = {"fragments", "html_pieces", "http_bodies", "markup", "turns", "warc_records", "xml_tree"}


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_each_format_has_a_reader(form: Format) -> None:
    """The module of a format has the function for its kind."""
    reader = import_module(f"tasks.ingest.formats.{form.module}")
    function, n_parameters = {
        "document": ("read", 3),
        "articles": ("read_articles", 3),
        "records": ("read_rows", 4),
        "files": ("read_members", 4),
    }[form.holds]
    assert len(inspect.signature(getattr(reader, function)).parameters) == n_parameters


def test_each_reader_has_a_format() -> None:
    """Every module that reads something is in the table; the others are shared by several readers."""
    modules = {path.name.removesuffix(".py") for path in files("tasks.ingest.formats").iterdir() if path.name[0] != "_"}
    assert modules == {form.module for form in FORMATS.values()} | SHARED


def test_a_suffix_is_of_one_format() -> None:
    """No suffix is listed twice, skipped as well, or that of a compression."""
    suffixes = [*chain.from_iterable(form.suffixes for form in FORMATS.values())]
    assert sorted(suffixes) == sorted(FORMAT_OF_SUFFIX)
    assert not set(suffixes) & (sources._SKIPPED_SUFFIXES | set(SUFFIXES))


def test_shares_are_for_records() -> None:
    """Only a file of records can be read from any line on."""
    assert {form.holds for form in FORMATS.values() if form.starts_at_any_line} == {"records"}


@pytest.mark.parametrize("suffix", FORMAT_OF_SUFFIX)
def test_a_name_implies_its_format(suffix: str) -> None:
    """Suffixes may be in capitals and followed by one of compression; a file without a suffix is text."""
    for name in (f"a{suffix}", f"A{suffix.upper()}", f"a{suffix}.gz"):
        assert source_format(name) == FORMAT_OF_SUFFIX[suffix]
    assert source_format("notes") == DEFAULT_FORMAT
