from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from flows.cli import app
from flows.terminal.console import Exit
from tasks.schemas import TABLES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("rnu",), "Did you mean 'run'?"),
        (("run", "--wokers", "2"), "--workers"),
        (("articles/one.txt",), "To show this file: overtones show articles/one.txt"),
        (("schema", "paragraph"), "Did you mean 'paragraphs'?"),
        (("explain", "sentence_cuont"), "Did you mean 'sentence_count'"),
        (("show", "articles/on.txt"), "Did you mean 'one.txt'?"),
        (("run", "--no-prefect", "articels"), "Did you mean 'articles'?"),
        (("run", "--no-prefect", "artikles/one.txt"), "Did you mean 'articles'?"),
        (("run", "--no-prefect", "articles/nothing/like/it"), "articles/nothing/like/it: no such file or folder\n"),
        (("config", "--file", "own.toml"), "`overtones config` lists all settings. Did you mean 'reports'"),
    ],
)
def test_misspelt(
    tmp_path: Path, folder: Callable[..., Path], overtones: Command, arguments: tuple[str, ...], hint: str
) -> None:
    """A misspelt name is exit code 2 and a message with a suggestion."""
    folder({"one.txt": "It rained."})
    (tmp_path / "own.toml").write_text('reprots = "x"\n')
    done = overtones(*arguments)
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_help_of_run_names_every_exit_code(overtones: Command) -> None:
    """`run --help` ends with the exit codes that README.md explains."""
    text = overtones("run", "--help").stdout.partition("Exit codes:")[2]
    assert {int(number) for number in re.findall(r"(?:^|[;\n]) *(\d+) ", text)} == {int(code) for code in Exit}


def test_version(overtones: Command) -> None:
    """`--version` prints the installed version and nothing else."""
    done = overtones("--version")
    assert (done.returncode, done.stdout, done.stderr) == (Exit.DONE, f"overtones {version('overtones')}\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(overtones: Command, shell: str) -> None:
    """The completion script for a shell is for `overtones`, however the command was started."""
    # Without a word, the shell is that which runs the command; a test may be run by none.
    done = overtones("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == Exit.DONE
    assert "_OVERTONES_COMPLETE=complete_" in done.stdout


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("overtones ", set(get_command(app).commands)),  # type: ignore[attr-defined]  # a group has commands
        ("overtones sho", {"show"}),
        ("overtones run --expl", {"--explain-sentiment"}),
        ("overtones schema ", set(TABLES)),
        (
            "overtones explain flesch",
            {f"{name}{end}" for name in ("flesch_kincaid_grade", "flesch_reading_ease") for end in ("", "_published")},
        ),
    ],
)
def test_completions(overtones: Command, words: str, completions: set[str]) -> None:
    """Commands, options, tables and metrics are completed."""
    place = str(words.count(" "))
    done = overtones(_OVERTONES_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=place)
    assert set(done.stdout.split()) == completions
