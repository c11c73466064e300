from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

import flows
import tasks
from flows.cli import app
from tasks.metrics import metrics_as_markdown
from tasks.schemas import TABLES, data_dictionary_as_markdown

if TYPE_CHECKING:
    from pathlib import Path

MODULES = sorted(
    module.name
    for package in (flows, tasks)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
)
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]  # a group has commands


@pytest.mark.parametrize("name", MODULES)
def test_public_things_have_docstrings(name: str) -> None:
    """Every module, and everything public that it defines, has a docstring."""
    module = importlib.import_module(name)
    assert module.__doc__
    for attribute, thing in vars(module).items():
        is_own = getattr(thing, "__module__", None) == name
        if is_own and not attribute.startswith("_") and (inspect.isfunction(thing) or inspect.isclass(thing)):
            assert thing.__doc__, f"{name}.{attribute} has no docstring"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_documented(name: str, readme: str) -> None:
    """Each command and each of its options has a help text, and the README names the command."""
    command = get_command(app).commands[name]  # type: ignore[attr-defined]  # a group has commands
    assert command.help
    for parameter in command.params:
        assert parameter.param_type_name == "argument" or parameter.help, f"{name} {parameter.name}"
    assert f"overtones {name}" in readme


def test_tables_page_is_up_to_date(root: Path) -> None:
    """docs/tables.md is up to date; `make docs` writes it."""
    assert (root / "docs" / "tables.md").read_text("utf-8") == data_dictionary_as_markdown()


def test_metric_reference_is_up_to_date(root: Path) -> None:
    """docs/metric_reference.md is up to date; `make docs` writes it."""
    assert (root / "docs" / "metric_reference.md").read_text("utf-8") == metrics_as_markdown()


@pytest.mark.parametrize("name", TABLES)
def test_readme_names_every_table(name: str, readme: str) -> None:
    """The README mentions each table."""
    assert f"`{name}`" in readme
