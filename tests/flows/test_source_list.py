"""`overtones run --list`: what each file is taken for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flows.pipeline import run
from flows.settings import Settings
from flows.source_list import list_sources, listing, summary_line
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_each_file_with_its_format(folder: Callable[..., Path]) -> None:
    """Every file has a line: its format by content, or why it is not read."""
    export = "{\\rtf1 Rain\\par The Herald\\par May 4, 2026\\par Body\\par It rained.\\par End of Document\\par}"
    top = folder({"a.txt": "It rained.", "b.rtf": export, "c.png": b"\x89PNG", "d.foo": "<?xml version='1.0'?><a/>"})
    files = list(list_sources(Settings(source=(str(top),))))
    assert [(listed.source_uri, listed.format, listed.error) for listed in files] == [
        ("a.txt", "text", None),
        ("b.rtf", "nexis", None),
        ("c.png", None, "SkippedSource"),
        ("d.foo", None, "FormatError"),
    ]
    assert [line.split("  ")[0] for line in listing(files)] == [
        "plain text",
        "an export of Nexis as rich text (.rtf)",
        "left out",
        "not read",
    ]
    assert summary_line(files).startswith("4 files: 1 plain text")


def test_standard_input_is_not_read() -> None:
    """Standard input is told by its name: what is read of it would be missing later."""
    [listed] = list_sources(Settings(source=("-",)))
    assert (listed.source_uri, listed.format) == ("-", "text")


def test_the_command_lists_and_writes_nothing(overtones: Callable[..., Any], folder: Callable[..., Path]) -> None:
    """The list goes to standard output, the counts to standard error, and no folder is made."""
    top = folder({"a.txt": "It rained."})
    ended = overtones("run", "--list", top)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "plain text  a.txt\n", "1 file: 1 plain text\n")
    assert json.loads(overtones("run", "--list", "--json", top).stdout)[0]["format"] == "text"
    assert sorted(path.name for path in top.parent.iterdir()) == ["articles"]


def proquest(*articles: tuple[int, str]) -> str:
    """An export with these articles: id and text."""
    parts = [f"Document {i} of {len(articles)}\n\nRain\n\nFull text: {text}\n\nProQuest document ID: {number}\n" for i, (number, text) in enumerate(articles, 1)]  # fmt: skip
    return ("_" * 60 + "\n").join(["Report Information from ProQuest\n", *parts])


def test_overlapping_exports(folder: Callable[..., Path], tmp_path: Path) -> None:
    """An article that two exports hold is a repeat in the second, also where its text was changed; others are not."""
    first = proquest((1, "It rained in the town all day."), (2, "It was dry elsewhere."))
    second = proquest((3, "Snow fell at night."), (1, "It rained in the town all day. (Corrected.)"))
    top = folder({"a.txt": first, "b.txt": second})
    out = tmp_path / "out"
    run(Settings(source=(str(top),), out=out, reports=tmp_path / "reports", prefect=False, workers=1))
    documents = read_table("documents", out)
    ids = dict(zip(documents["provider_id"] + documents["source_uri"], documents["document_id"], strict=True))
    repeats = dict(zip(documents["document_id"], documents["duplicate_of"], strict=True))
    assert repeats.pop(ids["proquest:1b.txt"]) == ids["proquest:1a.txt"]
    assert not any(isinstance(repeat, str) for repeat in repeats.values())
