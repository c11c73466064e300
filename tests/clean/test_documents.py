"""The stage: whole documents, and offsets from their bytes to their clean text."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.clean import clean_documents, clean_text
from tasks.clean.misreadings import misread
from tasks.ingest.decoding import decode, take_strays
from tasks.ingest.documents import STRAY_SCHEMA
from tasks.options import Options
from tasks.schemas import REPAIRS

CASES = Path(__file__).parents[1] / "cases" / "mojibake"

_SOUND = ["Plain words.", "“It’s fine” — she said…", "a café, £5", "Orbán, ŐRÜLT", "Москва", "1 < 2 & 3", ""]
_DAMAGED = [misread(text, codec) for text in _SOUND[1:4] for codec in ("cp1252", "mac_roman", "mac_latin2", "cp850")]
_TWICE = [misread(text, "cp1252") for text in _DAMAGED[:4]]
_ARTEFACTS = [
    "a\xa0\xa0b",
    "x&amp;nbsp;y",
    "cafe\u0301 e\u0301",
    "soft\xadware",
    "\ufeffbom",
    "eﬃcient",
    "\x00",
    "ends\r",
]
_lines = st.lists(st.sampled_from([*_SOUND, *_DAMAGED, *_TWICE, *_ARTEFACTS]), max_size=8)
documents = st.lists(st.tuples(_lines, st.sampled_from(["\n", "\r\n", " "])).map(lambda d: d[1].join(d[0])), max_size=6)


def frame(texts: list[str], encoding: str = "utf-8", offset: int = 0) -> pl.DataFrame:
    """What ingestion gives, as far as the stage asks for it."""
    return pl.DataFrame(
        {"document_id": [f"{i:016x}" for i in range(len(texts))], "text": texts},
        schema={"document_id": pl.String, "text": pl.String},
    ).with_columns(text_offset=pl.lit(offset, pl.Int64), encoding=pl.lit(encoding), format=pl.lit("text"))


def clean(texts: list[str], options: Options | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The stage on texts without stray bytes."""
    return clean_documents(frame(texts), pl.DataFrame(schema=STRAY_SCHEMA), options or Options())


@given(documents)
def test_the_stage_does_what_the_scalar_function_does(texts: list[str]) -> None:
    """Text and number of repairs are those of `clean_text`, document by document."""
    cleaned, repairs = clean(texts)
    assert cleaned["text"].to_list() == [clean_text(text).text for text in texts]
    uncounted = repairs.filter(~pl.col("kind").cast(pl.String).is_in(["newline", "normalization"]))
    for i, text in enumerate(texts):
        steps = [step for step in clean_text(text).steps if step.kind not in {"newline", "normalization"}]
        rows = (
            uncounted.filter(document_id=f"{i:016x}").select("before", "after", "kind", "codec_chain", "reason").rows()
        )
        assert rows == [(s.before, s.after, s.kind, s.codec_chain, s.reason) for s in steps]
    assert repairs.schema == REPAIRS.schema
    assert cleaned["n_repairs"].sum() == repairs.height


def test_every_case_passes_the_prefilter() -> None:
    """The batch finds each damaged case among sound documents, whatever stands beside it."""
    wild = json.loads((CASES / "in-the-wild.json").read_text("utf-8"))
    texts = [text for case in wild for text in ("Sound text.", f"“Sound,” he said.\n{case['broken']}\nSound — too.")]
    cleaned, _ = clean(texts)
    assert cleaned["text"].to_list() == [clean_text(text).text for text in texts]
    assert cleaned["text"][1::2].to_list() != texts[1::2]


_COUNTED = {"newline", "normalization"}
_parts = st.sampled_from(
    [*_SOUND, *_DAMAGED, *_TWICE, *_ARTEFACTS[:2], *_ARTEFACTS[3:4], *_ARTEFACTS[5:7], "\n", " — "]
)
_encoded = st.sampled_from(
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)


