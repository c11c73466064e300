#!/usr/bin/env bash
# `take` on an unaligned numpy array copies all of the array first, however few elements are taken; indexing does not.
#
# Seen with:  numpy 2.4.6, Python 3.11.7
# Look up:    `numpy.ndarray.take`; "Fancy indexing" in numpy's user guide; `ndarray.flags.aligned`
# Behaviour:  A view of eight bytes from each byte of a text (`strides=(1,)`) costs no memory, and gives the first letters of every token as one
#             number. Taking one element of it with `take` allocates eight times the text; `view[places]` gives the same elements
#             and allocates nothing but the result.
# Guess:      `take` is the faster form of the same indexing, as the documentation of `take` suggests.
# Meaning:    Hashing the tokens of a corpus takes eight more bytes of memory for each byte of text, and the time to
#             copy them. Nothing warns. Use indexing wherever `flags.aligned` is false: views into text, packed records, memory maps of
#             files with a header of odd length.
#
# Output seen:
#   take   : 80 MB at most for one element of a text of 10 MB
#   indexed: 0 MB at most
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "numpy==2.4.6"

"$work/venv/bin/python" -I -X utf8 - <<'PY'
import sys
import tracemalloc

import numpy as np

text = np.frombuffer(b"It rained. " * 910_000, np.uint8)
windows = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))
places = np.array([5])


def peak(read):
    tracemalloc.start()
    found = read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, most / 1e6


(taken, by_take), (indexed, by_index) = peak(lambda: windows.take(places)), peak(lambda: windows[places])
print(f"take   : {by_take:.0f} MB at most for one element of a text of {len(text) / 1e6:.0f} MB")
print(f"indexed: {by_index:.0f} MB at most")
if taken != indexed or by_take < 50 or by_index > 1:
    sys.exit("changed: take copies no more")
PY
