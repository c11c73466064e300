"""`overtones compare`: two groups of documents side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal.console import Config, Out, print_json, width
from tasks.errors import UsageError

GroupText = Annotated[
    str,
    typer.Argument(
        help="source:NAME, period:FROM..TO (dates), language:CODE, document:ID, or a folder with tables.",
        show_default=False,
    ),
]


def compare(
    a: GroupText,
    b: GroupText,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown page.")] = False,
    out: Out = None,
    config: Config = None,
) -> None:
    """Compare two groups of documents: figures, loaded terms and words.

    The document is the unit. A difference is called significant after correction for the number of comparisons.
    """
    from flows.settings import resolve
    from flows.terminal.comparison import markdown_lines, text_lines
    from tasks.report.groups import compare_groups, read_group

    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other")
    settings, _ = resolve({"out": out}, config)
    compared = compare_groups(read_group(a, settings.out), read_group(b, settings.out))
    if as_json:
        print_json(compared)
        return
    for line in markdown_lines(compared) if markdown else text_lines(compared, width()):
        print(line)
