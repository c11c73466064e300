from __future__ import annotations

import bz2
import gzip
import io
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.errors import NOT_FAILED, UsageError
from tasks.ingest import (
    Document,
    Failure,
    Source,
    failures_frame,
    find_sources,
    fitting_batch_bytes,
    plan_batches,
    read_documents,
    read_source,
    share_out,
)
from tasks.ingest.decoding import is_wide
from tasks.options import Limits, Options, RecordFields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPTIONS = Options()


def read(path: Path | str, options: Options = OPTIONS) -> tuple[list[Document], list[Failure]]:
    """All documents and failures below a path."""
    sources, failures = find_sources([str(path)])
    items = [item for source in sources for item in read_source(source, options)]
    return (
        [item for item in items if isinstance(item, Document)],
        failures + [item for item in items if isinstance(item, Failure)],
    )


class TestSources:
    def test_uri_is_the_path_below_the_source(self, folder: Callable[..., Path]) -> None:
        """A document keeps its id wherever its folder lies."""
        content = {"daily/a.txt": "One.", "b.txt": "Two."}
        here, _ = read(folder(content, "here"))
        there, _ = read(folder(content, "there"))
        assert [d.source_uri for d in here] == ["b.txt", "daily/a.txt"]
        assert [d.source for d in here] == [None, "daily"]
        assert [d.document_id for d in here] == [d.document_id for d in there]

    def test_two_sources_with_a_file_of_one_name(self, folder: Callable[..., Path]) -> None:
        """Of two files of one name below two SOURCEs, none hides the other."""
        one, two = folder({"a.txt": "One."}, "one"), folder({"a.txt": "Two."}, "two")
        sources, _ = find_sources([str(one), str(two)])
        assert len({source.uri for source in sources}) == 2
        assert {source.path for source in sources} == {str(one / "a.txt"), str(two / "a.txt")}

    def test_the_same_source_twice_is_one(self, folder: Callable[..., Path]) -> None:
        """A file that is named twice is read once."""
        top = folder({"a.txt": "One."})
        assert len(find_sources([str(top), str(top)])[0]) == 1

    def test_what_is_no_article_is_told(self, folder: Callable[..., Path]) -> None:
        """Pictures, backups and swap files are left out, each with a row that says so."""
        top = folder({"a.txt": "One.", "b.png": b"\x89PNG", "a.txt~": "Old.", ".a.txt.swp": b"b0", ".DS_Store": b"\0"})
        documents, failures = read(top)
        assert [d.source_uri for d in documents] == ["a.txt"]
        assert {(f.source_uri, f.error) for f in failures} == {
            (name, "SkippedSource") for name in ("b.png", "a.txt~", ".a.txt.swp", ".DS_Store")
        }

    def test_pipes_links_and_loops(self, folder: Callable[..., Path]) -> None:
        """A pipe is never opened, a dangling link is told, a link to a folder is not followed and told."""
        top = folder({"a.txt": "One."})
        os.mkfifo(top / "pipe.txt")
        (top / "gone.txt").symlink_to("nowhere.txt")
        (top / "loop").symlink_to(".")
        (top / "one.txt").symlink_to("other.txt")
        (top / "other.txt").symlink_to("one.txt")
        documents, failures = read(top)
        assert [d.source_uri for d in documents] == ["a.txt"]
        assert {f.source_uri for f in failures} == {"pipe.txt", "gone.txt", "loop", "one.txt", "other.txt"}
        sources, unread = find_sources([str(top)], follow_links=True)
        assert [source.uri for source in sources] == ["a.txt"]
        assert {failure.source_uri for failure in unread} == {"pipe.txt", "gone.txt", "one.txt", "other.txt"}

    def test_names_that_are_not_utf8(self, folder: Callable[..., Path]) -> None:
        """A file name with bad bytes is written with escapes, and the file is read."""
        top = folder({"a.txt": "One."})
        with open(os.fsencode(top) + b"/caf\xe9.txt", "wb") as file:  # noqa: PTH123  # pathlib knows no bytes
            file.write(b"Two.")
        documents, _ = read(top)
        assert [d.source_uri for d in documents] == ["a.txt", "caf\\xe9.txt"]

    def test_missing_source(self) -> None:
        """A SOURCE that does not exist is an error of usage that names it."""
        with pytest.raises(UsageError, match=r"nowhere\.txt: no such file"):
            find_sources(["nowhere.txt"])

    def test_plan_keeps_every_source_once(self, samples: Path) -> None:
        """Batches of any size hold all sources in their order."""
        sources, _ = find_sources([str(samples)])
        for size in (1, 5_000, 10**9):
            assert [s for batch in plan_batches(sources, size) for s in batch] == sources

    def test_batches_fit_the_corpus(self) -> None:
        """A corpus of megabytes is in several batches, one of gigabytes in large ones; a little more changes nothing."""

        def corpus(n_files: int) -> list[Source]:
            return [Source(f"{i}.txt", f"{i}.txt", 100_000, "text") for i in range(n_files)]

        assert len(plan_batches(corpus(100), fitting_batch_bytes(corpus(100)))) >= 4
        assert fitting_batch_bytes(corpus(10_000)) == 2**23
        assert fitting_batch_bytes(corpus(1_000)) == fitting_batch_bytes(corpus(1_100))


