"""The cache between processes."""

from __future__ import annotations

import multiprocessing
import random
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.cache import cached_table, read_entry, write_entry
from tasks.measure.dictionary import load_dictionary

TABLE = pl.DataFrame({"word": [f"word{n}" for n in range(5_000)], "numbers": [[n % 7, 1] for n in range(5_000)]})


def keep(folder: Path | None, version: str = "1", name: str = "words") -> tuple[pl.DataFrame, bool]:
    """The table, and whether it was computed."""
    made: list[int] = []

    def make() -> pl.DataFrame:
        made.append(1)
        return TABLE

    return cached_table(folder, name, version, make), bool(made)


def test_a_table_is_made_once(tmp_path: Path) -> None:
    """A table is computed for a new folder, and read after that."""
    folder = tmp_path / "not" / "yet"
    for made in (True, False, False):
        table, was_made = keep(folder)
        assert table.equals(TABLE)
        assert was_made is made
    assert len(list(folder.iterdir())) == 1


def test_no_folder() -> None:
    """Without a folder the table is computed each time."""
    assert [keep(None)[1] for _ in range(2)] == [True, True]


def test_versions_do_not_mix(tmp_path: Path) -> None:
    """For another version or name the table is computed, and the first entry is kept."""
    assert keep(tmp_path)[1]
    assert keep(tmp_path, version="2")[1]
    assert keep(tmp_path, name="letters")[1]
    assert not keep(tmp_path)[1]


def test_damage_is_noticed(tmp_path: Path) -> None:
    """Whatever happened to the file, the table is correct, and it is cached again."""
    keep(tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    chance = random.Random(5)
    damaged = [good[: chance.randrange(len(good))] for _ in range(10)]
    for _ in range(60):
        content = bytearray(good)
        content[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(content))
    for content in [*damaged, b"", b"PAR1", bytes(len(good)), good[:4] + bytes(len(good) - 8) + good[-4:]]:
        file.write_bytes(content)
        assert keep(tmp_path)[0].equals(TABLE)
        assert not keep(tmp_path)[1]


def test_a_table_of_another_key_is_not_used(tmp_path: Path) -> None:
    """A valid table of another version, in place of this one, is replaced."""
    keep(tmp_path)
    (file,) = tmp_path.iterdir()
    keep(tmp_path, version="2")
    (other,) = {*tmp_path.iterdir()} - {file}
    other.replace(file)
    assert keep(tmp_path)[1]
    assert not keep(tmp_path)[1]


@given(st.binary(max_size=50), st.binary(max_size=80))
@settings(deadline=None)  # a busy machine is no error
def test_an_entry_is_what_was_written(content: bytes, damage: bytes) -> None:
    """An entry is read as it was written, and not at all after it was changed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        assert read_entry(folder, "entry", "key") is None
        write_entry(folder, "entry", "key", content)
        assert read_entry(folder, "entry", "key") == content
        assert read_entry(folder, "entry", "another key") is None
        (file,) = folder.iterdir()
        written = file.read_bytes()
        file.write_bytes(damage)
        assert read_entry(folder, "entry", "key") == (content if damage == written else None)


@pytest.mark.parametrize("obstacle", ["file", "folder"])
def test_without_write_access_nothing_is_cached(tmp_path: Path, obstacle: str) -> None:
    """A cache folder that cannot be made, or a file that cannot be replaced, is no error."""
    folder = tmp_path / "cache"
    if obstacle == "file":
        folder.write_text("not a folder")
    else:
        keep(folder)
        (file,) = folder.iterdir()
        file.unlink()
        (file / "in the way").mkdir(parents=True)
    for _ in range(2):
        table, made = keep(folder)
        assert made
        assert table.equals(TABLE)
    if obstacle == "folder":
        assert [entry.name for entry in folder.iterdir()] == [file.name]


def test_a_full_disk_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a table cannot be written completely, nothing of it remains, and the next process computes it again."""

    def fill_up(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fill_up)
        assert [keep(tmp_path)[1] for _ in range(2)] == [True, True]
    assert list(tmp_path.iterdir()) == []
    assert [keep(tmp_path)[1] for _ in range(2)] == [True, False]


@pytest.mark.parametrize("name", ["caf\udce9", "[a]*", "line\nend", "x" * 300])
def test_any_name_of_a_folder(tmp_path: Path, name: str) -> None:
    """A folder may have any name; if a name is too long for a file system, nothing is cached."""
    assert keep(tmp_path / name)[1]
    assert keep(tmp_path / name)[1] == (len(name) > 255)


def test_processes_may_write_at_once(tmp_path: Path) -> None:
    """Several processes that start with an empty folder all get the dictionary, and leave one table."""
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        versions = {str(made) for made in pool.map(partial(load_dictionary, "cmudict"), [tmp_path] * 3)}
    assert len(versions) == 1
    assert len(list(tmp_path.iterdir())) == 1