def receive(raw: bytes) -> tuple[str, pl.DataFrame, pl.DataFrame]:
    """Clean text and repairs of a file of these bytes, by the way that a run takes; and how the bytes were read."""
    decoded = decode(raw)
    text, strays = take_strays(decoded.text)
    rows = [("0" * 16, stray.position, stray.byte, stray.after) for stray in strays]
    documents = frame([text], decoded.encoding, decoded.offset)
    cleaned, repairs = clean_documents(documents, pl.DataFrame(rows, schema=STRAY_SCHEMA, orient="row"), Options())
    return cleaned["text"][0], repairs, documents


def walk(raw: bytes) -> set[str]:
    """Walks from the bytes to the clean text along the repairs, asks each step of the way, and returns their kinds."""
    cleaned, repairs, documents = receive(raw)
    encoding = documents["encoding"][0]
    byte, place = documents["text_offset"][0], 0
    for repair in repairs.sort("raw_start", "start", maintain_order=True).iter_rows(named=True):
        assert raw[byte : repair["raw_start"]].decode(encoding) == cleaned[place : repair["start"]]
        damaged = raw[repair["raw_start"] : repair["raw_end"]]
        if repair["kind"] == "stray_byte":
            assert repair["before"] == f"\\x{damaged.hex()}"
        elif b"\x97" not in damaged and b"\xe9 " not in damaged:
            assert damaged.decode(encoding) == repair["before"]
        assert cleaned[repair["start"] : repair["end"]] == repair["after"]
        byte, place = repair["raw_end"], repair["end"]
    assert raw[byte:].decode(encoding) == cleaned[place:]
    return set(repairs["kind"].cast(pl.String))


@settings(max_examples=150)
@given(st.lists(_parts, max_size=10).map("".join), _encoded)
def test_offsets_lead_from_bytes_to_clean_text(text: str, encoded: tuple[str, bytes]) -> None:
    """What no repair covers is equal on both sides, and what one covers is its `before` and its `after`."""
    encoding, mark = encoded
    text = "Begins plainly. " + text  # for UTF-16 to be told, and no second mark to stand first
    assert not walk(mark + text.encode(encoding)) & _COUNTED


@settings(max_examples=100)
@given(st.lists(_parts.map(str.encode) | st.sampled_from([b" \x97 ", b"caf\xe9 "]), min_size=1, max_size=10))
def test_offsets_hold_around_stray_bytes(parts: list[bytes]) -> None:
    """Bytes that are not UTF-8 in a file that is are rows like others, and shift none."""
    walk("“Sound” — and long enough… “to be” UTF-8 – ‘surely’ • ".encode() + b"".join(parts))


def test_a_stray_byte_is_told() -> None:
    """It has its byte, its place and what it was read as."""
    _, repairs, _ = receive("“One” – ‘two’ ".encode() + b"\x97 three")
    (row,) = repairs.to_dicts()
    assert (row["kind"], row["before"], row["after"], row["raw_end"] - row["raw_start"]) == (
        "stray_byte",
        "\\x97",
        "—",
        1,
    )


def test_line_ends_of_another_platform_are_counted() -> None:
    """A file with CRLF has one row for them, from the first to the last."""
    cleaned, repairs, _ = receive(b"one\r\ntwo\r\nthree\r\n")
    assert cleaned == "one\ntwo\nthree\n"
    (row,) = repairs.to_dicts()
    assert (row["raw_start"], row["raw_end"], row["start"], row["end"]) == (3, 17, 3, 14)
    assert "3 times" in row["reason"]


def test_verbatim_changes_nothing() -> None:
    """With `verbatim` the text stays as it was decoded, and nothing is told."""
    cleaned, repairs = clean(["It â€” this\xa0"], Options(verbatim=True))
    assert cleaned["text"].to_list() == ["It â€” this\xa0"]
    assert repairs.height == 0


def test_no_documents_give_no_repairs() -> None:
    """An empty batch is a batch."""
    cleaned, repairs = clean([])
    assert cleaned.height == repairs.height == 0
    assert "n_repairs" in cleaned.columns
