"""`overtones clean`, as a user calls it."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

DAMAGED, REPAIRED = "He said ‚ÄĒ no\n", "He said — no\n"


def test_a_text_goes_through(overtones: Command) -> None:
    """From standard input to standard output, with nothing on stderr."""
    done = overtones("clean", stdin=DAMAGED)
    assert (done.returncode, done.stdout, done.stderr) == (Exit.DONE, REPAIRED, "")


def test_the_readme_shows_what_it_does(overtones: Command, readme: str) -> None:
    """The example of the README gives the line below it."""
    [(damaged, repaired)] = re.findall(r"^\$ echo '(.*)' \| overtones clean\n(.*)$", readme, re.MULTILINE)
    assert overtones("clean", stdin=damaged).stdout == repaired


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", DAMAGED.encode()),
        ("a.txt.gz", gzip.compress(DAMAGED.encode())),
        ("a.txt", DAMAGED.encode("utf-16")),
        ("a.txt", "“He” said — no\n".encode("cp1252")),
    ],
    ids=["UTF-8", "gzip", "UTF-16", "Windows-1252"],
)
def test_a_file_is_read_in_its_encoding(overtones: Command, tmp_path: Path, name: str, content: bytes) -> None:
    """The output is UTF-8, whatever the encoding of the input."""
    (tmp_path / name).write_bytes(content)
    assert overtones("clean", name).stdout.replace("“He”", "He") == REPAIRED


def test_the_log_holds_the_repairs(overtones: Command, tmp_path: Path) -> None:
    """The log has one JSON line per repair, with positions in the bytes of the file and in the output."""
    raw = b"\xef\xbb\xbf" + DAMAGED.encode() + b"\x97"
    (tmp_path / "a.txt").write_bytes(raw)
    text = overtones("clean", "a.txt", "--log", "log.jsonl").stdout
    mojibake, stray = map(json.loads, (tmp_path / "log.jsonl").read_text("utf-8").splitlines())
    assert raw[mojibake["raw_start"] : mojibake["raw_end"]].decode() == mojibake["before"] == "‚ÄĒ"
    assert text[mojibake["start"] : mojibake["end"]] == mojibake["after"] == "—"
    assert (mojibake["kind"], mojibake["codec_chain"], mojibake["confidence"]) == ("mojibake", "mac_latin2", "certain")
    assert (stray["kind"], stray["raw_start"], stray["before"], stray["after"]) == (
        "invalid_byte",
        len(raw) - 1,
        "\\x97",
        "—",
    )


def test_records_keep_their_lines(overtones: Command, tmp_path: Path) -> None:
    """Only the text of a record changes; an invalid record is reported, copied unchanged, and makes the exit code 3."""
    lines = ['{"n": 1.0, "body": "itâ€™s"}\n', "{broken\n", '{"body": "fine"}\n']
    (tmp_path / "a.jsonl").write_text("".join(lines), "utf-8")
    done = overtones("clean", "a.jsonl", "--text-field", "body", "--log", "log.jsonl")
    assert done.stdout == '{"n": 1.0, "body": "it’s"}\n' + "".join(lines[1:])
    assert "line 2: not JSON: Expecting a name in double quotes at character 2" in done.stderr
    assert done.returncode == Exit.SOME_FAILED
    [repair] = map(json.loads, (tmp_path / "log.jsonl").read_text("utf-8").splitlines())
    assert (repair["record"], repair["before"], repair["after"]) == (1, "â€™", "’")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_records_are_read_in_their_encoding(overtones: Command, tmp_path: Path, encoding: str) -> None:
    """Records in UTF-16, with a byte order mark, or in Windows-1252 become UTF-8."""
    (tmp_path / "records").write_bytes('{"text": "fish &amp; chips, “no”"}\n'.encode(encoding))
    done = overtones("clean", "records", "--jsonl")
    assert (done.stdout, done.returncode) == ('{"text": "fish & chips, “no”"}\n', Exit.DONE), done.stderr


def test_an_explanation_stands_side_by_side(overtones: Command) -> None:
    """--explain prints before, after and reason, in a pipe without colours, and never control characters."""
    done = overtones("clean", "--explain", stdin=DAMAGED + "\x1b[1mbold\x1b[0m\r\n")
    first = done.stdout.splitlines()[0]
    assert first.split() == "He said ‚ÄĒ no He said — no".split()
    assert "'‚ÄĒ' → '—'   mojibake mac_latin2, certain: UTF-8 read as mac_latin2" in done.stdout
    assert "'\\r\\n' → '\\n'   newline" in done.stdout.replace("'\n'", "'\\n'")
    assert "\x1b" not in done.stdout
    assert done.stderr.startswith("4 repairs, 0 of them inferred")


@pytest.mark.parametrize("arguments", [["absent.txt"], ["."], ["a.jsonl", "--explain"], ["--log", "absent/log"]])
def test_invalid_files_are_refused(overtones: Command, arguments: list[str]) -> None:
    """Errors are one line on stderr and exit code 2."""
    done = overtones("clean", *arguments)
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert done.stderr.startswith("overtones: ")


def test_bytes_that_are_not_text_are_refused(overtones: Command, tmp_path: Path) -> None:
    """An image is reported as an image."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    done = overtones("clean", "a.png")
    assert (done.returncode, done.stdout) == (Exit.ALL_FAILED, "")
    assert "a.png: this is not text" in done.stderr


@pytest.mark.parametrize("option", ["--jsonl", "--explain"])
def test_a_closed_pipe_is_no_error(tmp_path: Path, option: str) -> None:
    """If the reader of the pipe ends, the command ends without an error."""
    text = '{"text": "itâ€™s a long story, and it goes on and on and on and on and on and on and on and on"}\n' * 20_000
    (tmp_path / "a").write_text(text, "utf-8")
    command = [sys.executable, "-m", "flows", "clean", str(tmp_path / "a"), option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == Exit.DONE
