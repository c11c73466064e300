"""Batches of sources, and shares of long files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.ingest import (
    Source,
    find_sources,
    fitting_batch_bytes,
    plan_batches,
    share_out,
)
from tasks.ingest.decoding import is_wide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORD = st.one_of(
    st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b" ")),
    st.fixed_dictionaries(
        {"text": st.text(max_size=20)}, optional={"id": st.sampled_from(["a", "b", "c"]), "title": st.text(max_size=5)}
    ).map(lambda record: json.dumps(record).encode()),
)


def test_plan_keeps_every_source_once(samples: Path) -> None:
    """Batches of any size contain all sources in order."""
    sources, _ = find_sources([str(samples)])
    for size in (1, 5_000, 10**9):
        assert [s for batch in plan_batches(sources, size) for s in batch] == sources


def test_batches_fit_the_corpus() -> None:
    """A corpus of megabytes is in several batches, one of gigabytes in large ones; a little more changes nothing."""

    def corpus(n_files: int) -> list[Source]:
        return [Source(f"{i}.txt", f"{i}.txt", 100_000, "text") for i in range(n_files)]

    assert len(plan_batches(corpus(100), fitting_batch_bytes(corpus(100)))) >= 4
    assert fitting_batch_bytes(corpus(10_000)) == 2**23
    assert fitting_batch_bytes(corpus(1_000)) == fitting_batch_bytes(corpus(1_100))


@given(st.lists(RECORD, max_size=30), st.integers(20, 200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_shares_hold_every_line_once(folder: Callable[..., Path], lines: list[bytes], size: int) -> None:
    """The shares of a file are adjacent, and each has the number of lines before it."""
    content = b"\n".join(lines)
    top = folder({"a.jsonl": content})
    [source], _ = find_sources([str(top)])
    shares = [one.share for one in share_out(source, size) if one.share]
    if not shares:
        assert len(content) < 2 * size or is_wide(content)
        return
    assert [share.start for share in shares] == [0, *(share.end for share in shares[:-1])]
    assert shares[-1].end == len(content)
    assert all(share.n_lines_before == content.count(b"\n", 0, share.start) for share in shares)
    assert all(content[share.start - 1 : share.start] in {b"", b"\n"} for share in shares)
