"""The name of a schedule, its lock, and the settings that its runs may change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.scheduling.deployments import (
    SETTINGS_FILE,
    check_name,
    check_settings_of_schedule,
    default_name,
    locked_schedule,
)
from flows.scheduling.schedule import parameters_of
from flows.settings import Settings
from tasks.errors import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PREFECT_HOME that does not exist yet, and a working folder."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def _settings(**values: object) -> Settings:
    return Settings.model_validate({"source": ("articles",), "out": "tables", "reports": "report"} | values)


def test_default_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sources and output have the same name, however they are written; others have another."""
    name = default_name(_settings())
    assert name.startswith("articles-")
    assert default_name(_settings(source=(str(tmp_path / "articles"),), out=str(tmp_path / "tables"))) == name
    others = [_settings(source=("b/articles",)), _settings(source=("articles", "more")), _settings(out="b/tables")]
    monkeypatch.chdir("/")
    names = {name, default_name(_settings()), *map(default_name, others)}
    assert len(names) == 5


@pytest.mark.parametrize(
    "source", ["a/50% & <more>", "a/line\nbreak", "a/" + "x" * 200, "s3://key:secret@bucket/a?sig=secret"]
)
def test_default_names_are_valid(source: str) -> None:
    """The default name is valid for Prefect, short and without secrets, whatever the name of the folder."""
    name = default_name(_settings(source=(source,)))
    check_name(name)
    assert len(name) < 80
    assert "secret" not in name


@pytest.mark.parametrize("name", ["", " ", "a/b", "50%", "a&b", "<a>", "a\nb"])
def test_invalid_names(name: str) -> None:
    """A name that Prefect does not accept raises an error."""
    with pytest.raises(UsageError, match="--name"):
        check_name(name)


def test_locked_schedule(home: Path) -> None:
    """A schedule is run by one command at a time; other names do not matter, and only a lock file remains."""
    with locked_schedule("daily", {"source": ["a"]}) as path, locked_schedule("weekly", {}):
        assert json.loads(path.read_text("utf-8"))["settings"] == {"source": ["a"]}
        with (
            pytest.raises(
                UsageError, match=r"'daily' is already running .process \d+.; stop it, or choose another --name"
            ),
            locked_schedule("daily", {}),
        ):
            pass
    assert not path.exists()
    with locked_schedule("daily", {}):
        pass
    for path in (home, *home.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """The settings of a schedule; this process is one of its runs."""
    settings = _settings(lexicon=("mine.csv",), judge="mine.judge", text_field="body")
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps({"name": "daily", "settings": parameters_of(settings)}))
    monkeypatch.setenv(SETTINGS_FILE, str(path))
    return Settings.model_validate(parameters_of(settings))


def test_settings_that_a_run_may_change(scheduled: Settings) -> None:
    """A run may change how it works."""
    check_settings_of_schedule(scheduled)
    check_settings_of_schedule(scheduled.model_copy(update={"full": True, "workers": 3, "max_seconds": 9.0}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", ("/etc",)), ("out", Path("/srv/other")), ("out_address", "s3://other"), ("reports", Path("/srv/other")),
        ("reports_address", "s3://other"), ("lexicon", ()), ("judge", None), ("dask", "tcp://other:1"),
        ("text_field", "text"), ("verbatim", True),
    ],
)  # fmt: skip
def test_settings_that_a_run_may_not_change(scheduled: Settings, field: str, value: object) -> None:
    """A run may not change what is read, measured or written; the message names the setting."""
    with pytest.raises(
        UsageError, match=f"a run of the schedule 'daily' cannot change {field}, only batch_bytes, full, "
    ):
        check_settings_of_schedule(scheduled.model_copy(update={field: value}))


def test_missing_file(scheduled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a schedule whose settings cannot be read does nothing."""
    monkeypatch.setenv(SETTINGS_FILE, "/nowhere")
    with pytest.raises(UsageError, match="cannot read the settings of this schedule"):
        check_settings_of_schedule(scheduled)


def test_other_runs_are_not_restricted() -> None:
    """A run that does not belong to a schedule may have any settings."""
    check_settings_of_schedule(_settings(source=("/etc",)))


def test_paths_are_absolute(tmp_path: Path) -> None:
    """The parameters of a schedule have absolute paths."""
    given = parameters_of(_settings(lexicon=("mine.csv",), judge="mine.judge"))
    assert given["source"] == [str(tmp_path / "articles")]
    assert given["lexicon"] == [str(tmp_path / "mine.csv")]
    assert [given[name] for name in ("out", "reports", "judge")] == [
        str(tmp_path / name) for name in ("tables", "report", "mine.judge")
    ]
