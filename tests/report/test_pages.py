import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from markdown_it import MarkdownIt

from tasks.errors import OutputRefused, StoreError, UsageError
from tasks.escaping import escape_name
from tasks.report import build_page, build_report, pages, phrasing, render_summary, summarize
from tasks.store import scan_table

GOLDEN = Path(__file__).parent / "golden" / "summary.md"


@pytest.fixture(scope="module")
def reports(tables: Path, tmp_path_factory: pytest.TempPathFactory, newsroom_module: Any) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    build_report(tables, folder, newsroom_module.RUN_ID)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_writes_index_pages_and_summaries(tables: Path, reports: Path, newsroom_module: Any) -> None:
    """There is an index, a page for each document, both summaries, and copies of these under the run's name."""
    ids = scan_table("documents", tables).select("document_id").collect()["document_id"]
    run = f"runs/{newsroom_module.RUN_ID}"
    expected = {"index.html", "summary.md", "summary.json", f"{run}/summary.md", f"{run}/summary.json"}
    written = {name for name in files(reports) if not name.startswith(".overtones/")}
    assert written == expected | {f"documents/{document_id}.html" for document_id in ids}
    assert files(reports)["summary.md"] == files(reports)[f"{run}/summary.md"]
    assert files(reports)["summary.json"] == files(reports)[f"{run}/summary.json"]


def test_reads_its_own_output(tables: Path, reports: Path, newsroom_module: Any) -> None:
    """The returned summary is the one in summary.json."""
    summary = build_report(tables, reports, newsroom_module.RUN_ID)
    assert json.loads((reports / "summary.json").read_text(encoding="utf-8")) == summary == summarize(tables)


def test_same_tables_same_bytes(tables: Path, reports: Path, newsroom_module: Any, tmp_path: Path) -> None:
    """Built again elsewhere, every file has the same bytes."""
    build_report(tables, tmp_path, newsroom_module.RUN_ID)
    assert files(tmp_path) == files(reports)


def test_pages_of_documents_that_are_gone_are_removed(
    newsroom: list[Any], newsroom_module: Any, tmp_path: Path
) -> None:
    """After a run over fewer documents, no page of another one is left, and no file of an interrupted run."""
    reports = tmp_path / "reports"
    for name, articles in (("before", newsroom[:9]), ("after", newsroom[4:9])):
        tables = newsroom_module.write_tables(newsroom_module.analyzed(articles), tmp_path / name)
        build_report(tables, reports, newsroom_module.RUN_ID)
        (reports / "documents" / f".{newsroom[4].document_id}.html.part").touch()
    build_report(tables, reports, newsroom_module.RUN_ID)
    assert {path.stem for path in (reports / "documents").iterdir()} == {a.document_id for a in newsroom[4:9]}


def test_a_page_can_be_made_alone(tables: Path, reports: Path, newsroom: list[Any], tmp_path: Path) -> None:
    """The page of one document is the same alone and as part of a report."""
    document_id = newsroom[3].document_id
    alone = shutil.copytree(reports, tmp_path / "alone")
    shutil.rmtree(alone / "documents")
    path = build_page(tables, alone, document_id)
    assert path == alone / "documents" / f"{document_id}.html"
    assert path.read_bytes() == (reports / "documents" / path.name).read_bytes()
    assert build_page(tables, alone, newsroom[3].uri) == build_page(tables, alone, document_id[:12]) == path


def test_a_page_without_a_report_has_no_links_to_one(tables: Path, newsroom: list[Any], tmp_path: Path) -> None:
    """Without an index beside it, a page has only links to its own places."""
    path = build_page(tables, tmp_path, newsroom[-2].document_id)
    hrefs = [a["href"] or "" for tag, a in Elements(path.read_text(encoding="utf-8")).found if tag == "a"]
    assert hrefs
    assert all(href.startswith("#") for href in hrefs)


def test_a_copy_leads_to_its_original(reports: Path, newsroom: list[Any]) -> None:
    """The page of a duplicate has a link to the original."""
    copy = (reports / "documents" / f"{newsroom[-2].document_id}.html").read_text(encoding="utf-8")
    assert f'is a copy of document <a href="{newsroom[0].document_id}.html">' in copy


