"""Whole runs through the command, as a user would start them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.cli import Exit
from tasks.schemas import TABLES
from tasks.store import MANIFEST, read_table, scan_table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = (
    "Despot’s ‘brutal’ plan sparks fury\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out of the hall on Monday. "
    "‘We will never yield,’ he said.\n\nIt rained in the afternoon, and the markets closed early.\n"
)


def tables(out: Path) -> dict[str, bytes]:
    """The bytes of every table but `runs`."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for name in TABLES
        if name != "runs"
        for path in sorted((out / name).glob("*.parquet"))
    }


class TestRun:
    def test_article_becomes_tables_and_a_report(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """One run writes eight tables and a report, tells on stderr what it found, and prints nothing else."""
        done = overtones("run", folder({"daily/a.txt": ARTICLE}))
        assert (done.returncode, done.stdout) == (Exit.DONE, ""), done.stderr
        assert "No Prefect server is configured" in done.stderr
        assert "1 documents" in done.stderr
        out = tmp_path / "data" / "processed"
        assert all((out / name).is_dir() for name in TABLES)
        paragraphs = scan_table("paragraphs", out).collect()
        assert "deranged despot — as he is called — stormed" in paragraphs["text"][1]
        terms = scan_table("loaded_terms", out).collect()
        assert {"deranged", "despot"} <= set(terms.filter(pl.col("voice") == "author")["term"])
        [run] = read_table("runs", out).to_dict("records")
        assert json.loads(run["versions"])["textstat"] == "0.7.13"
        assert (run["n_documents"], run["n_new"], run["n_failed"]) == (1, 1, 0)
        assert (tmp_path / "reports" / "index.html").is_file()

    def test_json_is_all_of_stdout(
        self, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """With --json, stdout is one JSON value."""
        done = overtones("run", "--no-prefect", "--json", folder({"a.txt": ARTICLE}))
        assert json.loads(done.stdout)["documents"] == 1

    def test_stdin(self, tmp_path: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """`-` reads standard input."""
        assert overtones("run", "--no-prefect", "-", stdin=ARTICLE).returncode == Exit.DONE
        assert read_table("documents", tmp_path / "data" / "processed")["source_uri"].tolist() == ["-"]

    def test_unreadable_file(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A file that cannot be read is one row in failures and exit code 3; everything else is written."""
        top = folder({"a.txt": ARTICLE, "b.txt": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "c.txt": ARTICLE})
        done = overtones("run", "--no-prefect", top)
        assert done.returncode == Exit.SOME_FAILED
        out = tmp_path / "data" / "processed"
        [failure] = read_table("failures", out).to_dict("records")
        assert (failure["source_uri"], failure["stage"], failure["error"]) == ("b.txt", "decode", "DecodingError")
        assert "a PNG image" in failure["message"]
        documents = read_table("documents", out)
        assert documents["source_uri"].tolist() == ["a.txt", "c.txt"]
        assert documents["duplicate_of"].tolist()[1] == documents["document_id"][0]
        assert "Traceback" not in done.stderr

    def test_nothing_can_be_read(
        self, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """Where all inputs fail, the exit code says so."""
        assert overtones("run", "--no-prefect", folder({"b.txt": bytes(range(256)) * 20})).returncode == Exit.ALL_FAILED

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("run", "nowhere.txt"), "nowhere.txt: no such file or folder"),
            (("run", "--wokers", "2"), "--workers"),
            (("run", "--workers", "-1", "."), "workers (command line)"),
            (("run", "--config", "none.toml"), "--config none.toml: no such file"),
            (("schema", "articles"), "the tables are: documents"),
        ],
    )
    def test_usage(
        self, overtones: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...], message: str
    ) -> None:
        """A request that makes no sense is exit code 2 and one message with the way out."""
        done = overtones(*arguments)
        assert done.returncode == Exit.USAGE
        assert message in done.stderr
        assert "Traceback" not in done.stderr


class TestAgain:
    def test_same_bytes_at_any_number_of_workers(
        self, tmp_path: Path, samples: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """One process and two write the same bytes in every table but runs."""
        for workers in ("1", "2"):
            done = overtones(
                "run", "--no-prefect", samples, "--out", workers, "--workers", workers, OVERTONES_BATCH_BYTES="9000"
            )
            assert done.returncode == Exit.DONE, done.stderr
        one, two = tables(tmp_path / "1"), tables(tmp_path / "2")
        assert len([name for name in one if name.startswith("documents/")]) > 2
        assert one == two

    def test_only_what_changed_is_analyzed(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A second run does nothing; a change, an addition and a removal cost what they are; the bytes tell no history."""
        top = folder({f"{i}.txt": f"{ARTICLE}Number {i}." for i in range(6)})
        out = tmp_path / "out"

        def counts(*arguments: str) -> tuple[int, int]:
            done = overtones("run", "--no-prefect", "--json", top, "--out", out, *arguments)
            assert done.returncode == Exit.DONE, done.stderr
            result = json.loads(done.stdout)
            return result["new"], result["unchanged"]

        assert counts() == (6, 0)
        first = tables(out)
        assert counts() == (0, 6)
        assert tables(out) == first
        os.utime(top / "3.txt", (1, 1))
        assert counts() == (0, 6)
        (top / "3.txt").write_text("It was quite different, after all, and nobody minded.")
        (top / "6.txt").write_text(ARTICLE)
        (top / "0.txt").unlink()
        assert counts() == (2, 4)
        changed = tables(out)
        assert counts("--full") == (6, 0)
        assert tables(out) == changed
        assert counts("--verbatim") == (6, 0)
        assert counts() == (6, 0)

    def test_altered_part_is_made_anew(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A part file that was cut afterwards is noticed and written again."""
        top, out = folder({"a.txt": ARTICLE}), tmp_path / "out"
        overtones("run", "--no-prefect", top, "--out", out)
        first = tables(out)
        [part] = (out / "paragraphs").glob("*.parquet")
        part.unlink()
        part.write_bytes(first[f"paragraphs/{part.name}"][:-50])
        assert overtones("doctor", "--out", out).returncode == Exit.SOME_FAILED
        overtones("run", "--no-prefect", top, "--out", out)
        assert tables(out) == first
        assert overtones("doctor", "--out", out).returncode == Exit.DONE

    def test_two_runs_on_one_folder(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A run that finds another at work says so and touches nothing."""
        from filelock import FileLock

        out = tmp_path / "out"
        (out / ".overtones").mkdir(parents=True)
        with FileLock(out / ".overtones" / "lock"):
            done = overtones("run", "--no-prefect", folder({"a.txt": ARTICLE}), "--out", out)
        assert done.returncode == Exit.USAGE
        assert "another run is writing" in done.stderr
        assert not (out / MANIFEST).exists()


class TestSettings:
    def test_where_values_come_from(
        self, tmp_path: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """The command line beats the environment, which beats the configuration file, which beats the default."""
        (tmp_path / "pyproject.toml").write_text('[tool.overtones]\nout = "from-file"\nworkers = 3\n')
        done = overtones("config", OVERTONES_WORKERS="2")
        assert 'out = "from-file"  # pyproject.toml' in done.stdout
        assert "workers = 2  # environment" in done.stdout
        assert 'reports = "reports"  # default' in done.stdout

    def test_misspelt_key(self, tmp_path: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """A key that there is not is an error that names it and its place."""
        (tmp_path / "pyproject.toml").write_text('[tool.overtones]\nreprots = "x"\n')
        done = overtones("config")
        assert done.returncode == Exit.USAGE
        assert "reprots (pyproject.toml)" in done.stderr
