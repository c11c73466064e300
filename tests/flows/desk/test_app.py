"""What the desk answers."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest

from flows.desk.app import WebDesk
from flows.desk.paste import DeskBusy
from tasks.errors import LimitExceeded

if TYPE_CHECKING:
    from flows.desk.paste import Analyst
    from flows.desk.snapshot import Snapshot

PASTED = "The shameless mayor slammed the vote.\n\n“It was <b>bad</b>,” she said."


def token(desk: Any) -> str:
    """The token of the form."""
    found = re.search(r'name="token" value="([^"]+)"', desk.get("/").text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "Storm over the harbour"),
        ("/documents", "3 documents"),
        ("/documents?q=harbour", "2 of 3 documents"),
        ("/documents?q=nowhere", "No document fits"),
        ("/contexts", "Word or phrase"),
        ("/contexts?q=harbour", "3 hits in 3 paragraphs of 2 documents"),
        ("/contexts?term=shameless", "1 hit"),
        ("/contexts?q=harbour&order=left", "by the word before"),
        ("/terms", "shameless"),
        ("/speakers", "Ada Quill"),
        ("/runs", "Runs"),
        ("/about", "Columns of documents"),
    ],
)
def test_pages(desk: Any, path: str, text: str) -> None:
    """Every page has its content, and a name."""
    answer = desk.get(path)
    assert answer.status_code == 200
    assert text in answer.text
    assert "<title>" in answer.text


@pytest.mark.parametrize("path", ["/documents", "/contexts", "/terms", "/speakers", "/runs"])
def test_lists_are_also_json_and_csv(desk: Any, path: str) -> None:
    """By suffix; both have the same rows on one page."""
    query = "?q=the" if path == "/contexts" else ""
    shown = desk.get(f"{path}.json{query}").json()
    rows = list(csv.DictReader(io.StringIO(desk.get(f"{path}.csv{query}").content.decode("utf-8-sig"), newline="")))
    assert shown["total"] == len(shown["rows"]) == len(rows) > 0
    assert list(rows[0]) == list(shown["columns"])


def test_csv_runs_no_formula(desk: Any) -> None:
    """A title that begins like a formula has an apostrophe."""
    assert "'=1+1" in desk.get("/documents.csv").text


def test_a_document_has_a_page_and_its_rows(desk: Any, snapshot: Snapshot) -> None:
    """The marked text as HTML, all rows as JSON, the terms as CSV."""
    document_id = snapshot.documents["document_id"][1]
    page = desk.get(f"/documents/{document_id}").text
    assert re.search(r'<a class="term author"[^>]*>shameless</a>', page)
    assert page.index('id="text"') < page.index('id="figures"')
    tables = desk.get(f"/documents/{document_id}.json").json()
    assert [row["record"] for row in tables["documents"]] == ["council"]
    assert "shameless" in desk.get(f"/documents/{document_id}.csv").text


def test_an_unknown_document_has_neighbours(desk: Any, snapshot: Snapshot) -> None:
    """The answer is 404 and names documents with a similar id, or this record."""
    document_id = snapshot.documents["document_id"][0]
    answer = desk.get(f"/documents/{document_id[:8]}00000000")
    assert (answer.status_code, "Storm over the harbour" in answer.text) == (404, True)
    assert "Council votes" in desk.get("/documents/council").text


def test_links_lead_to_pages(desk: Any) -> None:
    """Every link of the lists is answered."""
    paths = ("/", "/documents?q=harbour", "/contexts?q=the", "/terms", "/speakers")
    targets = {target for path in paths for target in re.findall(r'href="(/[^"#]*)', desk.get(path).text)}
    assert len(targets) > 15
    for target in targets:
        assert desk.get(target.replace("&amp;", "&")).status_code == 200, target


def test_an_unchanged_page_is_not_sent_again(desk: Any) -> None:
    """A page has a tag that names tables and query."""
    tag = desk.get("/documents?q=harbour").headers["etag"]
    assert desk.get("/documents?q=harbour", headers={"If-None-Match": tag}).status_code == 304
    assert desk.get("/documents?q=other", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/documents?sort=x", "/documents?page=0", "/contexts?q=a&order=x", f"/contexts?q={'x' * 300}"]
)
def test_wrong_values_are_explained(desk: Any, path: str) -> None:
    """The answer is 400, a page with a message."""
    answer = desk.get(path)
    assert (answer.status_code, "This did not work" in answer.text) == (400, True)


def test_a_pasted_text_is_analyzed_and_not_stored(desk: Any) -> None:
    """Its page has the marked text, escaped; no cache keeps it."""
    answer = desk.post("/paste", data={"token": token(desk), "text": PASTED, "form": "text"})
    assert answer.status_code == 200
    assert re.search(r'<a class="term author"[^>]*>shameless</a>', answer.text)
    assert "&lt;b&gt;bad" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert desk.get("/documents?q=shameless").text.count("<li>") == 1


@pytest.mark.parametrize(("wanted", "kind"), [("json", "application/json"), ("csv", "text/csv"), ("html", "text/html")])
def test_a_pasted_text_can_be_taken_along(desk: Any, wanted: str, kind: str) -> None:
    """The form posts it again; the answer is a file."""
    answer = desk.post("/paste", data={"token": token(desk), "text": PASTED, "download": wanted})
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "shameless" in answer.text


def test_a_page_can_be_pasted_or_chosen_as_a_file(desk: Any) -> None:
    """As HTML by its format, or by the suffix of the file."""
    page = f"<html><body><article><p>{'The shameless mayor slept well that night. ' * 5}</p></article></body></html>"
    pasted = desk.post("/paste", data={"token": token(desk), "text": page, "form": "html", "download": "json"}).json()
    files = {"file": ("page.html", page.encode(), "text/html")}
    chosen = desk.post("/paste", data={"token": token(desk), "download": "json"}, files=files).json()
    assert pasted["documents"][0]["format"] == chosen["documents"][0]["format"] == "html"


@pytest.mark.parametrize(
    ("data", "status", "text"),
    [
        ({"text": PASTED}, 403, "earlier start"),
        ({"token": "x", "text": PASTED}, 403, "earlier start"),
        ({"token": None, "text": " "}, 400, "There is no text"),
        ({"token": None, "text": PASTED, "form": "docx"}, 400, "format must be one of"),
    ],
)
def test_wrong_forms_are_explained(desk: Any, data: dict[str, str | None], status: int, text: str) -> None:
    """Without the token of this desk, without a text, with an unknown format."""
    sent = {name: token(desk) if value is None else value for name, value in data.items()}
    answer = desk.post("/paste", data=sent)
    assert answer.status_code == status
    assert text in answer.text


@pytest.mark.parametrize(("error", "status"), [(DeskBusy("wait"), 503), (LimitExceeded("too long"), 422)])
def test_failed_analyses_are_explained(
    analyst: Analyst, client_of: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """A desk that is busy, and a text that takes too long."""

    def analyze(_pasted: object) -> None:
        raise error

    monkeypatch.setattr(analyst, "analyze", analyze)
    client = client_of(WebDesk(None, analyst).application())
    answer = client.post("/paste", data={"token": token(client), "text": PASTED})
    assert (answer.status_code, str(error) in answer.text) == (status, True)


def test_without_tables_only_pasting_works(analyst: Analyst, client_of: Any) -> None:
    """The first page has the form; lists say how tables are made."""
    client = client_of(WebDesk(None, analyst).application())
    assert "Paste a text" in client.get("/").text
    answer = client.get("/documents")
    assert (answer.status_code, "overtones run" in answer.text) == (404, True)


def test_groups_are_compared(desk: Any) -> None:
    """Two groups by their descriptions, as HTML and JSON; other folders cannot be named."""
    assert "A group is" in desk.get("/compare").text
    query = "?a=source:Courier&b=source:Tidings"
    assert "too few documents" in desk.get(f"/compare{query}").text
    assert desk.get(f"/compare.json{query}").json()["a"]["n_documents"] == 2
    assert desk.get("/compare?a=tables:/&b=source:Courier").status_code == 400
    assert "Did you mean" in desk.get("/compare?a=source:courier&b=source:Tidings").text