def test_a_page_of_no_document_is_an_error(tables: Path, tmp_path: Path) -> None:
    """An id without a document is an error, and nothing is written."""
    with pytest.raises(UsageError, match="no document 'nowhere'"):
        build_page(tables, tmp_path, "nowhere")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../../x", "a/b", "", ".", "con trol", "x" * 101])
def test_ids_that_are_paths_write_nothing(newsroom_module: Any, tmp_path: Path, name: str) -> None:
    """An id in the tables that contains a path does not become a file name."""
    tables = newsroom_module.analyzed([newsroom_module.Article([("body", "Rain fell. It did.")])])
    for table in ("documents", "paragraphs", "sentences"):
        tables[table] = tables[table].with_columns(document_id=pl.lit(name))
    written = newsroom_module.write_tables(tables, tmp_path / "tables")
    with pytest.raises(StoreError, match="cannot name a file"):
        build_report(written, tmp_path / "reports", newsroom_module.RUN_ID)
    assert list(tmp_path.rglob("*.html")) == []


def test_a_folder_that_cannot_be_written_is_an_error(tables: Path, newsroom_module: Any, tmp_path: Path) -> None:
    """A folder with the name of a file of the report is an error that suggests another folder."""
    build_report(tables, tmp_path / "reports", newsroom_module.RUN_ID)
    page = next((tmp_path / "reports" / "documents").iterdir())
    page.unlink()
    page.mkdir()
    with pytest.raises(StoreError, match="choose another folder"):
        build_report(tables, tmp_path / "reports", newsroom_module.RUN_ID)


class TestFilesOfOthers:
    """No file of a user in a folder is replaced or removed."""

    @pytest.fixture
    def report(self, tables: Path, newsroom_module: Any, tmp_path: Path) -> Path:
        """A report of our own."""
        build_report(tables, tmp_path / "report", newsroom_module.RUN_ID)
        return tmp_path / "report"

    def test_a_folder_that_is_not_ours_is_refused(self, tables: Path, tmp_path: Path) -> None:
        """A folder with a user's index.html is not changed."""
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "index.html").write_text("mine")
        with pytest.raises(OutputRefused, match=r"holds index\.html\. Nothing was written"):
            build_report(tables, tmp_path / "mine")
        assert files(tmp_path / "mine") == {"index.html": b"mine"}

    def test_other_files_are_kept(self, tables: Path, report: Path) -> None:
        """A user's files beside those of the report still exist after the next report."""
        for name in ("documents/mine.html", "notes.txt", "runs/notes.txt"):
            (report / name).write_text("mine")
        build_report(tables, report)
        for name in ("documents/mine.html", "notes.txt", "runs/notes.txt"):
            assert (report / name).read_text() == "mine"

    def test_a_file_in_the_place_of_ours_is_refused(self, tables: Path, report: Path) -> None:
        """A file with the name of a file of the report, which no run wrote, is not replaced."""
        listed = json.loads((report / ".overtones" / "files.json").read_text())["files"]
        left = [name for name in listed if name != "summary.md"]
        (report / ".overtones" / "files.json").write_text(json.dumps({"files": left}))
        with pytest.raises(OutputRefused, match=r"where the report goes: summary\.md; move"):
            build_report(tables, report)

    def test_a_report_of_the_first_release_is_ours(self, tables: Path, report: Path) -> None:
        """It has no marker; it is known by its files, and gets a marker. With another file beside them it is refused."""
        shutil.rmtree(report / ".overtones")
        (report / "notes.txt").write_text("mine")
        with pytest.raises(OutputRefused):
            build_report(tables, report)
        (report / "notes.txt").unlink()
        build_report(tables, report)
        assert (report / ".overtones" / "owner.json").exists()


