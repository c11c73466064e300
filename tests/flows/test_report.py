from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from flows import pipeline
from flows.execution.lock import holding_report, holding_tables
from flows.settings import Settings
from flows.terminal.console import Exit
from tasks.store import STATE, publishing

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

ARTICLES: dict[str, bytes | str] = {
    "daily/storm.txt": "Storm closes the harbour\n\nThe shameless regime slammed its critics on Friday. Ferries stopped.\n",
    "daily/calm.txt": "Calm returns\n\nThe harbour opened at noon. The ferries left in time, and nobody complained.\n",
}


def test_builds_the_report_again_or_one_page(
    tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The tables alone give the same report, or one page on request; the path is printed."""
    assert overtones("run", folder(ARTICLES), "--no-prefect").returncode == Exit.DONE
    index = tmp_path / "reports" / "index.html"
    before = index.read_bytes()
    index.unlink()
    done = overtones("report")
    assert (done.returncode, done.stdout.strip()) == (Exit.DONE, "reports/index.html"), done.stderr
    assert "may be loaded" in done.stderr
    assert index.read_bytes() == before

    done = overtones("report", "--document", "storm.txt", "--reports", "elsewhere")
    assert done.returncode == Exit.DONE, done.stderr
    [page] = (tmp_path / "elsewhere").rglob("*.html")
    assert done.stdout.strip() == page.relative_to(tmp_path).as_posix()
    assert "Storm closes the harbour" in page.read_text("utf-8")

    done = overtones("report", "--document", "daily/strom.txt")
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert "Did you mean 'daily/storm.txt'" in done.stderr


def test_without_tables_says_how_to_make_them(
    tmp_path: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Without a run, the message names the command that starts one, and no folder is created."""
    done = overtones("report")
    assert done.returncode == Exit.USAGE
    assert "overtones run" in done.stderr
    assert list(tmp_path.iterdir()) == []


class TestBesideRuns:
    @pytest.fixture
    def settings(self, tmp_path: Path, folder: Callable[..., Path]) -> Settings:
        """A run on two articles."""
        return Settings(source=(str(folder(ARTICLES)),), out=tmp_path / "t", reports=tmp_path / "r", workers=1)

    def test_does_not_write_while_a_run_does(
        self, tmp_path: Path, called: Callable[..., Any], settings: Settings
    ) -> None:
        """While another process writes the tables or the report, there is a message, and nothing is changed."""
        pipeline.run(settings)
        index = tmp_path / "r" / "index.html"
        as_it_was = index.stat().st_ino  # a file that is written again is another one
        with holding_tables(tmp_path / "t", 0):
            done = called("report", "--out", "t", "--reports", "r")
            assert done.code == Exit.USAGE
            assert "is writing to t; wait for it" in done.err
        with holding_report(tmp_path / "r", tmp_path / "other", 0):
            for more in ((), ("--document", "storm.txt")):
                done = called("report", "--out", "t", "--reports", "r", *more)
                assert done.code == Exit.USAGE
                assert "is writing to r; wait for it" in done.err
        assert index.stat().st_ino == as_it_was
        assert called("report", "--out", "t", "--reports", "r").code == Exit.DONE
        assert index.stat().st_ino != as_it_was

    @pytest.mark.parametrize("n_renames", [0, 3])
    def test_completes_an_interrupted_publication(
        self,
        folder: Callable[..., Path],
        called: Callable[..., Any],
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        n_renames: int,
    ) -> None:
        """After a run that died during publication, the report is about the new tables."""
        pipeline.run(settings)
        folder({"weekly/more.txt": "More rain\n\nIt rained for the third day, and the despot stayed at home."})
        left = [n_renames]
        exchange = publishing._exchange

        def die(*paths: Path) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            exchange(*paths)

        with monkeypatch.context() as patch:
            patch.setattr(publishing, "_exchange", die)
            with pytest.raises(KeyboardInterrupt):
                pipeline.run(settings)
        assert (settings.out / STATE / "journal").exists()
        done = called("report", "--out", "t", "--reports", "r")
        assert done.code == Exit.DONE, done.err
        assert "3 documents" in (settings.reports / "index.html").read_text("utf-8")
        assert not (settings.out / STATE / "journal").exists()

    def test_reads_tables_that_it_may_not_write(self, called: Callable[..., Any], settings: Settings) -> None:
        """Tables in a folder that cannot be locked are read anyway."""
        pipeline.run(settings)
        (settings.out / STATE / "lock").unlink()
        (settings.out / STATE / "lock").mkdir()  # so that nobody can open it, whoever runs the tests
        done = called("report", "--out", "t", "--reports", "elsewhere")
        assert done.code == Exit.DONE, done.err


class TestDamage:
    @pytest.fixture
    def part(self, tmp_path: Path, folder: Callable[..., Path]) -> Path:
        """A part of the table of paragraphs."""
        pipeline.run(Settings(source=(str(folder(ARTICLES)),), out=tmp_path / "t", reports=tmp_path / "r", workers=1))
        [part] = (tmp_path / "t" / "paragraphs").glob("*.parquet")
        return part

    @pytest.mark.parametrize("damage", ["removed", "cut", "changed", "empty"])
    def test_is_recognized_by_name(self, part: Path, called: Callable[..., Any], damage: str) -> None:
        """A missing or changed part is reported by name, and no report is written about the rest."""
        content = part.read_bytes()
        part.unlink()  # never in place: other names may lead to the same file
        if damage != "removed":
            middle = len(content) // 2
            part.write_bytes(
                {
                    "cut": content[:-100],
                    "changed": content[:middle] + bytes(200) + content[middle + 200 :],
                    "empty": b"",
                }[damage]
            )
        for command in (
            ("report", "--out", "t", "--reports", "r"),
            ("report", "--out", "t", "--reports", "r", "--document", "storm.txt"),
            ("explain", "storm.txt:1", "--out", "t"),
        ):
            done = called(*command)
            assert done.code == Exit.USAGE
            assert f"t/paragraphs/{part.name}" in done.err
            assert "`overtones run` with the same sources writes it again" in done.err
            assert "Traceback" not in done.err
