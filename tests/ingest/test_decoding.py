"""From bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import DecodingError
from tasks.ingest import InvalidByte, decode, take_invalid_bytes
from tasks.ingest.decoding import decode_lines

NEWS = "The “minister” said: ‘It’s over’ — at a café in the old town, for £600m…\n\nNobody laughed.\n" * 4


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("cp1252", "cp1252"),
        ("mac_roman", "mac_roman"),
        ("gb18030", "gb18030"),
    ],
)
def test_known_encodings(encoding: str, expected: str) -> None:
    """News in each of these encodings is decoded correctly."""
    decoded = decode(NEWS.encode(encoding))
    assert (decoded.text, decoded.encoding) == (NEWS, expected)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The “minister” said: ‘It’s over’ — for now…\n" * 4, "big5hkscs"),
        ("大臣は「もう終わりだ」と語った。\nIt is over, he said.\n", "iso2022_jp"),
    ],
)
def test_east_asian_encodings(text: str, encoding: str) -> None:
    """English with quotes from Taipei, and Japanese with escape sequences."""
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)


def test_terminal_colours_are_no_encoding() -> None:
    """An escape character alone does not make a text Japanese."""
    assert decode(b"\x1b[31mred\x1b[0m costs \x1b$5").encoding == "utf-8"


def test_one_invalid_byte_does_not_change_the_encoding() -> None:
    """One cp1252 byte in a UTF-8 file is read as cp1252, the rest stays UTF-8."""
    decoded = decode("“Talks” resume – ".encode() + b"minister\x92s aide" + " — again".encode())
    text, invalid_bytes = take_invalid_bytes(decoded.text)
    assert text == "“Talks” resume – minister’s aide — again"
    assert invalid_bytes == [InvalidByte(25, 0x92, "’")]
    assert decoded.encoding == "utf-8"
    assert decoded.confidence < 1


def test_last_byte_counts() -> None:
    """A non-ASCII byte is found anywhere, even at the end of a long ASCII text."""
    assert decode(b"Plain words here. " * 50_000 + b"caf\xe9").text.endswith("café")


def test_byte_undefined_in_cp1252_becomes_a_replacement_character() -> None:
    """An invalid byte that cp1252 does not define has a row, and no character is made up for it."""
    text, invalid_bytes = take_invalid_bytes(decode("“a” — “b” ".encode() + b"\x81").text)
    assert text.endswith("\ufffd")
    assert invalid_bytes == [InvalidByte(10, 0x81, "\ufffd")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "PNG"),
        (b"\x1f\x8b\x08\0\0\0\0\0" + bytes(range(256)) * 8, "gzip"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 8, "PDF"),
        (bytes(range(256)) * 20, "binary data"),
    ],
)
def test_binary_is_refused_by_name(content: bytes, what: str) -> None:
    """Bytes that are not text are refused with the name of their format."""
    with pytest.raises(DecodingError, match=what):
        decode(content)


@pytest.mark.parametrize(
    "text", ["%PDF is how a PDF file begins. ", "PK is short for penalty kick. ", "MZ stands for him. "]
)
def test_prose_that_begins_like_a_binary_is_read(text: str) -> None:
    """A sentence is not mistaken for a file format because of its first letters."""
    assert decode((text * 20).encode()).text == text * 20


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_utf8_is_itself(text: str) -> None:
    """Any text without control characters is the same after encoding as UTF-8 and decoding."""
    assert decode(b"Words. " + text.encode()).text == "Words. " + text


@given(st.binary(max_size=300))
@settings(deadline=None)  # the detector loads its models with the first that it is asked for
def test_bytes_are_decoded_or_refused(raw: bytes) -> None:
    """Any bytes give text that can be stored, or a DecodingError; nothing else."""
    try:
        text, invalid_bytes = take_invalid_bytes(decode(raw).text)
    except DecodingError:
        return
    text.encode()
    assert all(text[invalid.position] == invalid.after for invalid in invalid_bytes)


@given(
    st.lists(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.integers(40, 80),
)
def test_lines_in_blocks(lines: list[str], encoding: str, size: int) -> None:
    """A text decoded block by block is the same, also if blocks end inside a character of two bytes."""
    text = "\n".join(["It rained on Monday, and nobody minded.", *lines])
    raw = text.encode(encoding)
    if encoding.startswith("utf-8"):  # blocks of it end with lines
        blocks = [line + b"\n" for line in raw.split(b"\n")[:-1]] + [raw.split(b"\n")[-1]]
    else:
        blocks = [raw[start : start + size] for start in range(0, len(raw), size)]
    assert "".join(decoded.text for decoded in decode_lines(filter(None, blocks))) == text
