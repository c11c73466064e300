"""Careless and hostile command lines in a folder with a user's files: no file is changed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows import cli, interrupts
from flows.terminal.console import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = "The despot stormed out of the hall.\n\n“It rained,” said Ms Vance. Nobody minded at that time.\n"
FILES = {
    "documents/a.txt": ARTICLE,
    "documents/b.txt": ARTICLE.replace("despot", "mayor"),
    "records.jsonl": '{"id": "1", "body": "It rained."}\n{"id": "2", "body": "It poured."}\n',
    "README.md": "# My files\n",
    "thesis.docx": "PK not really",
    "index.html": "<p>my site</p>",
    "summary.json": '{"mine": true}',
    "manifest.jsonl": '{"text": "An article of mine."}\n',
    "site/index.html": "<p>my site</p>",
    "site/documents/page.html": "<p>mine</p>",
    "data/processed/survey.csv": "a,b\n1,2\n",
    "photos/one.png": "\x89PNG mine",
    "spark/documents/part-00000.parquet": "PAR1 mine PAR1",
    "odd/documents": "a file where a folder would go",
    ".git/config": "[core]\n",
    ".hidden/diary.txt": "a secret\n",
    "pyproject.toml": "[project]\nname = 'mine'\n",
}

Call = "Callable[..., tuple[int, str]]"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a user's files."""
    top = tmp_path / "home"
    for name, content in FILES.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(content, "utf-8")
    (top / "link").symlink_to("documents")
    return top


