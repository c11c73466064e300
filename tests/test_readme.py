from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ftfy
import openpyxl
import pandas as pd
import polars as pl
import pytest

from flows import pipeline
from flows.settings import Settings
from tasks.report import summarize
from tasks.schemas import TABLES
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")))
RECIPES = "docs/python.md"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples(page: str) -> list[str]:
    """The blocks of Python of a page."""
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Iterator[Path]:
    """The folder that the examples are written for: the sample articles in data/raw, analyzed."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(samples, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        pipeline.run(Settings(workers=1))
        yield folder


def run_examples(page: str) -> dict[str, Any]:
    """Run the examples of a page from top to bottom, in the present folder; returns the names that they define."""
    names: dict[str, Any] = {"__name__": page}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    for block in examples(page):
        if block.startswith(">>>"):
            output: list[str] = []
            failed, _ = runner.run(
                parser.get_doctest(block, names, page, page, 0), out=output.append, clear_globs=False
            )
            assert not failed, "".join(output)
        else:
            exec(compile(block, page, "exec"), names)  # noqa: S102  # our own pages
    return names


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize("page", [page for page in PAGES if examples(page) and page != RECIPES])
def test_examples(page: str) -> None:
    """The examples of a page run from top to bottom, with the results that it shows."""
    assert run_examples(page)


def test_recipes(workplace: Path) -> None:
    """The recipes of docs/python.md run, and what they write can be read: a chart, a workbook, CSV."""
    names = run_examples(RECIPES)
    chart = names["chart"].to_dict()  # valid, or altair raises
    [bars] = chart["datasets"].values()
    assert {bar["source"]: bar["rate"] for bar in bars} == dict(names["rates"])
    assert {encoding["field"] for encoding in chart["encoding"].values()} == {"source", "rate"}
    assert "vega" in (workplace / "rates.html").read_text("utf-8")
    sheets = openpyxl.load_workbook(workplace / "tables.xlsx")
    n_rows = {name: scan_table(name).select(pl.len()).collect().item() for name in TABLES}
    assert {sheet.title: sheet.max_row - 1 for sheet in sheets} == n_rows
    assert len(pd.read_csv(workplace / "terms.csv", encoding="utf-8-sig")) == n_rows["loaded_terms"]
    repairs_table = scan_table("repairs").collect()
    assert names["by_polars"].equals(repairs_table)
    assert any("\r" in text for text in repairs_table["before"])
    for read in (names["by_duckdb"].fetchall(), names["by_pandas"].to_numpy(), names["by_csv"]):
        assert len(read) == repairs_table.height
    assert names["by_duckdb"].pl()["before"].to_list() == repairs_table["before"].to_list()
    assert [row["before"] for row in names["by_csv"]] == repairs_table["before"].to_list()


def test_no_other_recipes() -> None:
    """Each block of docs/python.md is one of Python that the tests run."""
    fences = re.findall(r"^ *(```.*|~~~.*)$", (ROOT / RECIPES).read_text("utf-8"), re.MULTILINE)
    assert fences == ["```python", "```"] * len(examples(RECIPES))


def test_run_of_the_readme(workplace: Path, readme: str) -> None:
    """The README has the finding and the sources' rates of the sample articles."""
    summary = summarize(workplace / "data" / "processed")
    assert summary["headline"] in readme
    rates = {row["source"]: row["loaded_per_1000_words_author"]["value"] for row in summary["sources"]["rows"]}
    assert f"{rates['daily-klaxon']:.1f} loaded terms in 1,000 of the tabloid's own words, none in the" in readme
    assert rates["halvern-press-agency"] == 0


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every link of a page names a file of the repository, and a heading in it if it names a place."""
    for target, place in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", (ROOT / page).read_text("utf-8")):
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), target
        if place:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert place in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_listed() -> None:
    """The list of pages names each of them."""
    listed = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert [page for page in PAGES[1:] if page != "docs/README.md" and f"]({Path(page).name})" not in listed] == []


def test_damaged_paragraph_of_the_first_screen(readme: str) -> None:
    """The paragraph at the top is repaired as the README shows."""
    from tasks.clean import clean_text

    damaged, repaired = (block.strip("\n") for block in readme.split("```")[1:4:2])
    assert clean_text(damaged).text == repaired
    assert ftfy.fix_text(damaged).count("'ÄĒ") == 2
