"""Results of each command for unusable names and files, and for its own bugs: a message and an exit code, never 1."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import typer
from fsspec.implementations.local import LocalFileSystem

from flows import pipeline, settings
from flows.settings import Settings
from flows.stores import filesystem
from flows.terminal.console import Exit
from tasks.errors import ConfigurationError, OutputInUse, ReportError, ServiceError, SourceError, StoreError
from tasks.escaping import escape_name
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = "The deranged despot stormed out of the hall on Monday, and the people of the town wept.\n"
ODD = {
    "absent": "absent.txt",
    "not UTF-8": os.fsdecode(b"caf\xe9.txt"),
    "line end": "a\novertones: all is well",
    "escape": "red\x1b[31m.txt",
    "override": "in\N{RIGHT-TO-LEFT OVERRIDE}vaders.txt",
    "long": "x" * 300,
    "below a file": "odd.bin/x",
    "binary": "odd.bin",
    "folder": "folder",
}
FILES = (
    "show {}",
    "clean {}",
    "run --no-prefect {}",
    "run --no-prefect a.txt --lexicon {}",
    "run --no-prefect a.txt --judge {}",
    "run --no-prefect a.txt --config {}",
    "show a.txt --lexicon {}",
    "show a.txt --judge {}",
    "show a.txt --config {}",
    "explain despot --lexicon {}",
    "explain x:0 --out {}",
    "report --out {}",
    "lexicon check {}",
    "lexicon list --lexicon {}",
    "evaluate {}",
    "fit {} --out s",
    "config --file {}",
)
"""Commands that read a file or folder."""
NAMES = (
    "{}",
    "show a.txt --record {}",
    "run --no-prefect a.txt --fail-on {}",
    "run --no-prefect a.txt --workers {}",
    "explain {}",
    "explain {}:0 --out tables",
    "report --out tables --document {}",
    "schema {}",
    "lexicon show {}",
    "lexicon list --theme {}",
    "lexicon list --category {}",
    "run --no-prefect a.txt --{}",
    "schedule a.txt --interval {}",
)
"""Commands that look a name up."""
UNWRITABLE = ("long", "below a file", "binary")


@pytest.fixture
def place(tmp_path: Path, called: Callable[..., Any]) -> Callable[..., Any]:
    """The command in a folder that holds an article, a binary file and an empty folder."""
    (tmp_path / "a.txt").write_text(ARTICLE, "utf-8")
    (tmp_path / "odd.bin").write_bytes(b"\x00\xff\xfe" + bytes(range(256)) * 20)
    (tmp_path / "folder").mkdir()
    return called


def filled(command: str, name: str) -> list[str]:
    """The words of a command with a name put in."""
    return [word.format(name) for word in command.split()]


def told_well(messages: str, name: str) -> bool:
    """Whether the output has no control characters, no faked line and no traceback."""
    lines = messages.split("\n")
    tame = all(escape_name(line) == line for line in lines)
    return tame and "Traceback" not in messages and "overtones: all is well" not in lines and len(name) > 0


@pytest.mark.parametrize("command", FILES)
def test_files_that_cannot_be_used(place: Callable[..., Any], command: str) -> None:
    """For anything in place of a file, the message names it, and the exit code is 2; 4 if the only input is not text."""
    for kind, name in ODD.items():
        is_input = command in {"show {}", "clean {}", "run --no-prefect {}"}
        if kind == "folder" and command == "run --no-prefect {}":
            continue  # what is read is a folder
        done = place(*filled(command, name))
        assert done.code == (Exit.ALL_FAILED if is_input and kind == "binary" else Exit.USAGE), (kind, done.err)
        assert told_well(done.err, name), (kind, done.err)
        assert done.out == ""


@pytest.mark.parametrize("command", NAMES)
def test_names_that_are_not_known(place: Callable[..., Any], command: str) -> None:
    """A name that does not exist is exit code 2 and a message, whatever its characters."""
    if "tables" in command:
        place("run", "--no-prefect", "a.txt", "--out", "tables")
    for kind, name in ODD.items():
        done = place(*filled(command, name))
        assert done.code == Exit.USAGE, (kind, done.err)
        assert told_well(done.err, name), (kind, done.err)
        assert done.out == ""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("run --no-prefect a.txt --out {}", Exit.USAGE),
        ("run --no-prefect a.txt --out tables --reports {}", Exit.USAGE),
        ("report --out tables --reports {}", Exit.USAGE),
        ("report --out tables --reports {} --document a.txt", Exit.USAGE),
        ("clean a.txt --log {}/x", Exit.USAGE),
        ("fit corpus.jsonl --out {}/x", Exit.USAGE),
    ],
)
def test_places_that_cannot_be_written(tmp_path: Path, place: Callable[..., Any], command: str, code: Exit) -> None:
    """If nothing can be written, the message says so; after a run it also says that the tables exist."""
    place("run", "--no-prefect", "a.txt", "--out", "tables")
    texts = ["A vile plot of thugs.", "It rained in the north."] * 12
    marked = ['[{"start": 2, "end": 6, "category": "x"}]', "[]"] * 12
    (tmp_path / "corpus.jsonl").write_text(
        "".join(
            f'{{"text": "{text}", "label": {int(spans != "[]")}, "spans": {spans}, "doc": "{number}"}}\n'
            for number, (text, spans) in enumerate(zip(texts, marked, strict=True))
        )
    )
    if "fit" in command:
        command += " --folds 3 --resamples 2 --ngrams none"
    for kind in UNWRITABLE:
        done = place(*filled(command, ODD[kind]))
        # A name that is too long cannot be looked at, so it is met when the report is written.
        expected = Exit.REPORT_FAILED if kind == "long" and "--reports" in command and "run" in command else code
        assert done.code == expected, (kind, done.err)
        assert told_well(done.err, ODD[kind]), done.err
        assert ("the tables were written, but the report was not" in done.err) == (expected == Exit.REPORT_FAILED)
    if "fit" in command:
        assert place(*filled(command, "folder"), "--out", "folder").code == Exit.USAGE


@pytest.mark.parametrize("kind", ["line end", "escape", "override", "not UTF-8"])
def test_unusual_names_are_used(tmp_path: Path, place: Callable[..., Any], kind: str) -> None:
    """A file or folder with an unusual name is read and written like any other; only the tables need a UTF-8 name."""
    name = ODD[kind]
    (tmp_path / name).write_text(ARTICLE, "utf-8")
    for arguments in (
        ("show", name),
        ("clean", name),
        ("run", "--no-prefect", name, "--out", "t", "--reports", f"r{name}"),
    ):
        done = place(*arguments)
        assert done.code == Exit.DONE, done.err
        assert told_well(done.err, name)
    assert told_well(place("show", name).out, name)
    assert (tmp_path / f"r{name}" / "index.html").is_file()
    done = place("explain", f"{name}:0", "--out", "t")
    assert done.code == Exit.DONE, done.err
    assert told_well(done.out, name)
    done = place("run", "--no-prefect", "a.txt", "--out", f"t{name}")
    assert done.code == (Exit.USAGE if kind == "not UTF-8" else Exit.DONE), done.err
    assert told_well(done.err, name)


def test_names_with_leading_dashes(tmp_path: Path, place: Callable[..., Any]) -> None:
    """After `--`, a name may begin like an option; the command that is suggested for it works."""
    (tmp_path / "--json").write_text(ARTICLE, "utf-8")
    for command in ("show", "clean", "run"):
        options = ("--no-prefect", "--out", "t") if command == "run" else ()
        assert place(command, *options, "--", "--json").code == Exit.DONE


@pytest.mark.parametrize(
    ("error", "messages"),
    [
        (PermissionError(13, "Permission denied", "secret.txt"), "overtones: secret.txt: Permission denied\n"),
        (OSError(28, "No space left on device"), "overtones: No space left on device\n"),
        (MemoryError(), "overtones: not enough memory\n"),
        (ConfigurationError("first\nx", "    second"), "overtones: first‹U+000A›x\n    second\n"),
        (ServiceError("it said:\nlast words"), "overtones: it said:\nlast words\n"),
        (OutputInUse("in use"), "overtones: in use\n"),
        (StoreError(), "overtones: StoreError\n"),
        (OSError(9, "Bad file descriptor", 7), "overtones: Bad file descriptor\n"),
        (SourceError("not read"), "overtones: not read\n"),
        (SystemExit("a word"), "a word\n"),
        (SystemExit(1), ""),
        (typer.Exit(1), ""),
        (typer.Exit(7), ""),
    ],
)
def test_errors_end_with_2(
    called: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: BaseException, messages: str
) -> None:
    """For any error the exit code is 2, also where Python or typer would use 1, and the message is complete."""
    monkeypatch.setattr(settings, "resolve", lambda *_: raised(error))
    assert called("config") == (Exit.USAGE, "", messages)


def raised(error: BaseException) -> Any:
    """Raise it, where only an expression can stand."""
    raise error


@pytest.mark.parametrize("error", [ZeroDivisionError("by \x1b[31mnothing"), pl.exceptions.PanicException("oh no")])
def test_a_bug_says_that_it_is_one(
    called: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """An unexpected error is reported with its traceback as a bug of overtones, with exit code 2."""
    monkeypatch.setattr(settings, "resolve", lambda *_: raised(error))
    done = called("config")
    assert done.code == Exit.USAGE
    assert done.err.startswith("Traceback")
    assert "this is a bug in overtones" in done.err.splitlines()[-1]
    assert "\x1b" not in done.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Exit(130), typer.Abort()])
def test_interrupts_end_with_130(
    called: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """An interrupt is reported and has its own exit code, also if typer handles it."""
    monkeypatch.setattr(settings, "resolve", lambda *_: raised(error))
    done = called("config")
    assert done.code == Exit.INTERRUPTED
    assert done.err.startswith("overtones: interrupted")


class TestReport:
    """A run whose tables are written, but whose report fails."""

    @pytest.mark.parametrize(
        ("error", "is_bug"),
        [(OSError(28, "No space left on device"), False), (StoreError("no room"), False), (KeyError("row"), True)],
    )
    def test_fails_with_5(
        self,
        place: Callable[..., Any],
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        is_bug: bool,
    ) -> None:
        """Whatever the report's error, the exit code is 5, and the message says what exists; a bug has its traceback."""

        def write_report(*_: Any) -> Any:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "write_report", write_report)
            done = place("run", "--no-prefect", "a.txt", "--out", "tables")
        assert done.code == Exit.REPORT_FAILED
        assert done.err.splitlines()[-1].startswith("overtones: the tables were written, but the report was not: ")
        assert ("this is a bug" in done.err) == is_bug == ("Traceback" in done.err)
        assert place("report", "--out", "tables").code == Exit.DONE

    @pytest.mark.usefixtures("place")
    def test_store_that_does_not_take_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """If a store does not accept the report, there is none, but the tables exist."""
        monkeypatch.setattr(filesystem, "PAUSES", (0.0,))

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(LocalFileSystem, "put_file", refuse)
        address = f"file://{tmp_path}/store/r"
        with pytest.raises(ReportError, match="the tables were written"):
            pipeline.run(Settings(source=("a.txt",), out=tmp_path / "t", reports=address))  # type: ignore[arg-type]
        assert (tmp_path / "t" / "documents").is_dir()


@pytest.mark.parametrize("variable", ["complete_nosuchshell", "nonsense", "source_nosuchshell"])
def test_completion_that_cannot_be(called: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """If a shell requests completions in a form that typer does not know, the exit code is 2, not 1."""
    monkeypatch.setenv("_OVERTONES_COMPLETE", variable)
    assert called().code == Exit.USAGE


@pytest.mark.parametrize("name", ["tables [2025]", "a*b", "what?", "{x,y}"])
def test_names_that_look_like_patterns(tmp_path: Path, place: Callable[..., Any], name: str) -> None:
    """A folder whose name is a pattern that matches other folders is written and read like any other."""
    (tmp_path / "aXb" / "documents").mkdir(parents=True)
    for _ in range(2):
        assert place("run", "--no-prefect", "a.txt", "--out", name, "--fail-on", "n_words > 2").code == 1
        (tmp_path / "a.txt").write_text(f"{ARTICLE}\n{ARTICLE}", "utf-8")
    assert place("report", "--out", name, "--document", "a.txt").code == Exit.DONE
    assert place("explain", "a.txt:0", "--out", name).code == Exit.DONE
    assert place("doctor", "--out", name).code == Exit.DONE
    assert len(read_table("paragraphs", tmp_path / name)) == 2
