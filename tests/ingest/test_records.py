"""Records of every format: names, fields, failures."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import polars as pl

from tasks.errors import NOT_FAILED
from tasks.ingest import (
    Document,
    Failure,
    failures_frame,
    find_sources,
    read_source,
    share_out,
)
from tasks.options import Options, RecordFields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., tuple[list[Document], list[Failure]]]

OPTIONS = Options()


def test_names_of_records(read: Read, folder: Callable[..., Path]) -> None:
    """No two records of a file have the same name, whether they have ids, which may be numbers, or are named by their lines."""
    ids = ["3", None, None, "a", "a", "2", None, "٣", None, "9", "7"]
    lines = [json.dumps({"text": "It rained."} | ({"id": name} if name else {})) for name in ids]
    documents, failures = read(folder({"a.jsonl": "\n".join(lines)}))
    names = ["3", "2", "3#3", "a", "a#5", "2#6", "7", "٣", "9", "9#10", "7#11"]
    assert ([document.record for document in documents], failures) == (names, [])


def test_table_without_the_text_column(read: Read, folder: Callable[..., Path]) -> None:
    """A table whose text column has another name is a failure that names its columns, in a folder as well."""
    top = folder({"index.csv": "name,size\na,1\n"})
    for path in (top, top / "index.csv"):
        documents, [failure] = read(path)
        assert (documents, failure.error, failure.stage) == ([], "MissingField", "parse")
        message = "index.csv: the table has no field 'text'; its fields are: name, size; --text-field names another"
        assert failure.message == message


def test_records_without_the_text_field(read: Read, folder: Callable[..., Path]) -> None:
    """Each failure lists fields of the record: not all if there are many, shortened if they are long."""
    records = [
        '{"id": "a", "body": "One."}',
        "{}",
        '{"x' + "y" * 100 + '": 1, "lone \\ud800": 2}',
        json.dumps(dict.fromkeys(map(str, range(20)))),
    ]
    documents, failures = read(folder({"a.jsonl": "\n".join(records)}), Options(fields=RecordFields(text="bdy")))
    assert documents == []
    assert {(failure.error, failure.stage) for failure in failures} == {("MissingField", "parse")}
    begin, end = "the record has no field 'bdy'; its fields are: ", "; --text-field names another"
    assert [failure.message for failure in failures] == [
        f"a.jsonl, record a: {begin}id, body{end}",
        f"a.jsonl, record 2: {begin}none{end}",
        f"a.jsonl, record 3: {begin}x{'y' * 39}..., lone \ufffd{end}",
        f"a.jsonl, record 4: {begin}0, 1, 2, 3, 4, 5, 6, 7, ...{end}",
    ]
    assert failures_frame(failures).height == 4


def test_fields_that_no_record_has(read: Read, folder: Callable[..., Path]) -> None:
    """One row per file lists the requested fields that it lacks, in every format of records; it is not a failure."""
    buffer = io.BytesIO()
    pl.DataFrame({"text": ["One."], "headline": ["x"]}).write_parquet(buffer)
    top = folder(
        {
            "a.jsonl": '{"text": "One."}\n\n{"text": "Two.", "headline": null}',
            "b.csv": "text,headline\nOne.\n",
            "c.tsv": "text\theadline\n",  # no record
            "d.parquet": buffer.getvalue(),
            "e.txt": "One.",
        }
    )
    fields = RecordFields(id="key", title="headline", date="day")
    documents, failures = read(top, Options(fields=fields))
    assert len(documents) == 5
    what = "no record has a field 'key' (--id-field) or 'day' (--date-field); the fields are: text, headline"
    assert [(failure.error, failure.record, failure.message) for failure in failures] == [
        ("UnknownField", None, f"a.jsonl: {what}"),
        ("UnknownField", None, f"b.csv: {what}"),
        ("SkippedSource", None, "c.tsv: this file has no records"),
        ("UnknownField", None, f"d.parquet: {what}"),
    ]
    assert {failure.error for failure in failures} <= set(NOT_FAILED)
    assert [failure.source_uri for failure in read(top)[1]] == ["c.tsv"]


def test_fields_of_a_file_that_is_read_in_shares(folder: Callable[..., Path]) -> None:
    """Only the first share has the row, so there is one row per file."""
    path = folder({"a.jsonl": '{"text": "It rained on the town."}\n' * 100}) / "a.jsonl"
    [source], _ = find_sources([str(path)])
    options = Options(fields=RecordFields(title="titel"))
    failures = [
        item
        for share in share_out(source, 500)
        for item in read_source(share, options)
        if not isinstance(item, Document)
    ]
    assert [failure.message for failure in failures] == [
        "a.jsonl: none of the first 15 records has a field 'titel' (--title-field); the fields are: text"
    ]


def test_byline_and_source_of_the_date(read: Read, folder: Callable[..., Path]) -> None:
    """A record has the byline of its field, of a list the names; the table says where its date is from."""
    lines = [
        {"text": "It rained.", "byline": " Ida  Fenn ", "date": "2025-03-02"},
        {"text": "It froze.", "byline": [{"name": "Ole Ruud"}, "Ida Fenn"], "date": "soon"},
    ]
    first, second = read(folder({"2025-01-01.jsonl": "\n".join(map(json.dumps, lines))}))[0]
    assert (first.byline, first.date_source, first.provider_id) == ("Ida Fenn", "field", None)
    assert (second.byline, second.date_source, second.published_at) == ("Ole Ruud; Ida Fenn", None, None)


def test_text_as_a_list_of_paragraphs(read: Read, folder: Callable[..., Path]) -> None:
    """A list of strings, or of objects with a text, is a text of so many paragraphs; a list of others is a failure."""
    texts: list[object] = [["It froze.", "It thawed."], [{"text": "It froze."}], ["It froze.", 4], []]
    lines = "\n".join(json.dumps({"text": text}) for text in texts)
    documents, failures = read(folder({"a.jsonl": lines}))
    assert [document.text for document in documents] == ["It froze.\n\nIt thawed.", "It froze."]
    assert [failure.record for failure in failures] == ["3", "4"]


def test_nested_fields(read: Read, folder: Callable[..., Path]) -> None:
    """A name with dots is that of a field inside of another, unless a field has the whole name."""
    lines = [{"body": {"text": "It froze.", "head": "Frost"}}, {"body.text": "It thawed."}, {"body": "flat"}]
    options = Options(fields=RecordFields(text="body.text", title="body.head"))
    documents, [failure] = read(folder({"a.jsonl": "\n".join(map(json.dumps, lines))}), options)
    assert [(document.text, document.title) for document in documents] == [("It froze.", "Frost"), ("It thawed.", None)]
    assert (failure.record, failure.error) == ("3", "MissingField")


def test_html_in_a_record(read: Read, folder: Callable[..., Path]) -> None:
    """A text in HTML is read as such, also with its tags written out; offsets are those of the plain text."""
    texts = ["<p>It <em>froze</em>.</p><ul><li>all day</li></ul>", "&lt;p&gt;It thawed.&lt;/p&gt;", "2 < 3 and 3 > 2"]
    documents, _ = read(folder({"a.jsonl": "\n".join(json.dumps({"text": text}) for text in texts)}))
    assert [(document.format, document.text) for document in documents] == [
        ("html", "It froze.\n\n- all day"),
        ("html", "It thawed."),
        ("record", "2 < 3 and 3 > 2"),
    ]
