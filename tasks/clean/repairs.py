"""Repairs as data: what was changed, where, to what, and why.

A repair is a text and the steps that produced it. Steps can be replayed on the original text (`apply_steps`). The steps
of two successive repairs can be composed into the steps of one (`compose`), so that each step still refers to positions
and characters of the original text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Step(NamedTuple):
    """One change: `before`, at `start:end` of the original text, becomes `after`.

    `kind` is one of `REPAIR_KINDS`. `codec_chain` lists the wrong codecs with which the text was decoded, outermost
    first, joined by '>'. `confidence` is `certain` or `inferred`. If damage is only reported, `after` equals `before`.
    """

    start: int
    end: int
    before: str
    after: str
    kind: str
    codec_chain: str | None = None
    confidence: str = "certain"
    reason: str = ""


class Repair(NamedTuple):
    """A text and the steps that produced it, in order of their position in the original text; steps do not overlap."""

    text: str
    steps: tuple[Step, ...] = ()


def apply_steps(text: str, steps: Iterable[Step]) -> str:
    """`text` after each step: the replay of a repair.

    >>> apply_steps("a--b", [Step(1, 3, "--", "—", "mojibake")])
    'a—b'

    Steps that do not match the text are rejected.

    >>> apply_steps("a..b", [Step(1, 3, "--", "—", "mojibake")])
    Traceback (most recent call last):
    ValueError: the text has '..' at 1:3, and the step expects '--'
    """
    steps = tuple(steps)
    done = 0
    for step in steps:
        if text[step.start : step.end] != step.before or step.start < done:
            raise ValueError(
                f"the text has {text[step.start : step.end]!r} at {step.start}:{step.end}, "
                f"and the step expects {step.before!r}"
            )
        done = step.end
    return _replace(text, 0, len(text), steps)


def rewrite(text: str, steps: Sequence[Step]) -> Repair:
    """The repair that results from `steps`, whose `before` is known to be in `text`.

    >>> rewrite("a--b", [Step(1, 3, "--", "—", "mojibake")]).text
    'a—b'
    """
    return Repair(_replace(text, 0, len(text), steps), tuple(steps)) if steps else Repair(text)


def compose(given: str, first: Repair, second: Repair) -> Repair:
    """One repair that has the effect of `first` on `given`, followed by `second` on the result.

    Steps that touch the same position become one.

    >>> first = Repair("x—y ", (Step(1, 4, "abc", "—", "mojibake", "cp1252"),))
    >>> second = Repair("x-y", (Step(1, 2, "—", "-", "space"), Step(3, 4, " ", "", "space")))
    >>> [step[:4] for step in compose("xabcy ", first, second).steps]
    [(1, 4, 'abc', '-'), (5, 6, ' ', '')]
    """
    if not first.steps:
        return second
    if not second.steps:
        return first
    steps: list[Step] = []
    i = j = 0
    shift = 0  # a position in the intermediate text minus the same position in the original text, before first.steps[i]
    while i < len(first.steps) or j < len(second.steps):
        # A group is a part of the intermediate text in which steps of both repairs overlap.
        begin_i, begin_j, begin_shift = i, j, shift
        start = min(
            first.steps[i].start + shift if i < len(first.steps) else len(first.text) + 1,
            second.steps[j].start if j < len(second.steps) else len(first.text) + 1,
        )
        end = -1
        while True:
            if i < len(first.steps) and _overlaps(first.steps[i].start + shift, start, end):
                step = first.steps[i]
                end = max(end, step.start + shift + len(step.after))
                shift += len(step.after) - len(step.before)
                i += 1
            elif j < len(second.steps) and _overlaps(second.steps[j].start, start, end):
                end = max(end, second.steps[j].end)
                j += 1
            else:
                break
        if begin_j == j:
            steps += first.steps[begin_i:i]
        else:
            after = _replace(first.text, start, end, second.steps[begin_j:j])
            steps.append(
                _merge(given, start - begin_shift, end - shift, after, first.steps[begin_i:i], second.steps[begin_j:j])
            )
    return Repair(second.text, tuple(steps))


def _overlaps(position: int, start: int, end: int) -> bool:
    return position < end or (end == -1 and position == start)


def _replace(text: str, start: int, end: int, steps: Sequence[Step]) -> str:
    pieces: list[str] = []
    for step in steps:
        pieces += text[start : step.start], step.after
        start = step.end
    return "".join([*pieces, text[start:end]])


def _merge(given: str, start: int, end: int, after: str, first: Sequence[Step], second: Sequence[Step]) -> Step:
    if len(first) + len(second) == 1:
        return second[0]._replace(start=start, end=end)
    steps = [*first, *second]
    # If several runs of the first repair are in one step of the second, they had the same damage.
    layers = [step.codec_chain for step in (*first[:1], *second[:1]) if step.codec_chain]
    return Step(
        start,
        end,
        given[start:end],
        after,
        steps[0].kind,
        ">".join(layers) or None,
        "inferred" if any(step.confidence == "inferred" for step in steps) else "certain",
        "; then ".join(dict.fromkeys(step.reason for step in steps if step.reason)),
    )
