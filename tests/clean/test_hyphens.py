"""Words that line ends part."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.clean import clean_documents
from tasks.clean.hyphens import join_parted_words, looks_scanned
from tasks.clean.repairs import apply_steps, rewrite
from tasks.ingest import INVALID_BYTES_SCHEMA
from tasks.options import Options


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("the disgrace-\nful state", "the disgraceful\nstate"),
        ("a well-\nknown man", "a well-known\nman"),
        ("the Anglo-\nSaxon king", "the Anglo-Saxon\nking"),
        ("he recog-\nnised it", "he recognised\nit"),
        ("in Lowm-\noor, and", "in Lowmoor,\nand"),
        ("pre-\nand post-war", "pre-\nand post-war"),
        ("a to-day b to-\nday c", "a to-day b to-day\nc"),
        ("Commiſ-\nſioners met", "Commiſſioners\nmet"),
        ("soft\u00ad\nware is", "software\nis"),
        ("blunder¬ \n ing. So", "blundering.\nSo"),
        ("HAR-\nBOUR BOARD", "HARBOUR\nBOARD"),
        ("a con-\ntent-\ned man", "a content-\ned man"),
        ("It was so -\nand not", "It was so -\nand not"),
        ("in 1914-\n18 it", "in 1914-\n18 it"),
        ("the last engi-\nneer", "the last engineer"),
    ],
)
def test_what_stands_between_the_parts(text: str, joined: str) -> None:
    """The printer's hyphen is removed, the word's own stays, and the line ends behind the word."""
    steps = [*join_parted_words(text)]
    assert rewrite(text, steps).text == joined
    assert apply_steps(text, steps) == joined


@pytest.mark.parametrize(
    ("text", "is_scanned"),
    [
        ("The board met on Tues-\nday and went home with\nnothing done at all.", True),
        ("The board met on Tues-\r\nday and went home with\r\nnothing done at all.", True),
        ("The board met on Tuesday and went home with\nnothing done.", False),
        (f"A paragraph on one line. {'It goes on and on. ' * 20}\nTues-\nday.", False),
        ("Menu\nOne.\nTwo-\nfold.\nThree.\nFour.\nFive.", False),
    ],
)
def test_scanned_prints(text: str, is_scanned: bool) -> None:
    """A text of narrow lines that go on in the next one, some of them inside a word, is that of printed pages."""
    assert looks_scanned(text) == is_scanned


def test_repairs_of_a_scanned_print() -> None:
    """Words are joined in scanned prints without an option, and each has a row with its place in the received bytes."""
    text = "Caſual trade on Tues-\nday was such a dis-\ngrace that none came."
    frame = pl.DataFrame(
        {"document_id": ["d"], "text": [text], "text_offset": [3], "encoding": ["utf-8"], "format": ["text"]}
    )
    invalid_bytes = pl.DataFrame(schema=INVALID_BYTES_SCHEMA)
    cleaned, repairs = clean_documents(frame, invalid_bytes, Options())
    assert cleaned["text"].item() == "Casual trade on Tuesday\nwas such a disgrace\nthat none came."
    assert cleaned["is_scanned"].item()
    rows = repairs.select("raw_start", "raw_end", "start", "end", "before", "after", "kind").rows()
    raw = b"..." + text.encode()
    assert [raw[start:end].decode() for start, end, *_ in rows] == [row[4] for row in rows]
    assert [cleaned["text"].item()[row[2] : row[3]] for row in rows] == [row[5] for row in rows]
    assert [row[6] for row in rows] == ["ligature", "hyphenation", "hyphenation"]
    assert clean_documents(frame, invalid_bytes, Options(verbatim=True))[0]["text"].item() == text
