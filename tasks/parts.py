"""How many parts a document has: memory follows them where its bytes are few.

A paragraph of one letter takes as much memory as a hundred bytes of an ordinary text: a row in several tables, with all
its measures. So there is a bound for the parts of what is analyzed at once as well as for its bytes.
"""

from __future__ import annotations

from tasks.errors import LimitExceeded


class Parts:
    """The parts that were found so far of the documents that are analyzed together; `most` are allowed.

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
        """There are `n` more of a kind, each of which counts as so many parts. LimitExceeded, naming all kinds that were
        found, if they are too many.
        """
        self.check(n, kind, each)
        self._found[kind] = self._n_of(kind) + n, each

    def check(self, n: int, kind: str, each: float = 1) -> None:
        """As `add`, for what takes memory only for a while: it is not counted for good."""
        found = {**self._found, kind: (self._n_of(kind) + n, each)}
        if sum(n * each for n, each in found.values()) > self._most:
            *others, last = [
                f"{n:,} {kind}" + (f" (each counts as {each:g})" if each != 1 else "")
                for kind, (n, each) in found.items()
                if n > 0
            ]
            told = f"{', '.join(others)} and {last}" if others else last
            raise LimitExceeded(
                f"it has at least {told}, over {self._most:,} parts; "
                "split it, or raise --max-document-parts, at a kilobyte of memory for a part"
            )

    def _n_of(self, kind: str) -> int:
        return self._found.get(kind, (0, 1))[0]


def unlimited() -> Parts:
    """Any number is allowed."""
    return Parts(10**18)
