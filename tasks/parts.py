"""A limit on the parts of a document, because each part takes memory, however short it is.

A paragraph of one letter takes as much memory as a hundred bytes of ordinary text: a row in several tables, with all its
measurements. So there is a limit for parts as well as one for bytes.
"""

from __future__ import annotations

from tasks.errors import LimitExceeded


class Parts:
    """Counts the parts of the documents that are analyzed together; at most `most` are allowed.

    >>> parts = Parts(5)
    >>> parts.add(3, "paragraphs")
    >>> parts.add(4, "sentences")
    Traceback (most recent call last):
    tasks.errors.LimitExceeded: it has at least 3 paragraphs and 4 sentences, over 5 parts; split it, or raise
        --max-document-parts, at a kilobyte of memory for a part
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[str, tuple[int, float]] = {}

    def add(self, n: int, kind: str, each: float = 1) -> None:
        """Add `n` items of a kind, each of which counts as `each` parts.

        Raises LimitExceeded, with the counts of all kinds, if there are too many.
        """
        self.check(n, kind, each)
        self._found[kind] = self._n_of(kind) + n, each

    def check(self, n: int, kind: str, each: float = 1) -> None:
        """Raise as `add`, but do not add the items: they take memory only for a short time."""
        found = {**self._found, kind: (self._n_of(kind) + n, each)}
        if sum(n * each for n, each in found.values()) > self._most:
            *others, last = [
                f"{n:,} {kind}" + (f" (each counts as {each:g})" if each != 1 else "")
                for kind, (n, each) in found.items()
                if n > 0
            ]
            counts = f"{', '.join(others)} and {last}" if others else last
            raise LimitExceeded(
                f"it has at least {counts}, over {self._most:,} parts; "
                "split it, or raise --max-document-parts, at a kilobyte of memory for a part"
            )

    def _n_of(self, kind: str) -> int:
        return self._found.get(kind, (0, 1))[0]


def unlimited() -> Parts:
    """A counter without a limit."""
    return Parts(10**18)
