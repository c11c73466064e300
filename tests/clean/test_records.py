"""Texts of JSON records, cleaned inside their lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean import clean_records, clean_text
from tasks.options import Options, RecordFields

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXTS = st.sampled_from(
    ["plain", "itâ€™s", "a\xa0b", 'say "no" — \\ &amp; so', "caf\ufffd", "😀 Ã©", "\ud83d", "", "en ‚ÄĒ no"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_RECORDS = st.tuples(st.dictionaries(st.text(max_size=4), _VALUES, max_size=4), _TEXTS).map(
    lambda r: r[0] | {"text": r[1]}
)


def clean_lines(lines: list[str], chunk: int = 1000) -> tuple[list[str], list[tuple[int, str]]]:
    """The lines and the complaints of all chunks."""
    chunks = [*clean_records(lines, chunk=chunk)]
    return [line for done in chunks for line in done.lines], [
        complaint for done in chunks for complaint in done.complaints
    ]


@given(
    st.lists(_RECORDS, max_size=8), st.booleans(), st.sampled_from([(",", ":"), (" , ", "  : ")]), st.integers(1, 200)
)
def test_only_the_text_changes(
    records: list[dict[str, object]], ensure_ascii: bool, separators: tuple[str, str], chunk: int
) -> None:
    """Each record is unchanged except for its cleaned text; a line with a clean text is the same line."""
    lines = [json.dumps(r, ensure_ascii=ensure_ascii, separators=separators) + "\n" for r in records]
    cleaned, complaints = clean_lines(lines, chunk)
    assert complaints == []
    for line, after, record in zip(lines, cleaned, records, strict=True):
        text = clean_text(str(record["text"])).text
        assert json.loads(after) == record | {"text": text}
        assert after == line or text != record["text"]


def test_the_rest_of_the_line_keeps_its_form() -> None:
    """Spaces, duplicate keys, and the notation of numbers and letters are kept."""
    [line], _ = clean_lines(['{ "n":1.50,"n" : 1e3, "t":"\\u00e9", "text" : "it\\u00e2\\u20ac\\u2122s" ,"z":[ ] }'])
    assert line == '{ "n":1.50,"n" : 1e3, "t":"\\u00e9", "text" : "it\\u2019s" ,"z":[ ] }'


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"text": "a"', "not JSON: Expecting ',' at character 14"),
        ('{"text": }', "not JSON: Expecting value at character 10"),
        ('{"text": "a"} x', "not JSON: Extra data at character 15"),
        ("{text: 1}", "not JSON: Expecting a name in double quotes at character 2"),
        ("[1]", "a JSON list, not an object"),
        ('{"a": 1}', "no field 'text'; the fields are: 'a'. Name the right one with --text-field"),
        ('{"text": null}', "the field 'text' holds NoneType, not text"),
        ('{"text": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_an_invalid_record_is_reported_and_copied(line: str, complaint: str) -> None:
    """The complaint says what is wrong in which line; the other lines are cleaned."""
    lines = ['{"text": "itâ€™s"}\n', line + "\n", "\n", '{"text": "itâ€™s"}\n']
    assert clean_lines(lines) == (['{"text": "it’s"}\n', line + "\n", "\n", '{"text": "it’s"}\n'], [(2, complaint)])


def test_repairs_name_their_line() -> None:
    """The table of repairs has the numbers of lines, in any chunk."""
    lines = ['{"body": "sound"}\n', '{"body": "a\xa0b"}\n'] * 3
    chunks = clean_records(lines, Options(fields=RecordFields(text="body")), chunk=30)
    assert [row for chunk in chunks for row in chunk.repairs["record"].to_list()] == [2, 4, 6]


def test_lines_are_taken_as_they_come() -> None:
    """A chunk is returned before the lines after it are read, so a chunk limits the memory."""
    asked = []

    def lines() -> Iterator[str]:
        for i in range(100):
            asked.append(i)
            yield '{"text": "itâ€™s"}\n'

    first = next(clean_records(lines(), chunk=50))
    assert len(first.lines) == len(asked) == 3