@pytest.fixture
def call(
    home: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command line in this folder, in this process; returns its exit code and its messages."""
    for name in list(os.environ):
        if name.startswith(("OVERTONES", "PREFECT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OVERTONES_CACHE", str(cache))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    monkeypatch.setattr(interrupts, "end_promptly", lambda: None)

    def run(line: str, stdin: str = "", **environment: str) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["overtones", *(word.strip("'") for word in line.split(" "))])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            with pytest.raises(SystemExit) as ended:
                cli.main()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out + output.err

    return run


def tree(top: Path) -> dict[str, str]:
    """Every file below a folder, with the hash of its content."""
    return {
        path.relative_to(top).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(top.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


REFUSED = [
    # an output folder that is not ours
    ("run documents --out . --reports report", "--out . is not an output folder of overtones and is not empty"),
    ("run documents --out .", "Nothing was written"),
    ("run documents --out new --reports .", "--reports . is not an output folder"),
    (
        "run documents",
        "--out data/processed is not an output folder of overtones and is not empty: it holds survey.csv",
    ),
    ("run documents --out documents", "it holds a.txt, b.txt"),
    ("run documents --out documents/", "it holds a.txt, b.txt"),
    ("run documents --out ../home/documents", "it holds a.txt, b.txt"),
    ("run documents --out link", "it holds a.txt, b.txt"),
    ("run documents --out site", "it holds documents, index.html"),
    ("run documents --out photos", "it holds one.png"),
    ("run documents --out spark", "it holds documents"),
    ("run documents --out odd", "it holds documents"),
    ("run documents --out .git", "it holds config"),
    ("run documents --out .hidden", "it holds diary.txt"),
    ("run documents --out thesis.docx", "is not a folder"),
    ("run documents --out /dev/null", "is not a folder"),
    ("run documents --out README.md/tables", "README.md is not a folder"),
    ("run documents --out ~", "is not an output folder of overtones"),
    ("run documents --out=~/photos", "it holds one.png"),
    ("run documents --out new --reports site", "--reports site is not an output folder"),
    ("run documents --out new --reports index.html", "is not a folder"),
    ("run documents --out new --reports documents", "it holds a.txt, b.txt"),
    ("report --out documents --reports new", "documents"),
    ("report --out nosuch --reports photos", "nosuch/documents does not exist"),
    # tables and report in each other's way
    ("run documents --out new --reports new", "are the same folder"),
    ("run documents --out new --reports ./new/", "are the same folder"),
    ("run documents --out new --reports NEW", "are the same folder"),
    ("run documents --out new --reports new/documents", "is a folder that the other output uses"),
    ("run documents --out new --reports new/.overtones", "is a folder that the other output uses"),
    ("run documents --out new/runs --reports new", "is a folder that the other output uses"),
    # sources that are not there
    ("run nosuch --out new --reports rep", "nosuch: no such file or folder"),
    ("run documnets --out new --reports rep", "Did you mean 'documents'?"),
    ("run '' --out new --reports rep", "empty"),
    ("run documents nosuch --out new --reports rep", "nosuch: no such file or folder"),
    # options that make no sense
    ("run documents --out '' --reports rep", "empty"),
    ("run documents --out new --reports rep --workers many", "--workers"),
    ("run documents --out new --reports rep --wrokers 2", "No such option"),
    ("run documents --out new --reports rep --add --replace", "--add and --replace exclude each other"),
    ("run documents --out new --reports rep --config nosuch.toml", "nosuch.toml"),
    ("run documents --out new --reports rep --lexicon thesis.docx", "thesis.docx"),
    ("run documents --out new --reports rep --judge README.md", "README.md"),
    ("run documents --out new --reports rep --dictionary latin", "dictionary"),
    ("run documents --out new --reports rep --fail-on nonsense", "nonsense"),
    ("runn documents", "No such command"),
    # other commands
    ("show nosuch.txt", "nosuch.txt"),
    ("clean nosuch.txt", "nosuch.txt"),
    ("clean documents/a.txt --log documents/a.txt", "documents/a.txt"),
    ("clean documents/a.txt --log index.html", "index.html"),
    ("explain nosuchmetric", "nosuchmetric"),
    ("lexicon check thesis.docx", "thesis.docx"),
    ("fit README.md --out index.html", ""),
    ("evaluate README.md", ""),
    ("schedule documents --interval 1s", "too short"),
    ("schedule - --interval 1h", "cannot read standard input"),
    ("schedule documents", "either --cron"),
]


def test_what_is_refused(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Each command line ends with exit code 2 and a message that names the error; nothing is written."""
    before = tree(home)
    for line, message in REFUSED:
        code, printed = call(line)
        assert (line, code) == (line, Exit.USAGE), printed
        assert message in printed, line
        assert "Traceback" not in printed, line
        assert tree(home) == before, line
    for line, message in (
        ("doctor --out new --reports new", "BAD --out new and --reports new are the same folder"),
        ("doctor --out documents", "BAD --out documents is not an output folder of overtones"),
        ("doctor --reports site", "BAD --reports site is not an output folder of overtones"),
    ):
        code, printed = call(line)
        assert (code, message in printed) == (Exit.SOME_FAILED, True), printed
        assert tree(home) == before
    for name, value, message in (
        ("OVERTONES_OUT", ".", "--out . is not an output folder"),
        ("OVERTONES_OUT", "~/photos", "it holds one.png"),
        ("OVERTONES_WORKRES", "2", "Did you mean 'OVERTONES_WORKERS'?"),
    ):
        code, printed = call("run documents --reports rep", **{name: value})
        assert code == Exit.USAGE, printed
        assert message in printed
        assert tree(home) == before


def test_outputs_among_a_persons_files(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Successful runs do not touch the user's files; their output is never a source; files put into it are kept."""
    person = tree(home)
    run = "--no-prefect --out new --reports rep"

    def stays() -> bool:
        now = tree(home)
        return all(now.get(name) == digest for name, digest in person.items())

    assert call(f"run documents {run}")[0] == Exit.DONE
    assert call(f"run documents {run}")[0] == Exit.DONE
    assert len(read_table("runs", home / "new")) == 2
    assert stays()
    # everything below the folder: hidden files, and the tables and report of the first run, are left out and counted
    code, printed = call("run . --no-prefect --out new2 --reports rep2")
    assert (code, stays()) == (Exit.SOME_FAILED, True), (
        printed
    )  # records of a field that was not named, and a page without text
    read = set(read_table("documents", home / "new2")["source_uri"])
    assert {"documents/a.txt", "README.md", "manifest.jsonl"} <= read
    assert not [uri for uri in read if uri.startswith(("new", "rep/", ".", "rep2"))]
    left_out = dict(read_table("failures", home / "new2")[["source_uri", "message"]].itertuples(index=False))
    assert {"new", "rep", "new2", ".hidden", ".git", "link", "thesis.docx"} <= left_out.keys()
    assert "an output folder of overtones" in left_out["new"]
    n_documents = len(read)
    assert call("run . --no-prefect --out new2 --reports rep2")[0] == Exit.SOME_FAILED
    assert len(read_table("documents", home / "new2")) == n_documents
    # a folder with the name of a table is in the way of others
    assert call("run documents --no-prefect --out outer/documents --reports outer/r")[0] == Exit.DONE
    inner = tree(home / "outer")
    assert call("run documents --no-prefect --out outer --reports rep9")[0] == Exit.USAGE
    assert tree(home / "outer") == inner
    # what runs wrote is no source
    for line in ("run new --out x --reports y", "run new/documents --out x --reports y", "run rep --out x --reports y"):
        code, printed = call(line)
        assert code == Exit.USAGE
        assert "contains output of overtones" in printed
    assert not (home / "x").exists()
    # a corpus is not replaced by another
    before = tree(home / "new")
    for line, stdin in (
        (f"run documents/a.txt {run}", ""),
        (f"run - {run}", ARTICLE),
        (f"run records.jsonl {run}", ""),
    ):
        code, printed = call(line, stdin)
        assert code == Exit.USAGE
        assert "--add reads these as well, --replace drops them from the tables" in printed
        assert tree(home / "new") == before
    assert call("run - --no-prefect", ARTICLE)[0] == Exit.DONE
    assert len(read_table("documents", home / "data" / "stdin")) == 1
    # a person's file among the tables
    (home / "new" / "notes.txt").write_text("mine")
    (home / "rep" / "documents" / "mine.html").write_text("mine")
    assert call(f"run documents {run} --full")[0] == Exit.DONE
    assert (home / "new" / "notes.txt").read_text() == (home / "rep" / "documents" / "mine.html").read_text() == "mine"
    (home / "new" / "documents" / "notes.parquet").write_text("mine")
    code, printed = call(f"run documents {run} --full")
    assert code == Exit.USAGE
    assert "new holds files that no run wrote, where tables go: documents/notes.parquet" in printed
    assert (home / "new" / "documents" / "notes.parquet").read_text() == "mine"
    (home / "new" / "documents" / "notes.parquet").unlink()
    (home / "new" / "documents" / ".DS_Store").write_text("the system's")
    assert call(f"run documents {run} --full")[0] == Exit.DONE
    assert (home / "new" / "documents" / ".DS_Store").read_text() == "the system's"
    assert stays()


def test_a_run_that_reads_nothing_keeps_the_tables(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """After a misspelt field, an empty folder or a damaged archive, the exit code is 4 or 2, and the tables are kept."""
    run = "run records.jsonl --no-prefect --out new --reports rep"
    assert call(f"{run} --text-field body")[0] == Exit.DONE
    before = {name: digest for name, digest in tree(home / "new").items() if name.startswith(("documents", "paragr"))}
    code, printed = call(f"{run} --text-field bdy")
    assert code == Exit.ALL_FAILED
    assert "no input could be read; the tables were not changed" in printed
    after = tree(home / "new")
    assert before == {name: after[name] for name in before}
    assert read_table("failures", home / "new")["record"].tolist() == ["1", "2"]
    runs = read_table("runs", home / "new").sort_values("sequence")
    assert runs[["sequence", "n_documents", "n_kept", "n_failed"]].to_numpy().tolist() == [[1, 2, 0, 0], [2, 2, 2, 2]]
    # with the right field again, nothing has to be analyzed
    assert "none new or changed" in call(f"{run} --text-field body")[1]
    assert len(read_table("failures", home / "new")) == 0
    # without earlier tables they all exist, empty
    assert call("run records.jsonl --no-prefect --out x --reports y --text-field bdy")[0] == Exit.ALL_FAILED
    assert len(read_table("documents", home / "x")) == 0
    # a folder that has been emptied may be a disk that is not mounted
    assert call("run documents --no-prefect --out z --reports y")[0] == Exit.DONE
    for path in (home / "documents").iterdir():
        path.unlink()
    code, printed = call("run documents --no-prefect --out z --reports y")
    assert code == Exit.USAGE
    assert "nothing to read" in printed
    assert len(read_table("documents", home / "z")) == 2


def test_sources_that_fail_or_go(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """A source that fails now keeps its rows; one that is gone is removed and reported, or kept on request."""
    run = "run documents --no-prefect --out new --reports rep"
    assert call(run)[0] == Exit.DONE
    (home / "documents" / "a.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    code, printed = call(run)
    assert code == Exit.SOME_FAILED
    assert "1 document of earlier runs was kept" in printed
    documents = read_table("documents", home / "new")
    assert documents["source_uri"].tolist() == ["a.txt", "b.txt"]
    assert read_table("failures", home / "new")["source_uri"].tolist() == ["a.txt"]
    assert len(read_table("sentences", home / "new")) == 6
    (home / "documents" / "a.txt").write_text(ARTICLE)
    code, printed = call(run)
    assert (code, "kept" in printed) == (Exit.DONE, False), printed
    # gone
    (home / "documents" / "b.txt").unlink()
    code, printed = call(f"{run} --keep-removed")
    assert code == Exit.DONE
    assert "1 document of earlier runs was kept" in printed
    assert read_table("documents", home / "new")["source_uri"].tolist() == ["a.txt", "b.txt"]
    assert read_table("runs", home / "new").sort_values("sequence")["n_kept"].tolist() == [0, 1, 0, 1]
    code, printed = call(f"{run} --full --keep-removed")  # analyzed again as far as that can be
    assert read_table("documents", home / "new")["source_uri"].tolist() == ["a.txt", "b.txt"]
    code, printed = call(run)
    assert (
        "1 source is gone; its documents were removed from the tables: b.txt (use --keep-removed to keep them)"
        in printed
    )
    assert read_table("documents", home / "new")["source_uri"].tolist() == ["a.txt"]


def test_other_sources(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """--add reads the earlier sources, too; --replace drops them; names do not depend on the order of the sources."""
    (home / "more").mkdir()
    (home / "more" / "a.txt").write_text(ARTICLE.replace("despot", "premier"))
    run = "--no-prefect --out new --reports rep"

    def ids(out: str = "new") -> dict[str, str]:
        return dict(read_table("documents", home / out)[["source_uri", "document_id"]].itertuples(index=False))

    assert call(f"run documents {run}")[0] == Exit.DONE
    code, printed = call(f"run more {run} --add")
    assert code == Exit.DONE, printed
    assert set(ids()) == {"b.txt", "documents/a.txt", "more/a.txt"}
    assert call("run more documents --no-prefect --out other --reports rep3")[0] == Exit.DONE
    assert ids("other") == ids()
    (home / "documents" / "c.txt").write_text(ARTICLE)
    assert call(f"run more {run} --add")[0] == Exit.DONE
    assert "c.txt" in ids()
    assert call(f"run more {run}")[0] == Exit.USAGE
    code, printed = call(f"run more {run} --replace")
    assert code == Exit.DONE
    assert set(ids()) == {"a.txt"}
    # a SOURCE that is gone as a whole
    assert call(f"run documents/c.txt {run} --add")[0] == Exit.DONE
    (home / "documents" / "c.txt").unlink()
    code, printed = call(f"run more {run} --add")
    assert code == Exit.USAGE
    assert "--keep-removed keeps its documents" in printed
    assert call(f"run more {run} --add --keep-removed")[0] == Exit.DONE
    assert set(ids()) == {"a.txt", "c.txt"}


def test_changes_that_time_and_size_do_not_show(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Files that are swapped, or restored with their old time, are read again."""
    run = "run documents --no-prefect --out new --reports rep"
    a, b = home / "documents" / "a.txt", home / "documents" / "b.txt"
    b.write_text(ARTICLE.replace("despot", "tyrant"))
    for path in (a, b):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert call(run)[0] == Exit.DONE
    assert "none new" in call(run)[1]
    a.rename(home / "aside")
    b.rename(a)
    (home / "aside").rename(b)
    assert "none new" not in call(run)[1]
    sentences = pl.from_pandas(read_table("sentences", home / "new"))
    assert "tyrant" in sentences["text"][0]
    b.write_text(ARTICLE.replace("despot", "bandit"))
    os.utime(b, (1_700_000_000, 1_700_000_000))
    assert call(run)[0] == Exit.DONE
    assert "bandit" in " ".join(read_table("sentences", home / "new")["text"])


def test_links(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Links that lead out of a source are left out and counted; --follow-links reads them."""
    (home / "elsewhere.txt").write_text(ARTICLE)
    (home / "documents" / "out.txt").symlink_to(home / "elsewhere.txt")
    (home / "documents" / "in.txt").symlink_to("a.txt")
    (home / "documents" / "more").symlink_to(home / "spark")
    (home / "spark" / "loop").symlink_to(home / "documents")
    (home / "spark" / "s.txt").write_text(ARTICLE)
    assert call("run documents --no-prefect --out new --reports rep")[0] == Exit.DONE
    assert read_table("documents", home / "new")["source_uri"].tolist() == ["a.txt", "b.txt", "in.txt"]
    assert read_table("failures", home / "new")["source_uri"].tolist() == ["more", "out.txt"]
    code, _ = call("run documents --no-prefect --out new --reports rep --follow-links")
    assert code == Exit.SOME_FAILED  # a file of that folder is no parquet
    assert {"more/s.txt", "out.txt"} <= set(read_table("documents", home / "new")["source_uri"])


def test_the_latest_run_is_the_latest_by_number(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """If the clock was ahead once, the report is still that of the latest run."""
    run = "run documents --no-prefect --out new --reports rep"
    assert call(run)[0] == Exit.DONE
    [path] = (home / "new" / "runs").glob("*.parquet")
    ahead = pl.read_parquet(path).with_columns(pl.col("started_at", "ended_at").dt.offset_by("300d"))
    ahead.write_parquet(path)
    assert call(run)[0] == Exit.DONE
    run_ids = read_table("runs", home / "new").sort_values("sequence")["run_id"].tolist()
    assert json.loads((home / "rep" / "summary.json").read_text())["run"]["run_id"] == run_ids[-1]


def test_a_report_of_the_first_release_is_taken_over(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Tables and report without a marker, as release 0.1 left them, are used and marked; so is a report that only has a lock."""
    run = "run documents --no-prefect --out new --reports rep"
    assert call(run)[0] == Exit.DONE
    for folder in ("new", "rep"):
        (home / folder / ".overtones" / "owner.json").unlink()
    (home / "rep" / ".overtones" / "files.json").unlink()
    code, printed = call(run)
    assert code == Exit.DONE, printed
    assert (home / "rep" / ".overtones" / "owner.json").exists()
    assert call("report --out new --reports rep")[0] == Exit.DONE


def test_a_new_release_says_why_everything_is_analyzed_again(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Tables of release 0.1, whose manifest has no SOURCEs, and tables of other options are written again, with a note."""
    run = "run documents --no-prefect --out new --reports rep"
    assert "analyzed again" not in call(run)[1]
    assert "analyzed again" not in call(run)[1]
    manifest = home / "new" / "manifest.jsonl"
    head, *batches = manifest.read_text().splitlines(keepends=True)
    manifest.write_text(json.dumps({"engine": json.loads(head)["engine"][::-1]}) + "\n" + "".join(batches))
    assert "note: all documents were analyzed again: release 0.1 wrote the tables" in call(run)[1]
    assert "analyzed again" not in call(run)[1]
    assert "an option that decides results has changed" in call(f"{run} --verbatim")[1]


def test_a_file_of_the_persons_in_the_place_of_ours(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """A manifest or an index of the user's own, put in place of ours, is not replaced."""
    run = "run documents --no-prefect --out new --reports rep"
    assert call(run)[0] == Exit.DONE
    for name in ("new/manifest.jsonl", "rep/index.html"):
        kept = (home / name).read_bytes()
        (home / name).write_text('{"engine": "V8", "text": "mine"}\n')
        for line in (run, f"{run} --full"):
            code, printed = call(line)
            assert code == Exit.USAGE, printed
            assert name.partition("/")[2] in printed
        (home / name).write_bytes(kept)
    (home / "cars").mkdir()
    (home / "cars" / "manifest.jsonl").write_text('{"engine": "V8", "text": "An article of mine about a car."}\n')
    assert call("run documents --out cars --reports rep")[0] == Exit.USAGE
    assert call("run cars --no-prefect --out cars-out --reports cars-rep")[0] == Exit.DONE


def test_nothing_is_written_through_links(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """Links among our own files are replaced, not followed; a linked state folder is refused."""
    thesis = (home / "thesis.docx").read_bytes()
    (home / "trap" / ".overtones").mkdir(parents=True)
    for name in ("holder", "journal.writing", "owner.json.writing"):
        (home / "trap" / ".overtones" / name).symlink_to(home / "thesis.docx")
    assert call("run documents --no-prefect --out trap --reports rep")[0] == Exit.DONE
    (home / "rep" / ".index.html.part").symlink_to(home / "thesis.docx")
    assert call("run documents --no-prefect --out trap --reports rep")[0] == Exit.DONE
    assert (home / "thesis.docx").read_bytes() == thesis
    assert not (home / "rep" / "index.html").is_symlink()
    for name in (".overtones", ".overtones/lock"):
        folder = home / f"linked{len(name)}"
        (folder / name).parent.mkdir(parents=True)
        (folder / name).symlink_to(home / "documents")
        code, printed = call(f"run documents --no-prefect --out linked{len(name)} --reports rep4")
        assert code == Exit.USAGE
        assert "is a link" in printed


def test_a_file_reached_twice_is_read_once(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """A file given by folder and by name (`overtones run . *.txt`) is read once; names may contain any bytes."""
    code, printed = call("run documents documents/a.txt --no-prefect --out new --reports rep")
    assert code == Exit.DONE, printed
    assert read_table("documents", home / "new")["source_uri"].tolist() == ["a.txt", "b.txt"]
    (home / "odd names").mkdir()
    (home / os.fsdecode(b"odd names/\xe9.txt")).write_text(ARTICLE)
    (home / "odd names" / "\\xe9.txt").write_text(ARTICLE)
    (home / "odd names").rename(home / "oddnames")
    assert call("run oddnames --no-prefect --out new3 --reports rep")[0] == Exit.DONE
    assert len(set(read_table("documents", home / "new3")["document_id"])) == 2


def test_records_that_vanish_from_their_file(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """A file of records that becomes empty keeps its rows and is reported, also if it was read in shares."""
    run = "run records.jsonl --no-prefect --out new --reports rep --text-field body"
    assert call(run)[0] == Exit.DONE
    (home / "records.jsonl").write_text("")
    code, printed = call(run)
    assert code == Exit.ALL_FAILED, printed
    assert len(read_table("documents", home / "new")) == 2
    record = '{{"id": "{}", "{}": "It rained on day {} in the north. Nobody minded."}}\n'

    def write(n: int, field: str = "body") -> None:
        (home / "records.jsonl").write_text("".join(record.format(i, field, i) for i in range(n)))

    for n, field, expected in (
        (20, "body", 20), (700, "bdy", 20), (700, "body", 700), (10, "bdy", 700), (10, "body", 10),
    ):  # fmt: skip
        write(n, field)
        (home / "documents" / "c.txt").write_text(f"{ARTICLE} {n} {field}")
        code, printed = call(f"{run} --add documents", OVERTONES_BATCH_BYTES="20000")
        assert code == (Exit.DONE if field == "body" else Exit.SOME_FAILED), printed
        found = read_table("documents", home / "new")["source_uri"].value_counts()
        assert found["records.jsonl"] == expected, (n, field, printed)
        runs = read_table("runs", home / "new").sort_values("sequence").iloc[-1]
        assert runs["n_documents"] == runs["n_new"] + runs["n_unchanged"] + runs["n_kept"]


def test_a_renamed_source_is_not_duplicated(home: Path, call: Callable[..., tuple[int, str]]) -> None:
    """A file that gets a new name, because another of its name comes or goes, is not duplicated or reported as gone."""
    (home / "more").mkdir()
    (home / "more" / "a.txt").write_text(ARTICLE.replace("despot", "premier"))
    run = "run documents more --no-prefect --out new --reports rep --keep-removed"
    assert call("run documents --no-prefect --out new --reports rep")[0] == Exit.DONE
    code, printed = call(run)
    assert (code, "gone" in printed) == (Exit.DONE, False), printed
    assert len(read_table("documents", home / "new")) == 3
    (home / "more" / "a.txt").unlink()
    (home / "more" / "z.txt").write_text(ARTICLE)
    assert call(run)[0] == Exit.DONE
    assert sorted(read_table("documents", home / "new")["source_uri"]) == ["a.txt", "b.txt", "more/a.txt", "z.txt"]
