"""The stage: whole documents, and offsets from their bytes to their clean text."""

from __future__ import annotations

import json
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.clean import clean_documents, clean_text
from tasks.clean.codecs import misread
from tasks.errors import DecodingError
from tasks.ingest import INVALID_BYTES_SCHEMA
from tasks.ingest.decoding import decode, take_invalid_bytes
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
    """The columns of ingestion that the stage needs."""
    return pl.DataFrame(
        {"document_id": [f"{i:016x}" for i in range(len(texts))], "text": texts},
        schema={"document_id": pl.String, "text": pl.String},
    ).with_columns(text_offset=pl.lit(offset, pl.Int64), encoding=pl.lit(encoding), format=pl.lit("text"))


def clean(texts: list[str], options: Options | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The stage on texts without invalid bytes."""
    return clean_documents(frame(texts), pl.DataFrame(schema=INVALID_BYTES_SCHEMA), options or Options())


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
    """The batch finds each damaged case among undamaged documents, in any context."""
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
    """Clean text and repairs of a file with these bytes, as a run makes them; and how the bytes were decoded."""
    decoded = decode(raw)
    text, invalid_bytes = take_invalid_bytes(decoded.text)
    rows = [("0" * 16, invalid.position, invalid.byte, invalid.after) for invalid in invalid_bytes]
    documents = frame([text], decoded.encoding, decoded.offset)
    cleaned, repairs = clean_documents(
        documents, pl.DataFrame(rows, schema=INVALID_BYTES_SCHEMA, orient="row"), Options()
    )
    return cleaned["text"][0], repairs, documents


def walk(raw: bytes) -> set[str]:
    """The kinds of repairs between the bytes and the clean text. Each repair is checked, and the text between them."""
    cleaned, repairs, documents = receive(raw)
    encoding = documents["encoding"][0]
    byte, place = documents["text_offset"][0], 0
    for repair in repairs.sort("raw_start", "start", maintain_order=True).iter_rows(named=True):
        assert raw[byte : repair["raw_start"]].decode(encoding) == cleaned[place : repair["start"]]
        damaged = raw[repair["raw_start"] : repair["raw_end"]]
        if repair["kind"] == "invalid_byte":
            assert repair["before"] == f"\\x{damaged.hex()}"
        elif b"\x97" not in damaged and b"\xe9 " not in damaged:
            assert damaged.decode(encoding) == repair["before"]
        assert cleaned[repair["start"] : repair["end"]] == repair["after"]
        byte, place = repair["raw_end"], repair["end"]
    assert raw[byte:].decode(encoding) == cleaned[place:]
    return set(repairs["kind"].cast(pl.String))


def as_file(text: str, encoded: tuple[str, bytes]) -> bytes:
    """The bytes of a file. It begins with plain ASCII, so that UTF-16 is recognized, without a second byte order mark."""
    encoding, mark = encoded
    return mark + ("Begins plainly. " + text).encode(encoding)


def is_accepted(raw: bytes) -> bool:
    """Whether `decode` reads the bytes: a short text with several NULs has so many control characters that it is refused
    as binary data, and a refused file has no offsets.
    """
    try:
        decode(raw)
    except DecodingError:
        return False
    return True


@settings(max_examples=150)
@given(st.builds(as_file, st.lists(_parts, max_size=10).map("".join), _encoded).filter(is_accepted))
def test_offsets_lead_from_bytes_to_clean_text(raw: bytes) -> None:
    """Text outside of repairs is equal on both sides; inside, it is their `before` and `after`."""
    assert not walk(raw) & _COUNTED


def test_a_short_text_full_of_nulls_is_refused() -> None:
    """So the test above draws only bytes that `decode` accepts."""
    assert not is_accepted(as_file("\0" * 40, ("utf-8", b"")))
    assert is_accepted(as_file("\0", ("utf-8", b"")))


@settings(max_examples=100)
@given(st.lists(_parts.map(str.encode) | st.sampled_from([b" \x97 ", b"caf\xe9 "]), min_size=1, max_size=10))
def test_offsets_hold_around_invalid_bytes(parts: list[bytes]) -> None:
    """Bytes that are not UTF-8 in a UTF-8 file are rows like others, and do not shift other rows."""
    sound = "“Sound” — and long enough… “to be” UTF-8 – ‘surely’ • " * 4  # so that ten NULs make no binary file of it
    walk(sound.encode() + b"".join(parts))


_normalized = st.sampled_from(["e\u0301", "o\u0308 ", "\r\n", "\r", "\x0b"])
_codecs = st.sampled_from(["cp1252", "mac_roman", "cp1251", "iso8859-2", "cp437", "utf-8", "utf-16-le", "gb18030"])


@settings(max_examples=150)
@given(st.lists(_parts | _normalized, max_size=12).map("".join), _codecs, st.integers(0, 4))
def test_each_repair_is_where_its_step_is(text: str, encoding: str, offset: int) -> None:
    """From raw bytes to clean text and back, in any encoding and with counted kinds, as the steps say."""
    text = text.encode(encoding, "ignore").decode(encoding)
    raw = bytes(offset) + text.encode(encoding)
    cleaned, repairs = clean_documents(
        frame([text], encoding, offset), pl.DataFrame(schema=INVALID_BYTES_SCHEMA), Options()
    )
    clean_document = cleaned["text"][0]
    expected: list[tuple[int, int, int, int, str]] = []
    pieces = []
    byte, place, done = offset, 0, 0
    for step in clean_text(text).steps:
        raw_start, raw_end = (offset + len(text[:bound].encode(encoding)) for bound in step[:2])
        start = place + step.start - done
        assert raw[raw_start:raw_end].decode(encoding) == step.before
        assert clean_document[start : start + len(step.after)] == step.after
        pieces += raw[byte:raw_start].decode(encoding), step.after
        byte, place, done = raw_end, start + len(step.after), step.end
        expected.append((raw_start, raw_end, start, place, step.kind))
    assert "".join([*pieces, raw[byte:].decode(encoding)]) == clean_document
    for kind in sorted(_COUNTED):
        counted = [row for row in expected if row[4] == kind]
        expected = [row for row in expected if row[4] != kind]
        expected += [
            (first[0], last[1], first[2], last[3], kind) for first, last in zip(counted[:1], counted[-1:], strict=True)
        ]
    assert repairs.select("raw_start", "raw_end", "start", "end", pl.col("kind").cast(pl.String)).rows() == expected
    assert repairs["repair_index"].to_list() == list(range(len(expected)))


@given(documents)
def test_cleaning_twice_is_cleaning_once(texts: list[str]) -> None:
    """A clean document has nothing to repair; lost characters are reported again."""
    once, _ = clean(texts)
    twice, _ = clean(once["text"].to_list())
    assert twice["text"].to_list() == once["text"].to_list()


def test_mojibake_in_entities_is_repaired() -> None:
    """If one kind of damage hides another, both are repaired."""
    cleaned, repairs = clean(["it&acirc;&euro;&trade;s"])
    assert cleaned["text"][0] == "it’s"
    assert repairs.select("before", "after").rows() == [("&acirc;&euro;&trade;", "’")]


@pytest.mark.parametrize(
    "unit",
    ["&", "&amp;", "&a", "\x1b[0", "\x1b]", "<code", "`", "www.", "%E2", "=C3", "\\u2019", " ", " \xa0", "\u0301", "\u202e",
     "\r\n", "\0", "\ufffd", "“â€? ", "Ã©", "‚ÄĒ\n", "a\x92b", "Ａ日"],
)  # fmt: skip
def test_time_grows_with_length_only(unit: str) -> None:
    """Eight times the text takes less than forty times as long (quadratic time would be sixty-four)."""

    def seconds(n: int) -> float:
        text = (unit * n)[:n]
        times = []
        for _ in range(3):
            begin = time.process_time()
            clean([text])
            times.append(time.process_time() - begin)
        return min(times)

    assert seconds(32_000) < 40 * max(seconds(4000), 0.004)


def test_ten_megabytes_without_a_space() -> None:
    """A single word of that length, damaged at its end, and as many NULs give the expected result in finite time."""
    n = 10_000_000
    cleaned, repairs = clean(["a" * n + "â€™s", "\0" * n + "b"])
    assert cleaned["text"].to_list() == ["a" * n + "’s", "b"]
    assert repairs.select("raw_start", "start", "after").rows() == [(n, n, "’"), (0, 0, "")]


def test_many_invalid_bytes_among_many_repairs() -> None:
    """Each repair has a row with its place; the time per repair does not grow with their number."""
    cleaned, repairs, _ = receive("“é”\r\n".encode() * 20_000 + b"\x97\r\n" * 20_000)
    assert cleaned == "“é”\n" * 20_000 + "—\n" * 20_000
    assert repairs.filter(pl.col("kind") == "invalid_byte")["start"].to_list() == list(range(80_000, 120_000, 2))


def test_an_invalid_byte_has_a_row() -> None:
    """An invalid byte has a row with its place, the byte, and its replacement."""
    _, repairs, _ = receive("“One” – ‘two’ ".encode() + b"\x97 three")
    (row,) = repairs.to_dicts()
    assert (row["kind"], row["before"], row["after"], row["raw_end"] - row["raw_start"]) == (
        "invalid_byte",
        "\\x97",
        "—",
        1,
    )


def test_line_ends_of_another_platform_are_counted() -> None:
    """A file with CRLF has one row for all of them, from the first to the last."""
    cleaned, repairs, _ = receive(b"one\r\ntwo\r\nthree\r\n")
    assert cleaned == "one\ntwo\nthree\n"
    (row,) = repairs.to_dicts()
    assert (row["raw_start"], row["raw_end"], row["start"], row["end"]) == (3, 17, 3, 14)
    assert "3 times" in row["reason"]


def test_verbatim_changes_nothing() -> None:
    """With `verbatim` the text is kept as decoded, and nothing is reported."""
    cleaned, repairs = clean(["It â€” this\xa0"], Options(verbatim=True))
    assert cleaned["text"].to_list() == ["It â€” this\xa0"]
    assert repairs.height == 0


def test_no_documents_give_no_repairs() -> None:
    """An empty batch gives empty tables."""
    cleaned, repairs = clean([])
    assert cleaned.height == repairs.height == 0
    assert "n_repairs" in cleaned.columns


def test_bytes_of_another_encoding_are_told() -> None:
    """In a joined file, the reason of a byte does not name Windows-1252 if it was read in another encoding."""
    text = "Директор школы сказала, что семья Ивановых уезжает."
    cleaned, repairs, _ = receive(f"{text}\n".encode() + text.encode("cp1251"))
    assert cleaned == f"{text}\n{text}"
    assert set(repairs["codec_chain"]) == {None}
    assert all("words of a language" in reason for reason in repairs["reason"])