def test_a_reader_never_sees_half_a_page(
    tables: Path, newsroom_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a build is interrupted while writing, each page is unchanged."""
    build_report(tables, tmp_path, newsroom_module.RUN_ID)
    before = files(tmp_path)

    def die(path: Path, _: str) -> None:
        path.write_bytes(b"<!DOCTYPE html><ht")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pages, "write_new", die)
    with pytest.raises(StoreError, match="No space left"):
        build_report(tables, tmp_path, newsroom_module.RUN_ID)
    before.pop(".overtones/files.json")  # it has told what was about to be written
    assert {name: files(tmp_path)[name] for name in before} == before


class TestEveryPage:
    @pytest.fixture(params=["index", "article", "hostile"])
    def page(self, request: pytest.FixtureRequest, reports: Path, newsroom: list[Any]) -> str:
        names = {
            "index": "index.html",
            "article": f"documents/{newsroom[3].document_id}.html",
            "hostile": f"documents/{newsroom[-1].document_id}.html",
        }
        return (reports / names[request.param]).read_text(encoding="utf-8")

    def test_allows_its_own_stylesheet_and_nothing_else(self, page: str) -> None:
        """The policy names the hash of the one stylesheet; no script, handler, style attribute or address is there."""
        elements = Elements(page).found
        policy = next(a["content"] for tag, a in elements if a.get("http-equiv") == "Content-Security-Policy")
        styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        assert len(styles) == sum(tag == "style" for tag, _ in elements) == 1
        digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
        assert policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        )
        assert not {tag for tag, _ in elements} & {"script", "img", "iframe", "object", "embed", "form", "base"}
        for _, attributes in elements:
            assert not any(name.startswith("on") or name == "style" for name in attributes)
            assert not {"src", "srcset", "action"} & set(attributes)
            assert re.match(
                r"#|data:,$|\.\./index\.html|documents/|summary\.|[0-9a-f]{16}\.html|$", attributes.get("href") or ""
            )

    def test_names_each_place_once(self, page: str) -> None:
        """Each id occurs once, and each reference has a target."""
        elements = Elements(page).found
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        for _, attributes in elements:
            for name in ("aria-labelledby", "aria-describedby", "for"):
                assert set((attributes.get(name) or "").split()) <= set(ids)

    def test_is_small(self, page: str) -> None:
        """A page weighs less than 200 KB here."""
        assert len(page.encode()) < 200_000


def test_links_between_pages_lead_somewhere(reports: Path) -> None:
    """Every link of every page leads to an existing file, and to an existing place in it."""
    pages = {path: Elements(path.read_text(encoding="utf-8")).found for path in reports.rglob("*.html")}
    ids = {path: {a["id"] for _, a in elements if "id" in a} for path, elements in pages.items()}
    followed = 0
    for path, elements in pages.items():
        for tag, attributes in elements:
            if tag == "a":
                target, _, place = (attributes["href"] or "").partition("#")
                file = (path.parent / target).resolve() if target else path
                assert file.is_file(), attributes
                assert not place or place in ids[file], (path.name, attributes)
                followed += 1
    assert followed > 1_000


@pytest.mark.parametrize("name", ["index.html", "page", "summary.md"])
def test_control_characters_for_a_browser_are_shown(newsroom_module: Any, tmp_path: Path, name: str) -> None:
    """Controls, overrides and isolates are escaped everywhere: texts, titles, names, speakers, messages."""
    evil = "in\u202evaders\x1b[31m\u2066\x85\x00x\u2028"
    article = newsroom_module.Article(
        [
            ("headline", f"{evil} regime"),
            ("body", f"The {evil} regime met. “These thugs {evil} want war,” {evil} said."),
        ],
        uri=f"daily/{evil}.txt",
        record=evil,
        source=evil,
        title=f"{evil} title",
        repairs=[(evil, "regime", "mojibake")],
    )
    other = newsroom_module.Article([("body", "The regime met. It rained all day long.")], uri="b.txt", source="b")
    failures = [dict.fromkeys(("source_uri", "record", "error", "message"), evil) | {"stage": "read"}]
    analyzed = newsroom_module.analyzed([article, other], failures)
    for table, columns in (
        ("loaded_terms", ("text", "term", "reason", "speaker")),
        ("attributions", ("speaker_name", "cue")),
    ):
        frame = analyzed[table]
        analyzed[table] = frame.with_columns((pl.col(column).fill_null("") + evil).alias(column) for column in columns)
    tables = newsroom_module.write_tables(analyzed, tmp_path / "tables")
    build_report(tables, tmp_path / "reports", newsroom_module.RUN_ID)
    files = {"page": tmp_path / "reports" / "documents" / f"{article.document_id}.html"}
    page = files.get(name, tmp_path / "reports" / name).read_text("utf-8")
    assert not set(page) & set(evil) - set("invaders[31mx")
    assert "in‹U+202E›vaders‹U+001B›" in page
    if name == "page":
        # What is marked is what the term is, for the text was cut into pieces before anything was written out.
        assert re.findall(r'<a class="term \w+"[^>]*>(.*?)</a>', page) == ["regime", "regime", "thugs"]
    if name == "index.html":
        assert f"<bdi>{escape_name(evil)}</bdi>" in page


class TestOneArticle:
    @pytest.fixture
    def page(self, newsroom_module: Any, tmp_path: Path) -> str:
        article = newsroom_module.Article(
            [
                ("headline", "Regime slammed"),
                ("body", "The regime met. “These thugs want war,” Ms Vance said. A “heroic” stand, apparently."),
                ("body", "Nobody came."),
                ("caption", "The harbour"),
            ],
            repairs=[
                ("‚Äú", "“", "mojibake"),
                ("\N{REPLACEMENT CHARACTER}", "\N{REPLACEMENT CHARACTER}", "replacement_character"),
            ],
        )
        tables = newsroom_module.write_tables(newsroom_module.analyzed([article]), tmp_path / "tables")
        return build_page(tables, tmp_path / "report", article.document_id).read_text(encoding="utf-8")

    def test_voices_are_distinguished_without_colour(self, page: str) -> None:
        """Terms of the author, in scare quotes and in quoted speech have classes of their own, with other lines and marks."""
        assert re.findall(r'<a class="term (\w+)"[^>]*>(\w+)</a>', page) == [
            ("author", "Regime"),
            ("author", "slammed"),
            ("author", "regime"),
            ("quoted", "thugs"),
            ("scare_quoted", "heroic"),
        ]
        lines = dict(re.findall(r"\.term\.(\w+) \{[^}]*text-decoration-style: (\w+)", page))
        assert lines == {"author": "solid", "scare_quoted": "double", "quoted": "dotted"}

    def test_gives_each_reason_in_place_and_in_a_list(self, page: str) -> None:
        """The reason is beside the term for pointer and focus, and in the list that is printed."""
        reason = "names people by an insult"
        assert len(re.findall(rf'role="tooltip"[^>]*>.{{0,90}}{reason}', page)) == 1
        assert len(re.findall(rf"<tr id=\"r\d+\">.*{reason}", page)) == 1

    def test_says_how_reliable_the_figures_of_a_paragraph_are(self, page: str) -> None:
        """Kind, grade (or the reason why there is none) and sentiment are beside each paragraph."""
        gutters = [
            [re.sub("<[^>]*>", "", item) for item in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]
            for part in re.findall(r'<ul class="gutter">(.*?)</ul>', page, re.DOTALL)
        ]
        assert gutters == [
            ["headline", "", "sentiment −0.46"],
            ["body", "grade 4.8", "sentiment −0.72"],
            ["body", "too short", "sentiment 0.00"],
            ["caption", "", "sentiment 0.00"],
        ]

    def test_shows_repairs_on_demand(self, page: str) -> None:
        """Each repair is there with what it was, folded away; damage without a repair is marked as not repaired."""
        folded = re.search(r"<details>\s*<summary>2 repairs.*?</details>", page, re.DOTALL)
        assert folded is not None
        assert "<code>‚Äú</code>" in folded[0]
        assert "not repaired" in folded[0]


def test_summary_is_as_agreed(tables: Path) -> None:
    """The Markdown is that of golden/summary.md; after a wanted change, look at the difference and copy it there."""
    assert render_summary(summarize(tables)) == GOLDEN.read_text(encoding="utf-8")


def numbers_in(value: Any) -> set[float]:
    """All numbers anywhere in plain data."""
    if isinstance(value, dict | list):
        return set().union(*map(numbers_in, value.values() if isinstance(value, dict) else value))
    return {value} if isinstance(value, int | float) else set()


def test_summary_says_what_the_json_says(tables: Path) -> None:
    """Each figure of the Markdown is one of the JSON's, rounded."""
    summary = summarize(tables)
    known = {phrasing.number(number, digits) for number in numbers_in(summary) for digits in (0, 1, 2)}
    known |= {phrasing.percent(figure["value"])[:-2] for figure in summary["figures"].values()}
    lists = "\n".join(line for line in render_summary(summary).splitlines() if line.startswith(("- ", "| ")))
    result = set(re.findall(r"(?<=[:|] )−?\d+(?:[,.]\d+)*|(?<=(?:to|in|of) )−?\d+(?:[,.]\d+)*", lists)) - {"1,000", "1"}
    assert len(result) > 40
    assert result <= known


def test_hostile_words_are_text_in_the_summary(newsroom_module: Any, tmp_path: Path) -> None:
    """Titles, sources and terms with Markdown or addresses are text in summary.md, and do not break a table."""
    article = newsroom_module.make_hostile()
    article.title = "[a](javascript:alert(1)) ![b](http://c) <b>d</b> `e` **f** | g | www.h.org i@j.org \n# k\n\n- l"
    article.source = article.title
    other = newsroom_module.Article([("body", "The regime met. It rained all day long.")], uri="b.txt", source="|---|")
    tables = newsroom_module.write_tables(newsroom_module.analyzed([article, other]), tmp_path)
    markdown = render_summary(summarize(tables))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    inline = {child.type for token in tokens for child in token.children or []}
    assert inline <= {"text", "text_special", "softbreak"}
    assert {"html_block", "code_block", "fence"}.isdisjoint(token.type for token in tokens)
    assert sum(token.type == "heading_open" for token in tokens) == 4
    assert re.search(r"https?://|www\.\w|\w@\w", markdown) is None
    columns = [line.replace("\\|", "").count("|") for line in markdown.splitlines() if line.startswith("|")]
    assert set(columns) == {4, 6}


def test_empty_tables_make_a_report(newsroom_module: Any, tmp_path: Path) -> None:
    """A run that found nothing has an index that says so."""
    tables = newsroom_module.write_tables(newsroom_module.analyzed([], newsroom_module.FAILURES), tmp_path / "tables")
    summary = build_report(tables, tmp_path / "reports", newsroom_module.RUN_ID)
    page = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert summary["headline"] == "Nothing could be analyzed: 2 inputs could not be read."
    assert f"<h1>{summary['headline']}</h1>" in page


def test_missing_fields_are_listed(reports: Path) -> None:
    """The index lists files without a field that was asked for, with the message; they do not count as failed."""
    index = (reports / "index.html").read_text("utf-8")
    listed = index.partition("<h3>1 file without a field that was asked for</h3>")[2].partition("</table>")[0]
    assert "daily/feed.jsonl" in listed
    assert "no record has a field &#39;headline&#39;" in listed
    assert "2 inputs could not be read" in index


def test_runs_keep_their_summaries(tables: Path, newsroom_module: Any, tmp_path: Path) -> None:
    """The summaries of an earlier run stay when a later one is reported."""
    shutil.copytree(tables, tmp_path / "tables")
    build_report(tmp_path / "tables", tmp_path / "reports", newsroom_module.RUN_ID)
    run = pl.read_parquet(tmp_path / "tables" / "runs" / "part-000000.parquet")
    later = run.with_columns(pl.col("started_at", "ended_at").dt.offset_by("1d"), run_id=pl.lit("later"))
    newsroom_module.write_tables({"runs": pl.concat([run, later])}, tmp_path / "tables")
    build_report(tmp_path / "tables", tmp_path / "reports", "later")
    assert {path.name for path in (tmp_path / "reports" / "runs").iterdir()} == {newsroom_module.RUN_ID, "later"}
    assert "Runs" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
