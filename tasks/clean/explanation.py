"""Readable repairs: the passages of a text that contain repairs, before and after.

The command `overtones clean --explain` shows them side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.clean.stage import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CONTEXT = 40
"""Number of characters that are shown around a repair."""


class Passage(NamedTuple):
    """A part of a text, before and after, each as pieces with a flag that says whether the piece is part of a repair."""

    before: list[tuple[str, bool]]
    after: list[tuple[str, bool]]
    repairs: list[Mapping[str, Any]]
    """The rows of the table of repairs in this passage."""


def explain_repairs(text: str, repairs: Sequence[Mapping[str, Any]]) -> Iterator[Passage]:
    """The passages of a clean text that contain repairs. `repairs` are the rows of the table of repairs for that text.

    Repairs of kinds with one row per document (`stage.COUNTED`) are left out.

    >>> row = {"start": 3, "end": 4, "before": "‚ÄĒ", "after": "—", "kind": "mojibake"}
    >>> [passage] = explain_repairs("en — no", [row])
    >>> passage.before, passage.after
    ([('en ', False), ('‚ÄĒ', True), (' no', False)], [('en ', False), ('—', True), (' no', False)])
    """
    shown = sorted((repair for repair in repairs if repair["kind"] not in COUNTED), key=lambda repair: repair["start"])
    group: list[Mapping[str, Any]] = []
    for repair in shown:
        if group and repair["start"] - group[-1]["end"] > 2 * _CONTEXT:
            yield _passage(text, group)
            group = []
        group.append(repair)
    if group:
        yield _passage(text, group)


def _passage(text: str, repairs: list[Mapping[str, Any]]) -> Passage:
    done = max(0, repairs[0]["start"] - _CONTEXT)
    stop = min(len(text), repairs[-1]["end"] + _CONTEXT)
    before: list[tuple[str, bool]] = [("…", False)] if done else []
    after = list(before)
    for repair in repairs:
        kept = text[done : repair["start"]]
        before += (kept, False), (repair["before"], True)
        after += (kept, False), (repair["after"], True)
        done = repair["end"]
    rest = text[done:stop] + ("…" if stop < len(text) else "")
    return Passage([*before, (rest, False)], [*after, (rest, False)], repairs)
