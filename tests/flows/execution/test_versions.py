"""What decides the results, and what does not."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions
from typing import TYPE_CHECKING

import grimp
import pytest
from packaging.utils import canonicalize_name

from flows import pipeline
from flows.execution import versions
from flows.execution.versions import (
    ENGINE_FOLDER,
    NOT_DECISIVE,
    SAME_IN_EVERY_VERSION,
    decisive_files,
    engine_sha256,
    resources_for,
)
from flows.settings import Settings
from tasks.errors import ConfigurationError
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a package whose version decides the results, a run ends with an error that names it."""

    def version(name: str) -> str:
        if name == "pyphen":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(versions, "version", version)
    with pytest.raises(ConfigurationError, match=r"(?s)pyphen is not installed.*overtones doctor"):
        versions.versions.__wrapped__()


@pytest.mark.parametrize("writable", [True, False])
def test_resources_need_no_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool) -> None:
    """The dictionary is cached in the cache folder; without a cache folder it is computed anyway."""
    folder = tmp_path / "cache"
    if not writable:
        folder.write_text("no folder")
    monkeypatch.setenv("OVERTONES_CACHE", str(folder))
    resources_for.cache_clear()
    assert len(resources_for(Options()).pronunciations.entries) > 100_000
    resources_for.cache_clear()
    assert folder.is_dir() is writable


DECISIVE = ["segment/data/abbreviations.tsv", "measure/loaded_language/data/politics.toml", "analysis.py", "schemas"]
NOT_DECIDING = [
    "report/templates/style.css", "report/templates/base.html", "report/pages.py", "explanation.py",
    "clean/explanation.py", "store/spreadsheets.py", "measure/loaded_language/lint.py", "clean/data/SOURCES.md",
]  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package `tasks`, whose files are hashed."""
    copy = tmp_path / "tasks"
    shutil.copytree(ENGINE_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(versions, "ENGINE_FOLDER", copy)
    return copy


def change(path: Path) -> None:
    """Add a line to a file, which may be one of several in a folder."""
    file = min(path.iterdir()) if path.is_dir() else path
    with (file if file.exists() else path.with_suffix(".py")).open("a", encoding="utf-8") as text:
        text.write("\n")


@pytest.mark.parametrize("name", DECISIVE)
def test_what_decides_a_result_is_hashed(engine: Path, name: str) -> None:
    """Word lists, lexicon, code of the stages, and the shape of the tables."""
    before = engine_sha256(Options())
    change(engine / name)
    assert engine_sha256(Options()) != before


@pytest.mark.parametrize("name", NOT_DECIDING)
def test_files_that_decide_no_result_are_not_hashed(engine: Path, name: str) -> None:
    """The report and its style; modules that explain, check and convert finished tables; notes on data; compiled code."""
    before = engine_sha256(Options())
    assert (engine / name).is_file()
    change(engine / name)
    (engine / "analysis.pyc").touch()
    assert engine_sha256(Options()) == before


def test_a_change_analyzes_again_what_it_decides(
    tmp_path: Path, engine: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the stylesheet no document is analyzed again; after a change of a word list all are."""
    monkeypatch.setattr(pipeline, "write_report", lambda *_: {})
    top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
    settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
    assert pipeline.run(settings).counts.new == 2
    change(engine / "report" / "templates" / "style.css")
    assert pipeline.run(settings).counts.new == 0
    change(engine / "segment" / "data" / "abbreviations.tsv")
    assert pipeline.run(settings).counts.new == 2


def test_all_that_is_left_out_exists() -> None:
    """Every exception exists; a module that has moved would count again."""
    files = {path.relative_to(ENGINE_FOLDER).with_suffix("").as_posix() for path in ENGINE_FOLDER.rglob("*")}
    assert files >= NOT_DECISIVE.keys()
    assert ENGINE_FOLDER / "analysis.py" in set(decisive_files(ENGINE_FOLDER))


def test_hashed_modules_do_not_import_excluded_ones() -> None:
    """Only excluded modules import excluded modules, apart from packages that re-export their names."""
    graph = grimp.build_graph("tasks")
    left_out = {module for module in graph.modules if _is_left_out(module)}
    importers = {importer for module in left_out for importer in graph.find_modules_that_directly_import(module)}
    packages = {module.rpartition(".")[0] for module in left_out}
    assert importers - left_out - packages == set()


def test_each_package_that_is_imported_is_hashed_or_decides_nothing() -> None:
    """Of each package that the hashed code imports, the version counts, or there is a reason why it need not."""
    graph = grimp.build_graph("tasks", include_external_packages=True)
    external = {module for module in graph.modules if module.partition(".")[0] != "tasks"}
    owners = packages_distributions()
    imported = {
        canonicalize_name(owners.get(package, [package])[0])
        for package in external - set(sys.stdlib_module_names)
        if any(not _is_left_out(importer) for importer in graph.find_modules_that_directly_import(package))
    }
    hashed = {canonicalize_name(package) for package in versions.versions()} - {"python", "overtones"}
    assert imported - hashed <= SAME_IN_EVERY_VERSION.keys()
    assert SAME_IN_EVERY_VERSION.keys().isdisjoint(hashed)


def _is_left_out(module: str) -> bool:
    parts = module.split(".")[1:]
    return any("/".join(parts[:end]) in NOT_DECISIVE for end in range(1, len(parts) + 1))