class TestFormats:
    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard.ZstdCompressor().compress])
    def test_compressed(self, folder: Callable[..., Path], pack: Callable[[bytes], bytes]) -> None:
        """Each compression gives the text back."""
        suffix = {gzip.compress: "gz", bz2.compress: "bz2"}.get(pack, "zst")
        documents, failures = read(folder({f"a.txt.{suffix}": pack(b"It rained. " * 99)}))
        assert ([d.text for d in documents], failures) == (["It rained. " * 99], [])

    def test_bomb(self, folder: Callable[..., Path]) -> None:
        """A file that unpacks to more than the limit is refused, and the message names the option."""
        bomb = gzip.compress(bytes(5_000_000))
        options = Options(limits=Limits(max_unpacked_bytes=1_000_000))
        documents, [failure] = read(folder({"a.txt.gz": bomb}), options)
        assert not documents
        assert (failure.error, "--max-unpacked-bytes" in failure.message) == ("LimitExceeded", True)

    @pytest.mark.parametrize(
        "damage", [lambda b: b[:-9], lambda b: b[:-8] + bytes(8), lambda _: b"", lambda _: b"plain"]
    )
    def test_damaged_gzip(self, folder: Callable[..., Path], damage: Callable[[bytes], bytes]) -> None:
        """Damaged compressed data is a failure or an empty document, never a crash."""
        documents, failures = read(folder({"a.txt.gz": damage(gzip.compress(b"It rained. " * 99))}))
        assert len(documents) + len(failures) == 1

    def test_front_matter_with_a_stray_byte(self, folder: Callable[..., Path]) -> None:
        """A byte of another encoding in a title is read as it is in a text."""
        path = folder({"a.md": "---\ntitle: Caf\u00e9\n---\nIt rained, \u201cagain\u201d."})
        file = path / "a.md" if path.is_dir() else path
        file.write_bytes(file.read_bytes().replace(b"title: Caf", b"title: \x96 Caf"))
        [document], _ = read(path)
        assert document.title == "– Café"

    @pytest.mark.parametrize("date", ["2022-89-21", "9" * 5000, "[" * 3000])
    def test_front_matter_that_makes_no_sense(self, folder: Callable[..., Path], date: str) -> None:
        """A date that there is not costs the date, not the article."""
        front = f"---\ntitle: A wet day\ndate: {date}\n---\n"
        [document], failures = read(folder({"a.md": front + "It rained."}))
        assert document.published_at is None
        assert document.text.endswith("It rained.")
        assert failures == []

    def test_front_matter(self, folder: Callable[..., Path]) -> None:
        """Front matter gives title, source and date, and is not part of the text; offsets know its length."""
        front = "---\ntitle: A wet day\nsource: The Post\ndate: 2024-02-03\n---\n"
        for name in ("a.txt", "a.md"):
            [document], _ = read(folder({name: front + "It rained."}, name))
            assert (document.title, document.source) == ("A wet day", "The Post")
            assert document.published_at == datetime(2024, 2, 3, tzinfo=UTC)
            assert document.text == "It rained."
        [document], _ = read(folder({"b.txt": front + "It rained."}, "offset"))
        assert document.text_offset == len(front)

    def test_html(self, samples: Path) -> None:
        """Of a page the article is kept, with marks for headings, items and quotes; scripts, menus and comments are not."""
        [document], failures = read(samples / "vantry-observer" / "2025-06-28-hostel-plan.html")
        assert not failures
        assert document.title == "Seasonal workers’ hostel plan divides seaside town"
        assert "> They pick the strawberries and we eat them." in document.text
        assert "The Grand Hotel (pictured)" in document.text
        assert "- keep a warden on site day and night;" in document.text
        assert "function" not in document.text

    def test_html_in_its_declared_encoding(self, folder: Callable[..., Path]) -> None:
        """A page that is not UTF-8 is read as it says, not as a detector guesses."""
        page = (
            f"<html><head><meta charset=iso-8859-2></head><body><p>{'Łódź i Gdańsk są piękne. ' * 9}</p></body></html>"
        )
        [document], _ = read(folder({"a.html": page.encode("iso-8859-2")}))
        assert "Łódź i Gdańsk są piękne." in document.text

    def test_csv_and_tsv(self, folder: Callable[..., Path]) -> None:
        """Rows become documents; cells may hold line breaks; a row of the wrong length is a failure of its own."""
        table = 'id,text,title\n1,"One,\nindeed.",First\n2,Two.\n3,Three.,x,extra\n'
        documents, failures = read(folder({"a.csv": table, "b.tsv": "text\tid\nFour.\t4\n"}))
        assert [(d.record, d.text, d.title) for d in documents] == [
            ("1", "One,\nindeed.", "First"),
            ("2", "Two.", None),
            ("4", "Four.", None),
        ]
        assert ["4 cells in a row" in f.message for f in failures] == [True]

    def test_parquet(self, folder: Callable[..., Path]) -> None:
        """Rows of a parquet file become documents, under the field names that are given."""
        buffer = io.BytesIO()
        pl.DataFrame({"body": ["One.", "Two."], "key": ["a", "b"], "n": [1, 2]}).write_parquet(buffer)
        options = Options(fields=RecordFields(text="body", id="key"))
        documents, failures = read(folder({"a.parquet": buffer.getvalue()}), options)
        assert ([(d.record, d.text) for d in documents], failures) == ([("a", "One."), ("b", "Two.")], [])

    @pytest.mark.parametrize("name", ["a.parquet", "a.parquet.gz"])
    def test_parquet_whose_values_are_kept_once(self, folder: Callable[..., Path], name: str) -> None:
        """A value that a small parquet file repeats counts each time against what the file may unpack to."""
        n, buffer = 1_000, io.BytesIO()
        pq.write_table(pa.table({"text": ["It rained. " * 10_000] * n}), buffer)
        packed = gzip.compress(buffer.getvalue()) if name.endswith(".gz") else buffer.getvalue()
        options = Options(limits=Limits(max_unpacked_bytes=1_000_000))
        assert pq.read_metadata(buffer).row_group(0).total_byte_size < 1_000_000
        documents, [failure] = read(folder({name: packed}), options)
        assert len(documents) == 9  # of 110,000 bytes each
        assert (failure.error, "--max-unpacked-bytes" in failure.message) == ("LimitExceeded", True)

    def test_parquet_that_says_how_much_it_unpacks_to(self, folder: Callable[..., Path]) -> None:
        """Where the file itself says that it holds more than the limit, nothing is read of it; other columns do not count."""
        buffer = io.BytesIO()
        table = pa.table({"text": ["It rained." + "0" * 100_000] * 20, "n": range(20), "notes": ["1" * 500_000] * 20})
        pq.write_table(table, buffer, use_dictionary=False, compression="zstd")
        assert len(buffer.getvalue()) < 10_000
        for limit, n_documents, n_failures in ((3_000_000, 20, 0), (1_000_000, 0, 1)):
            options = Options(limits=Limits(max_unpacked_bytes=limit))
            documents, failures = read(folder({"a.parquet": buffer.getvalue()}), options)
            assert (len(documents), [f.error for f in failures]) == (n_documents, ["LimitExceeded"] * n_failures)

    def test_memory_of_reading_parquet(self, folder: Callable[..., Path]) -> None:
        """Rows that share a long value are read one after the other, not many at a time."""
        buffer = io.BytesIO()
        pq.write_table(pa.table({"text": ["It rained. " * 100_000] * 60}), buffer)
        [source], _ = find_sources([str(folder({"a.parquet": buffer.getvalue()}) / "a.parquet")])
        before = pa.total_allocated_bytes()
        held = [pa.total_allocated_bytes() - before for _ in read_source(source, OPTIONS)]
        assert len(held) == 60
        assert max(held) < 5_000_000

    def test_names_of_records(self, folder: Callable[..., Path]) -> None:
        """No two records of a file bear one name, whether they have ids, which may be numbers, or are told by their lines."""
        ids = ["3", None, None, "a", "a", "2", None, "٣", None, "9", "7"]
        lines = [json.dumps({"text": "It rained."} | ({"id": name} if name else {})) for name in ids]
        documents, failures = read(folder({"a.jsonl": "\n".join(lines)}))
        names = ["3", "2", "3#3", "a", "a#5", "2#6", "7", "٣", "9", "9#10", "7#11"]
        assert ([document.record for document in documents], failures) == (names, [])

    def test_table_of_something_else(self, folder: Callable[..., Path]) -> None:
        """A table without a text column is left out of a folder, but is a failure where it was asked for by name."""
        top = folder({"index.csv": "name,size\na,1\n"})
        named = Options(fields=RecordFields(text="bdy"))
        for path, options, error in (
            (top, OPTIONS, "SkippedSource"),
            (top / "index.csv", OPTIONS, "MissingField"),
            (top, named, "MissingField"),  # where it was said how the column is called, that may be misspelt
        ):
            documents, [failure] = read(path, options)
            assert (documents, failure.error, failure.stage) == ([], error, "parse")
            name = options.fields.text
            message = (
                f"index.csv: the table has no field '{name}'; its fields are: name, size; --text-field names another"
            )
            assert failure.message == message

    def test_jsonl_rescues_every_good_record(self, folder: Callable[..., Path]) -> None:
        """Each bad line is a failure with its number; the others are read."""
        lines = [
            b'{"id": "a", "text": "fine one.", "date": "2024-05-06T07:08:09Z", "source": "Post", "title": "T"}',
            b"not json",
            b'{"id": "b", "text": "caf\xe9"}',
            b'{"text": "no id"}',
            b'{"id": "a", "text": "same id"}',
            b'{"id": 7, "text": 42}',
            b"[1, 2]",
            b'{"id": "lone", "text": "lone \\ud800 half, whole \\ud83d\\ude00"}',
            b"[" * 100_000,
        ]
        documents, failures = read(folder({"a.jsonl": b"\n".join(lines)}))
        assert [(d.record, d.text) for d in documents] == [
            ("a", "fine one."),
            ("b", "café"),
            ("4", "no id"),
            ("a#5", "same id"),
            ("lone", "lone \ufffd half, whole 😀"),
        ]
        assert documents[0].published_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
        assert [f.record for f in failures] == ["2", "7", "7", "9"]
        assert len({d.document_id for d in documents}) == len(documents)

    def test_records_without_the_text_field(self, folder: Callable[..., Path]) -> None:
        """Each is a failure that names the fields it has: some of many, cut where they are long, whatever they hold."""
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

    def test_fields_that_no_record_has(self, folder: Callable[..., Path]) -> None:
        """One row for a file names those that were asked for, in every format of records; it is no failure."""
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
            ("SkippedSource", None, "c.tsv: this file holds no record"),
            ("UnknownField", None, f"d.parquet: {what}"),
        ]
        assert {failure.error for failure in failures} <= set(NOT_FAILED)
        assert [failure.source_uri for failure in read(top)[1]] == ["c.tsv"]

    def test_fields_of_a_file_that_is_shared_out(self, folder: Callable[..., Path]) -> None:
        """Who reads the first share tells, of the records that it holds; a file has one row."""
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

    def test_message_points_at_the_place(self, folder: Callable[..., Path]) -> None:
        """A line that is not JSON is shown with a mark under the character at fault."""
        _, [failure] = read(folder({"a.jsonl": '{"text": "x",}'}))
        first, excerpt, mark = failure.message.splitlines()
        assert first.startswith("a.jsonl, record 1: this line is not JSON")
        assert excerpt[mark.index("^")] in ",}"


