from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from flows.execution.model import Counts, RunResult
from flows.pipeline import run
from flows.settings import Settings
from flows.terminal.console import Exit
from flows.terminal.run_summary import run_summary

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = "Despot’s plan\n\nThe deranged despot stormed out of the hall on Monday, and the people of the town wept.\n"
FRENCH = "Le maire a annoncé lundi que le vieux pont resterait fermé jusqu’à la fin de l’année, pour la troisième fois."


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunResult]:
    """A run with an article, a copy, a French text, a damaged text, an image, and a file with a wrong suffix."""
    top = tmp_path_factory.mktemp("odd")
    news = top / "the news"
    news.mkdir()
    (news / "a.txt").write_text(ARTICLE, "utf-8")
    (news / "b.txt").write_text(ARTICLE, "utf-8")
    (news / "c.txt").write_text(FRENCH, "utf-8")
    (news / "d.txt").write_text("It rained ‚ÄĒ as it does in the north of the land.\n\n" * 30, "utf-8")
    (news / "e.png").write_bytes(b"")
    (news / "f.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    settings = Settings(source=(str(news),), out=top / "tables", reports=top / "report", workers=1)
    return settings, run(settings)


class TestRunSummary:
    def test_warnings(self, odd: tuple[Settings, RunResult]) -> None:
        """Each warning is one line and says what to do."""
        settings, result = odd
        lines = run_summary(result, settings).splitlines()
        warnings = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
        assert warnings == [
            "1 input failed: 'f.txt: this is not text but a PNG image'; see the table `failures`",
            "1 file is not an article and was skipped; see the table `failures`",
            "1 document is not in English (1 French): words are counted, nothing is scored",
            "1 document is a copy of another (column `duplicate_of`)",
            "100\N{NO-BREAK SPACE}% of 30 repairs are in d.txt; list them with `overtones show --repairs`",
        ]
        assert lines[1].startswith("4 documents, ")
        assert "next:" not in lines

    @pytest.mark.parametrize("again", [False, True])
    def test_fields_that_are_missing(self, tmp_path: Path, *, again: bool) -> None:
        """Missing fields are reported with the fields that exist, also if nothing has changed since the last run."""
        top = tmp_path / "records"
        top.mkdir()
        (top / "a.jsonl").write_text('{"body": "It rained.", "id": 1}\n{"body": "It snowed.", "id": 2}\n')
        (top / "b.csv").write_text("body,day\nIt rained on all of the town.,2024-05-06\n")
        (top / "c.txt").write_text(ARTICLE, "utf-8")

        def warnings(**fields: str) -> tuple[Counts, list[str]]:
            settings = Settings(source=(str(top),), out=tmp_path / "t", reports=tmp_path / "r", workers=1, **fields)  # type: ignore[arg-type]
            result = [run(settings) for _ in range(1 + again)][-1]
            lines = run_summary(result, settings).splitlines()
            return result.counts, [
                line.removeprefix("warning: ")
                for line in lines
                if line.startswith("warning: ") and "too short" not in line
            ]

        counts, lines = warnings(text_field="bdy")
        assert (counts.documents, counts.failed, counts.skipped) == (1, 3, 0)
        assert lines == [
            "2 records and 1 table have no field 'bdy'; their fields are: body, id; --text-field names another"
        ]
        counts, lines = warnings()
        assert (counts.documents, counts.failed, counts.skipped) == (1, 3, 0)
        assert lines == [
            "2 records and 1 table have no field 'text'; their fields are: body, id; --text-field names another"
        ]
        counts, lines = warnings(text_field="body", title_field="titel", date_field="day")
        assert (counts.documents, counts.failed, counts.skipped) == (4, 0, 0)
        assert counts.new == (0 if again else 4)
        what = "no record has a field 'titel' (--title-field) or 'day' (--date-field); the fields are: body, id"
        assert lines == [f"a.jsonl: {what}; the same in 1 more file, see the table `failures`"]

    def test_next_steps_work(
        self, odd: tuple[Settings, RunResult], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """The suggested commands work, whatever the names of the folders."""
        settings, result = odd
        steps = run_summary(result, settings, next_steps=True).partition("next:\n")[2].splitlines()
        assert [step.split()[1] for step in steps[:-1]] == ["show", "explain"]
        for step in steps[:-1]:
            _, *arguments = shlex.split(step, comments=True)
            done = overtones(*arguments)
            assert done.returncode == Exit.DONE, done.stderr
            assert "[deranged]³" in done.stdout
        assert steps[-1].strip().startswith("pandas.read_parquet(")

    def test_no_warnings(self, tmp_path: Path) -> None:
        """A run without problems has no warnings."""
        (tmp_path / "a.txt").write_text(ARTICLE, "utf-8")
        settings = Settings(source=(str(tmp_path / "a.txt"),), out=tmp_path / "t", reports=tmp_path / "r", workers=1)
        assert "warning:" not in run_summary(run(settings), settings)

    def test_nothing_found(self, tmp_path: Path) -> None:
        """After a run without documents, the summary has counts but no next steps."""
        result = RunResult("r", Counts(), 0.1, tmp_path, tmp_path)
        summary = run_summary(result, Settings(), next_steps=True)
        assert summary.startswith("0 documents, 0 words in 0.1 s")
        assert "next:" not in summary


def test_terminal_shows_progress(folder: Callable[..., Path], in_terminal: Callable[..., tuple[int, str]]) -> None:
    """A terminal shows progress, which is removed at the end, and next steps."""
    code, text = in_terminal("run", "--no-prefect", folder({"a.txt": ARTICLE}), columns=100)
    assert code == Exit.DONE
    assert "analyzing" in text
    assert "words/s" in text
    *_, after = text.split("\x1b[2K")
    assert after.startswith("In the author’s own words")
    assert "\nnext:\n  overtones show " in after
    assert "\x1b" not in after


def test_parts_that_were_left_out_are_counted(tmp_path: Path) -> None:
    """A feed with a teaser ends well, and the summary says that something of it was left out."""
    body = "The bridge is open again after two days of rain. " * 12
    items = f"<item><title>Bridge</title><description>{body}</description></item><item><title>Tease</title></item>"
    (tmp_path / "feed.rss").write_text(f'<rss version="2.0"><channel><title>Tidings</title>{items}</channel></rss>')
    source = (str(tmp_path / "feed.rss"),)
    settings = Settings(source=source, out=tmp_path / "tables", reports=tmp_path / "report", workers=1)
    text = run_summary(run(settings), settings)
    assert "1 document," in text
    assert "warning: 1 file holds parts that are no articles" in text
