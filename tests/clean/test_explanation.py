"""Passages with repairs, before and after."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean import COUNTED, clean_documents, explain_repairs
from tasks.ingest import INVALID_BYTES_SCHEMA
from tasks.options import Options

_PARTS = st.sampled_from(
    ["words and words. ", "itâ€™s ", "a\xa0b ", "\n", "x\r\n", "‚ÄĒ", "caf\ufffd ", "soft\xadware ", "e\u0301"]
)


@given(st.lists(_PARTS, max_size=30).map("".join))
def test_passages_are_parts_of_both_texts(text: str) -> None:
    """What is shown as before is in the given text, what is shown as after is in the clean one; no repair is missing."""
    documents = pl.DataFrame({"document_id": [""], "text": [text], "text_offset": [0], "encoding": ["utf-8"]})
    documents = documents.with_columns(format=pl.lit("text"))
    cleaned, repairs = clean_documents(documents, pl.DataFrame(schema=INVALID_BYTES_SCHEMA), Options())
    rows = [row for row in repairs.to_dicts() if row["kind"] not in COUNTED]
    passages = [*explain_repairs(cleaned["text"][0], repairs.to_dicts())]
    assert [repair for passage in passages for repair in passage.repairs] == rows
    for passage in passages:
        before, after = ("".join(piece for piece, _ in side).strip("…") for side in passage[:2])
        assert after in cleaned["text"][0]
        assert repairs.height > len(rows) or before in text
