"""Arrays over columns of texts: their types, and the few operations that rules over neighbours and ranges are made of."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_Item = TypeVar("_Item", bound=np.generic)


@overload
def exclusive_sum(values: Bools) -> NDArray[np.int32]: ...


@overload
def exclusive_sum(values: NDArray[np.integer[Any]]) -> Ints: ...


def exclusive_sum(values: NDArray[Any]) -> NDArray[Any]:
    """For each place, and the end, the sum of all values before it: one element more than `values`.

    Of lengths it gives where each piece begins; of a mask, how many are chosen before each place (32 bits each, since
    masks of bytes are long).

    >>> exclusive_sum(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    dtype = np.int32 if values.dtype == np.bool_ else np.int64
    sums = np.zeros(len(values) + 1, dtype)
    np.cumsum(values, dtype=dtype, out=sums[1:])
    return sums


def ranges(starts: Ints, counts: Ints) -> Ints:
    """The numbers start, start + 1, ... of each range, as many as its count, one range after the other.

    >>> ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(counts, dtype=np.int64)
    numbers: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + counts, counts)
    return numbers


def shifted(values: NDArray[_Item], by: int, fill: object = 0) -> NDArray[_Item]:
    """Each element's neighbour: with `by` 1 the element before it, with -1 the one after it; `fill` where there is none.

    >>> shifted(np.array([True, False, True]), 1).tolist()
    [False, True, False]
    >>> shifted(np.array([7, 8, 9]), -1, fill=-1).tolist()
    [8, 9, -1]
    """
    moved = np.full_like(values, fill)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved


def previous_true(chosen: Bools) -> Ints:
    """For each place, and the end, the last chosen place before it; -1 if there is none.

    >>> previous_true(np.array([False, True, False])).tolist()
    [-1, -1, 1, 1]
    """
    places = np.flatnonzero(chosen)
    return np.repeat(np.append(-1, places), np.diff(places, prepend=-1, append=len(chosen)))


def next_true(chosen: Bools) -> Ints:
    """For each place, and the end, the first chosen place from it on; the end if there is none.

    >>> next_true(np.array([False, True, False])).tolist()
    [1, 1, 3, 3]
    """
    places = np.flatnonzero(chosen)
    return np.repeat(np.append(places, len(chosen)), np.diff(places, prepend=-1, append=len(chosen)))