class TestFrames:
    def test_stray_bytes_have_their_places(self, folder: Callable[..., Path]) -> None:
        """Each stray byte is a row: where in the text, which byte, what it became."""
        sources, _ = find_sources([str(folder({"a.txt": "“a” — “b” ".encode() + b"x\x97y"}))])
        documents, invalid_bytes, failures = read_documents(sources, OPTIONS)
        assert documents["text"].to_list() == ["“a” — “b” x—y"]
        assert invalid_bytes.select("position", "byte", "after").rows() == [(11, 0x97, "—")]
        assert failures.height == 0

    def test_stdin(self) -> None:
        """Standard input is a source like others, under the name `-`."""
        documents, _, _ = read_documents([Source("-", "-", 0, "text")], OPTIONS, io.BytesIO(b"It rained."))
        assert documents.select("source_uri", "text").rows() == [("-", "It rained.")]

    def test_samples_are_all_read(self, samples: Path) -> None:
        """Every sample article is read, with its source."""
        sources, failures = find_sources([str(samples)])
        documents, _, more = read_documents(sources, OPTIONS)
        assert (len(failures), more.height, documents.height) == (0, 0, 18)
        assert documents["source"].null_count() == 0


def test_json_of_any_text_comes_back(folder: Callable[..., Path]) -> None:
    """Whatever text JSON can hold is the document's text."""
    text = "“Quoted” \\ \t\n \u2028 é 😀"
    [document], _ = read(folder({"a.jsonl": json.dumps({"text": text})}))
    assert document.text == text


RECORD = st.one_of(
    st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b" ")),
    st.fixed_dictionaries(
        {"text": st.text(max_size=20)}, optional={"id": st.sampled_from(["a", "b", "c"]), "title": st.text(max_size=5)}
    ).map(lambda record: json.dumps(record).encode()),
)


@given(st.lists(RECORD, max_size=30), st.integers(20, 200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_shares_hold_every_line_once(folder: Callable[..., Path], lines: list[bytes], size: int) -> None:
    """The shares of a file follow one another without a gap, and each knows how many lines lie before it."""
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


@given(
    st.binary(max_size=400),
    st.sampled_from([".txt", ".md", ".jsonl", ".csv", ".tsv", ".parquet", ".txt.gz", ".csv.zst"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_under_any_name(folder: Callable[..., Path], content: bytes, suffix: str) -> None:
    """Whatever a file holds becomes documents that can be stored, or failures of the kinds that are ours."""
    documents, failures = read(folder({f"a{suffix}": content}) / f"a{suffix}")
    for document in documents:
        document.text.encode()
    assert {failure.error for failure in failures} <= {"DecodingError", "FormatError", "MissingField", "SkippedSource"}
