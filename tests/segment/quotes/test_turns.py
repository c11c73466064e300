"""Speech without quotation marks: turns, and paragraphs below a line that introduces them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.segment import find_quotations
from tasks.segment.quotes.turns import turn_label

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("PETRA VOSS: Who cut it?", "PETRA VOSS"),
        ("**Petra Voss:** Who cut it?", "Petra Voss"),
        ("Petra Voss (porter): Who cut it?", "Petra Voss"),
        ("PV: Who cut it?", "PV"),
        ("Q. Who cut it?", "Q"),
        ("A - Nobody.", "A"),
        ("A porter cut it.", None),
        ("Read more: Who cut it?", None),
        ("Photo: Petra Voss", None),
        ("At 10:30 it fell.", None),
        ("The answer of the porter was short: no.", None),
    ],
)
def test_labels(text: str, label: str | None) -> None:
    """A label is a name of up to four words, initials, or Q and A, before a colon."""
    assert turn_label(text) == label


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        (
            ["Petra Voss: Who cut it?", "Jo Lind: I did.", "PV: But why?", "It was dark."],
            [("Who cut it?", "Petra Voss"), ("I did.", "Jo Lind"), ("But why?", "Petra Voss")],
        ),
        (["Q: Who cut it?", "A: “Nobody” did."], [("Who cut it?", None), ("“Nobody” did.", None)]),
        (["Petra Voss: Who cut it?", "It was dark."], []),
        (
            ["In a letter, Petra Voss wrote:", "We cut the rope at night. It fell."],
            [("We cut the rope at night. It fell.", "Petra Voss")],
        ),
        (["The rules of the house are:", "We never cut the rope at night."], []),
        (["Petra Voss said:", "“We cut it.”"], [("“We cut it.”", "Petra Voss")]),
    ],
)
def test_turns(
    texts: list[str], rows: list[tuple[str, str | None]], make_paragraphs: Callable[..., pl.DataFrame]
) -> None:
    """What follows a label, or below a reporting clause with a colon, is speech of whom it names."""
    found = find_quotations(make_paragraphs(*texts)).select("paragraph_index", "start", "end", "kind", "speaker").rows()
    assert [(texts[index][start:end], speaker) for index, start, end, _, speaker in found] == rows
    assert {kind for *_, kind, _ in found} <= {"speech"}
