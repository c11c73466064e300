"""Which documents are listed and have a page."""

import json
from typing import Any

import pytest

from tasks.report import summarize
from tasks.report.rankings import MAX_PAGES


@pytest.fixture(scope="module")
def large(newsroom_module: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    tables = newsroom_module.repeated(
        newsroom_module.analyzed(newsroom_module.make_newsroom(), newsroom_module.FAILURES * 100), 3_000
    )
    return summarize(newsroom_module.write_tables(tables, tmp_path_factory.mktemp("large")))


class TestBounds:
    def test_lists_are_bounded(self, large: dict[str, Any]) -> None:
        """The lists for three thousand documents are no longer than for two hundred."""
        assert large["corpus"]["n_documents"] == 3_000
        assert len(large["documents"]) == MAX_PAGES
        assert len(large["failures"]["rows"]) < large["failures"]["n_failed"] == 200
        assert len(json.dumps(large)) < 400_000

    def test_what_a_list_shows_has_a_page(self, large: dict[str, Any]) -> None:
        """All documents in lists are among those with a page."""
        listed = {document["document_id"] for document in large["documents"]}
        assert {sentence["document_id"] for sentence in large["sentences"]} <= listed
        for name, ids in large["lists"].items():
            assert set(ids[:10]) <= listed, name
