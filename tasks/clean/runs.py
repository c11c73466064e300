"""Runs of non-ASCII characters: the unit in which damaged text is found and repaired.

Text that was decoded with the wrong codec is damaged where it is not ASCII, because nearly all codecs agree on ASCII.
So a text is divided into runs, such as `â€™` in `itâ€™s`, each with the two characters before and after it, which is
all the context that the rules of this package need. Most runs in clean news are a single quotation mark or dash; these
are safe (`SAFE_PUNCTUATION`) and are only counted.
"""

from __future__ import annotations

import re
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tasks.clean.character_classes import SAFE_PUNCTUATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

RUN = re.compile(r"[^\x00-\x7f]+(?:(?<=[âã]) [^\x00-\x7f]+)*")
"""A run. A space in it may have been the second byte of three: `â €` is E2 A0 80."""

SHORT = 64
"""Maximum length of runs whose results are cached. Short runs occur again; runs of megabytes, in hostile text, do not.
"""


class NonAsciiRun(NamedTuple):
    """A run with up to two characters of its line before and after it."""

    before: str
    text: str
    after: str


class FoundRun(NamedTuple):
    """A run and the code points at which it starts and ends."""

    start: int
    end: int
    run: NonAsciiRun


def find_runs(text: str) -> Iterator[FoundRun]:
    r"""The runs of a text, except those that are a single safe sign.

    >>> [*find_runs("It â€” this é\n — ")]
    [FoundRun(start=3, end=6, run=NonAsciiRun(before='t ', text='â€”', after=' t')),
     FoundRun(start=12, end=13, run=NonAsciiRun(before='s ', text='é', after=''))]
    """
    for match in RUN.finditer(text):
        if match.group() not in SAFE_PUNCTUATION:
            yield FoundRun(*match.span(), _run_at(text, *match.span()))


def has_safe_punctuation(text: str) -> bool:
    """Whether a text contains safe signs between ASCII characters.

    >>> has_safe_punctuation("“No”"), has_safe_punctuation("â€”")
    (True, False)
    """
    return any(match.group() in SAFE_PUNCTUATION for match in RUN.finditer(text))


def _run_at(text: str, start: int, end: int) -> NonAsciiRun:
    before, after = text[start - 2 if start > 1 else 0 : start], text[end : end + 2]
    if "\n" in before or "\n" in after:  # characters of other lines are not context
        before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    return NonAsciiRun(before, text[start:end], after)


def cache_short(size: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A decorator for functions whose first argument is a run: the last `size` results for short runs are cached.

    >>> cache_short(10)(len)("é")
    1
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        cached = lru_cache(size)(function)

        @wraps(function)
        def call(run: str | NonAsciiRun, *details: object) -> T:
            text = run if isinstance(run, str) else run.text
            return cached(run, *details) if len(text) <= SHORT else function(run, *details)

        return call

    return decorate
