from __future__ import annotations

from typing import TYPE_CHECKING

from flows.terminal import Exit

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
    """From the tables alone comes the same report, or one page where it is asked for; what was written is printed."""
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
    [page] = [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]
    assert done.stdout.strip() == page.relative_to(tmp_path).as_posix()
    assert "Storm closes the harbour" in page.read_text("utf-8")

    done = overtones("report", "--document", "daily/strom.txt")
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert "Did you mean 'daily/storm.txt'" in done.stderr


def test_without_tables_says_how_to_make_them(overtones: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Where no run has been, the message names the command that makes one."""
    done = overtones("report")
    assert done.returncode == Exit.USAGE
    assert "overtones run" in done.stderr
