"""Standard streams that are full, closed, or without a reader, as a shell passes them to the command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from flows import pipeline
from flows.settings import Settings
from flows.terminal.console import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")  # noqa: PTH110

RECORDS = '{"text": "itâ€™s a long story"}\n' * 2_000
COMMANDS = (
    "--help",
    "--show-completion bash",
    "schema",
    "config",
    "explain lix",
    "explain a.txt:0 --json --out tables",
    "doctor --out tables",
    "report --out tables --reports report",
    "report --out tables --reports report --document a.txt",
    "show a.txt",
    "clean a.txt",
    "clean a.txt --explain",
    "clean a.jsonl",
    "lexicon list",
    "lexicon show despot",
    "evaluate corpus.jsonl --resamples 2",
    "run a.txt --no-prefect --out tables --reports report --json",
)
SILENT = ("run a.txt --no-prefect --out tables --reports report", "lexicon check")
"""They write nothing to stdout."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an article, records, annotated texts, tables and a report."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "a.txt").write_text("The deranged despot ‚ÄĒ he stormed out of the hall on Monday.\n", "utf-8")
    (folder / "a.jsonl").write_text(RECORDS, "utf-8")
    texts = ["The shameless regime.", "It rained in the north."] * 3
    lines = [f'{{"text": "{text}", "label": {1 - n % 2}, "doc": "{n}", "spans": []}}\n' for n, text in enumerate(texts)]
    (folder / "corpus.jsonl").write_text("".join(lines), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        pipeline.run(Settings(source=("a.txt",), out="tables", reports="report", workers=1))  # type: ignore[arg-type]
    return folder


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Variables that make commands on the same tables wait for each other."""
    return environment | {"OVERTONES_WAIT": "60"}


@pytest.fixture
def shell(place: Path, environment: dict[str, str]) -> Callable[[str, str], tuple[int, str]]:
    """Run `overtones COMMAND REDIRECTIONS` in a shell; returns its exit code, and the output on the shell's stderr."""

    def call(command: str, redirections: str) -> tuple[int, str]:
        line = f'exec "{sys.executable}" -m flows {command} {redirections}'
        done = subprocess.run(
            ["sh", "-c", line], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr + done.stdout

    return call


def all_of(
    shell: Callable[[str, str], tuple[int, str]], commands: Sequence[str], redirections: str
) -> dict[str, tuple[int, str]]:
    """The results of each command with the same redirections, a few at a time."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(commands, pool.map(lambda command: shell(command, redirections), commands), strict=True))


def test_full_disk_behind_stdout(shell: Callable[[str, str], tuple[int, str]]) -> None:
    """Data that cannot be written is one line on stderr and exit code 2, for every command."""
    for command, (code, printed) in all_of(shell, COMMANDS, ">/dev/full").items():
        assert code == Exit.USAGE, (command, printed)
        assert printed.splitlines()[-1] == "overtones: cannot write to standard output: No space left on device"
        assert "Traceback" not in printed
        assert "Exception ignored" not in printed


def test_closed_stdout(shell: Callable[[str, str], tuple[int, str]]) -> None:
    """The same if stdout was closed; commands without data are not affected."""
    commands = ("schema", "explain lix", "show a.txt", "clean a.txt")
    for command, (code, printed) in all_of(shell, commands, ">&-").items():
        assert (code, printed) == (Exit.USAGE, "overtones: cannot write to standard output: Bad file descriptor\n"), (
            command
        )
    for command, (code, printed) in all_of(shell, SILENT, ">&-").items():
        assert code == Exit.DONE, (command, printed)
        assert "Traceback" not in printed


@pytest.fixture
def unread(place: Path, environment: dict[str, str]) -> Callable[[str], tuple[int, str]]:
    """Run `overtones COMMAND` with stdout to a pipe whose reader has ended; returns its exit code and messages."""

    def call(command: str) -> tuple[int, str]:
        reading, writing = os.pipe()
        os.close(reading)
        arguments = [sys.executable, "-m", "flows", *shlex.split(command)]
        done = subprocess.run(
            arguments, cwd=place, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
        os.close(writing)
        return done.returncode, done.stderr

    return call


def test_reader_that_has_left(unread: Callable[[str], tuple[int, str]]) -> None:
    """If the reader of the pipe has ended, each command exits with 0 and no message."""
    with ThreadPoolExecutor(4) as pool:
        for command, (code, printed) in zip(COMMANDS, pool.map(unread, COMMANDS), strict=True):
            assert code == Exit.DONE, (command, printed)
            assert not any(word in printed for word in ("Traceback", "Exception ignored", "pipe", "standard output"))


def test_exit_code_of_a_run_is_kept_if_nobody_reads(tmp_path: Path, unread: Callable[[str], tuple[int, str]]) -> None:
    """If nobody reads the summary of a run, its exit code still reports crossed thresholds or failed inputs."""
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 20)
    tables = f"--no-prefect --json --out {tmp_path / 't'} --reports {tmp_path / 'r'}"
    assert unread(f"run a.txt {tables} --fail-on 'n_words > 2'")[0] == Exit.THRESHOLD_CROSSED
    assert unread(f"run a.txt {tmp_path / 'b.bin'} {tables} --full")[0] == Exit.SOME_FAILED


def test_head(place: Path, environment: dict[str, str]) -> None:
    """`| head -1` gets the first of many lines."""
    line = f'{{ "{sys.executable}" -m flows lexicon list; echo $? >&2; }} | head -1'
    done = subprocess.run(["sh", "-c", line], cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "0\n")


def test_stderr_that_cannot_be_written(shell: Callable[[str, str], tuple[int, str]]) -> None:
    """Messages that cannot be written are lost, and the exit code does not change."""
    talking = ("lexicon list", "report --out tables --reports report", SILENT[0])
    for redirection in ("2>/dev/full", "2>&-"):
        for command, (code, _) in all_of(shell, talking, f"{redirection} >/dev/null").items():
            assert code == Exit.DONE, (command, redirection)
        for command, (code, _) in all_of(shell, ("rnu", "show nowhere.txt", "run nowhere"), redirection).items():
            assert code == Exit.USAGE, (command, redirection)


def test_files_do_not_take_the_place_of_closed_streams(
    shell: Callable[[str, str], tuple[int, str]], tmp_path: Path
) -> None:
    """With all three streams closed, a run in several processes writes the same tables."""
    (tmp_path / "texts").mkdir()
    for number in range(4):
        (tmp_path / "texts" / f"{number}.txt").write_text(f"The despot stormed out, {number} times.\n" * 400)
    for out, redirection in (("t", ""), ("closed", "<&- >&- 2>&-")):
        command = f"run {tmp_path / 'texts'} --no-prefect --workers 2 --out {tmp_path / out} --reports {tmp_path / 'r'}"
        assert shell(command, redirection)[0] == Exit.DONE
    written, again = (
        {path.relative_to(tmp_path / out): path.read_bytes() for path in (tmp_path / out).glob("[!r]*/*.parquet")}
        for out in ("t", "closed")
    )
    assert written == again
    assert len(written) > 5


def test_stdin_that_cannot_be_read(shell: Callable[[str, str], tuple[int, str]]) -> None:
    """A closed stdin is reported in a message."""
    assert shell("clean", "<&-") == (Exit.USAGE, "overtones: standard input: Bad file descriptor\n")
    assert shell("show -", "<&-") == (Exit.ALL_FAILED, "-: Bad file descriptor\n")


def test_names_leave_as_they_came(place: Path, environment: dict[str, str]) -> None:
    """Output is UTF-8 in any locale, and a path on stdout is unchanged, byte for byte."""
    reports = os.fsencode(place) + b"/caf\xe9"
    command = [sys.executable, "-m", "flows", "report", "--out", "tables", "--reports", reports]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (Exit.DONE, reports + b"/index.html\n"), done.stderr
    narrow = environment | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "flows", "show", "a.txt"], cwd=place, env=narrow, capture_output=True, check=False
    )
    assert done.returncode == Exit.DONE
    assert "despot — he stormed out" in done.stdout.decode()
