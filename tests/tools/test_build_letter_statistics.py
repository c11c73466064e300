"""The tool that counts letters in translations."""

from __future__ import annotations

import collections
import hashlib
import runpy
from importlib.resources import files
from pathlib import Path

import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "build_letter_statistics.py"))


def write_catalogue(path: Path, messages: dict[str, str]) -> None:
    """A catalogue of messages in the binary form that gettext reads."""
    path.parent.mkdir(parents=True)
    messages = {"": "Content-Type: text/plain; charset=UTF-8\n"} | messages
    keys = [key.encode() for key in messages]
    values = [value.encode() for value in messages.values()]
    n = len(keys)
    start = 28 + 16 * n
    tables, data = b"", b""
    for group in (keys, values):
        for item in group:
            tables += len(item).to_bytes(4, "little") + (start + len(data)).to_bytes(4, "little")
            data += item + b"\0"
    header = b"".join(number.to_bytes(4, "little") for number in (0x950412DE, 0, n, 28, 28 + 8 * n, 0, 0))
    path.write_bytes(header + tables + data)


def test_messages_are_read_by_language(tmp_path: Path) -> None:
    """Regional catalogues count for their language, the originals for English, and other languages for nothing."""
    messages = {"Save all files": "Uložit všechny soubory", "OK": "OK"}
    write_catalogue(tmp_path / "cs_CZ" / "LC_MESSAGES" / "a.mo", messages)
    write_catalogue(tmp_path / "xx" / "LC_MESSAGES" / "a.mo", {"Close": "Zzz"})
    assert TOOL["read_messages"](tmp_path) == {"cs": {"Uložit všechny soubory"}, "en": {"Save all files"}}


def test_sequences_of_the_own_script_are_counted() -> None:
    """Names in another script, placeholders and tags are no evidence for a language."""
    counts = TOOL["count"]("ru", {"Да <b>Django</b> %(name)s"})
    assert counts == {" да": 1, "да ": 1}


def test_levels_are_of_the_frequency() -> None:
    """A sequence twice as frequent is two levels higher, and one that was seen once is left out."""
    lines = [*TOOL["make_lines"]("cs", collections.Counter({"abc": 8, "bcd": 4, "xyz": 1}))]
    levels = {line.split("\t")[2].strip(): int(line.split("\t")[1]) for line in lines}
    assert levels["abc"] - levels["bcd"] == 2
    assert "xyz" not in levels


@pytest.mark.parametrize("name", ["letters.tsv", "east_asian.txt"])
def test_the_hash_of_the_data_is_stated(name: str) -> None:
    """SOURCES.md names the hash of each file that the tool wrote."""
    data = files("tasks.text").joinpath("data")
    digest = hashlib.sha256(data.joinpath(name).read_bytes()).hexdigest()
    assert f"SHA-256 of {name}: `{digest}`" in data.joinpath("SOURCES.md").read_text("utf-8")
