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
    """A run on articles, a copy, a text in French, a damaged one, a picture and a file that is none."""
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


class TestClosingWords:
    def test_warnings(self, odd: tuple[Settings, RunResult]) -> None:
        """What a reader should know is told in a handful of lines, each with a way on."""
        settings, result = odd
        lines = run_summary(result, settings).splitlines()
        minded = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
        assert minded == [
            "1 input failed (1 no text), such as 'f.txt: this is not text but a PNG image'; the table `failures` tells why of each",
            "1 file is no article and was left out; `failures` names it",
            "1 document is not English (1 fr): text and counts, no scores",
            "1 document is the same as another: leave out where `duplicate_of` is set",
            "100\N{NO-BREAK SPACE}% of 30 repairs are in d.txt: `overtones show` it with --repairs",
        ]
        assert lines[1].startswith("4 documents, ")
        assert "next:" not in lines

    @pytest.mark.parametrize("again", [False, True])
    def test_fields_that_are_missing(self, tmp_path: Path, *, again: bool) -> None:
        """Records, tables and fields of other kinds are told with the fields that exist, also when nothing has changed."""
        top = tmp_path / "records"
        top.mkdir()
        (top / "a.jsonl").write_text('{"body": "It rained.", "id": 1}\n{"body": "It snowed.", "id": 2}\n')
        (top / "b.csv").write_text("body,day\nIt rained on all of the town.,2024-05-06\n")
        (top / "c.txt").write_text(ARTICLE, "utf-8")

        def minded(**fields: str) -> tuple[Counts, list[str]]:
            settings = Settings(source=(str(top),), out=tmp_path / "t", reports=tmp_path / "r", workers=1, **fields)  # type: ignore[arg-type]
            result = [run(settings) for _ in range(1 + again)][-1]
            lines = run_summary(result, settings).splitlines()
            return result.counts, [
                line.removeprefix("warning: ")
                for line in lines
                if line.startswith("warning: ") and "text to" not in line
            ]

        counts, lines = minded(text_field="bdy")
        assert (counts.documents, counts.failed, counts.skipped) == (1, 3, 0)
        assert lines == [
            "2 records and 1 table have no field 'bdy'; their fields are: body, id; --text-field names another"
        ]
        counts, lines = minded()
        assert (counts.documents, counts.failed, counts.skipped) == (1, 2, 1)
        assert lines == [
            "2 records have no field 'text'; their fields are: body, id; --text-field names another",
            "1 table has no field 'text' and was left out; its fields are: body, day; --text-field names another",
        ]
        counts, lines = minded(text_field="body", title_field="titel", date_field="day")
        assert (counts.documents, counts.failed, counts.skipped) == (4, 0, 0)
        assert counts.new == (0 if again else 4)
        what = "no record has a field 'titel' (--title-field) or 'day' (--date-field); the fields are: body, id"
        assert lines == [f"a.jsonl: {what}; likewise 1 more file, which `failures` names"]

    def test_next_steps_work(
        self, odd: tuple[Settings, RunResult], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """The commands suggested work as they stand, whatever the names of the folders."""
        settings, result = odd
        steps = run_summary(result, settings, next_steps=True).partition("next:\n")[2].splitlines()
        assert [step.split()[1] for step in steps[:-1]] == ["show", "explain"]
        for step in steps[:-1]:
            _, *arguments = shlex.split(step, comments=True)
            done = overtones(*arguments)
            assert done.returncode == Exit.DONE, done.stderr
            assert "[deranged]³" in done.stdout
        assert steps[-1].strip().startswith("pandas.read_parquet(")

    def test_nothing_to_mind(self, tmp_path: Path) -> None:
        """A run without anything odd has nothing to mind."""
        (tmp_path / "a.txt").write_text(ARTICLE, "utf-8")
        settings = Settings(source=(str(tmp_path / "a.txt"),), out=tmp_path / "t", reports=tmp_path / "r", workers=1)
        assert "warning:" not in run_summary(run(settings), settings)

    def test_nothing_found(self, tmp_path: Path) -> None:
        """Of a run that found nothing, the counts are told and no step suggested."""
        result = RunResult("r", Counts(), 0.1, tmp_path, tmp_path)
        words = run_summary(result, Settings(), next_steps=True)
        assert words.startswith("0 documents, 0 words in 0.1 s")
        assert "next:" not in words


def test_terminal_shows_how_far_it_is(folder: Callable[..., Path], in_terminal: Callable[..., tuple[int, str]]) -> None:
    """On a terminal the steps go by under a bar, which is wiped off, and next steps are suggested."""
    code, text = in_terminal("run", "--no-prefect", folder({"a.txt": ARTICLE}), columns=100)
    assert code == Exit.DONE
    assert "analyzing" in text
    assert "words/s" in text
    *_, after = text.split("\x1b[2K")
    assert after.startswith("In the author’s own words")
    assert "\nnext:\n  overtones show " in after
    assert "\x1b" not in after
