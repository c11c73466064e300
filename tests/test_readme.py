from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ftfy
import pytest

from flows import pipeline
from flows.settings import Settings
from tasks.report import summarize

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")))
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


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize("page", [page for page in PAGES if examples(page)])
def test_examples(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The examples of a page run from top to bottom, and give what it says they give."""
    names: dict[str, Any] = {"__name__": page}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    for block in examples(page):
        if block.startswith(">>>"):
            failed, _ = runner.run(parser.get_doctest(block, names, page, page, 0), clear_globs=False)
            assert not failed, capsys.readouterr().out
        else:
            exec(compile(block, page, "exec"), names)  # noqa: S102  # our own pages


def test_run_of_the_readme(workplace: Path, readme: str) -> None:
    """The README tells the finding and the sources' rates that the sample articles give."""
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
