"""Whole runs through the command, as a user starts them."""

from __future__ import annotations

import functools
import json
import math
import operator
import os
import platform
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from flows import pipeline
from flows.execution import batch
from flows.execution.lock import holding_tables
from flows.settings import Settings
from flows.terminal.console import Exit
from tasks.errors import StoreError
from tasks.measure.tokens import fold_quotes
from tasks.schemas import TABLES
from tasks.store import MANIFEST, list_report_files, mark, read_table, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = (
    "Despot’s ‘brutal’ plan sparks fury\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out of the hall on Monday. "
    "‘We will never yield,’ he said.\n\nIt rained in the afternoon, and the markets closed early.\n"
)


def tables(out: Path) -> dict[str, bytes]:
    """The bytes of every table except `runs`."""
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
        """One run writes nine tables and a report, prints its results on stderr, and nothing else."""
        done = overtones("run", folder({"daily/a.txt": ARTICLE}))
        assert (done.returncode, done.stdout) == (Exit.DONE, ""), done.stderr
        assert "Prefect" not in done.stderr  # nobody asked for it
        assert "1 document, 35 words in" in done.stderr
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

    def test_sentiment_is_explained_if_asked_for(
        self, tmp_path: Path, samples: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """With --explain-sentiment, a paragraph's rows of sentiment_terms add up to the score; else there are none."""
        out = tmp_path / "out"
        overtones("run", "--no-prefect", samples, "--out", out)
        assert read_table("sentiment_terms", out).empty
        overtones("run", "--no-prefect", samples, "--out", out, "--explain-sentiment")
        terms = scan_table("sentiment_terms", out).collect()
        totals = {
            key: functools.reduce(operator.add, rows["valence"].to_list(), 0.0)
            for key, rows in terms.partition_by("document_id", "paragraph_index", as_dict=True).items()
        }
        scored = scan_table("paragraphs", out).filter(pl.col("vader_compound").is_not_null()).collect()
        for document_id, index, compound in scored.select("document_id", "paragraph_index", "vader_compound").rows():
            total = totals.pop((document_id, index), 0.0)
            assert round(total / math.sqrt(total * total + 15), 4) == compound
        assert not totals
        texts = terms.join(scan_table("paragraphs", out).collect(), on=["document_id", "paragraph_index"])
        spans = texts.select("start", "end", "token", "text").rows()
        assert all(fold_quotes(text[start:end]) == token for start, end, token, text in spans if start < end)
        sentences = scan_table("sentences", out).collect()
        assert terms.join(sentences, on=["document_id", "paragraph_index", "sentence_index"]).height == terms.height

    def test_stdin(self, tmp_path: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """`-` reads standard input; its tables are in a separate folder."""
        assert overtones("run", "--no-prefect", "-", stdin=ARTICLE).returncode == Exit.DONE
        assert read_table("documents", tmp_path / "data" / "stdin")["source_uri"].tolist() == ["-"]

    def test_unreadable_file(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """An unreadable file is one row in failures and exit code 3; everything else is written."""
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
        """If all inputs fail, the exit code says so."""
        assert overtones("run", "--no-prefect", folder({"b.txt": bytes(range(256)) * 20})).returncode == Exit.ALL_FAILED

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("run", "nowhere.txt"), "nowhere.txt: no such file or folder"),
            (("run", "--wokers", "2"), "--workers"),
            (("run", "--workers", "-1", "."), "--workers is -1: expected a number of at least 0"),
            (("run", "--config", "none.toml"), "none.toml: no such configuration file"),
            (("schema", "articles"), "the tables are: documents"),
        ],
    )
    def test_usage(
        self, overtones: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...], message: str
    ) -> None:
        """An invalid request is exit code 2 and one message with a solution."""
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

    def test_same_rows_in_batches_of_any_size(
        self, tmp_path: Path, samples: Path, overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """With any number of batches, the tables have the same rows in the same order."""
        for size in ("9000", "20000", "0"):
            done = overtones("run", "--no-prefect", samples, "--out", size, OVERTONES_BATCH_BYTES=size)
            assert done.returncode == Exit.DONE, done.stderr
        for name in set(TABLES) - {"runs"}:
            many, some, one = (scan_table(name, tmp_path / size).collect() for size in ("9000", "20000", "0"))
            assert many.equals(some, null_equal=True)
            assert many.equals(one, null_equal=True)

    def test_only_what_changed_is_analyzed(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A second run has nothing to do, and after a change only that is analyzed; the bytes do not depend on history."""
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

    def test_a_changed_part_is_written_again(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A part file that was truncated is detected and written again."""
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
        """A run on tables that another run is writing reports that run and changes nothing; with --wait it waits."""
        out = tmp_path / "out"
        top = folder({"a.txt": ARTICLE})
        with holding_tables(out, 0):
            done = overtones("run", "--no-prefect", top, "--out", out)
            assert done.returncode == Exit.USAGE
            assert f"process {os.getpid()} on {platform.node()}, since 20" in done.stderr
            assert "wait for it with --wait SECONDS" in done.stderr
            assert not (out / MANIFEST).exists()
            pool = ThreadPoolExecutor()
            later = pool.submit(overtones, "run", "--no-prefect", top, "--out", out, "--wait", "60")
            time.sleep(2)
            assert not later.done()
        assert later.result().returncode == Exit.DONE


class TestTrouble:
    """Errors of the file system, and their moment."""

    def test_place_of_a_folder_is_taken(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A folder that cannot be created is reported with a solution."""
        (tmp_path / "taken").write_text("a file")
        done = overtones("run", "--no-prefect", folder({"a.txt": ARTICLE}), "--out", tmp_path / "taken")
        assert done.returncode == Exit.USAGE
        assert f"--out {tmp_path / 'taken'} is not a folder; choose another: --out NEW" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_no_room_for_a_part(
        self,
        tmp_path: Path,
        folder: Callable[..., Path],
        environment: dict[str, str],
        overtones: Callable[..., subprocess.CompletedProcess[str]],
        workers: str,
    ) -> None:
        """If a part cannot be written, the tables of the last run are kept, and the next run completes the work."""
        top, out = folder({"a.txt": ARTICLE}), tmp_path / "out"
        arguments = ["run", "--no-prefect", str(top), "--out", str(out), "--workers", workers]
        environment |= {"OVERTONES_BATCH_BYTES": "500"}
        assert overtones(*arguments, **environment).returncode == Exit.DONE
        before = tables(out)
        folder({f"{i}.txt": f"{ARTICLE}Number {i}." for i in range(4)})
        # The limit that the system sets to the size of a file stands for the end of the disk: a write that falls short.
        command = ["sh", "-c", 'ulimit -f 12; exec "$@"', "sh", sys.executable, "-m", "flows", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == Exit.USAGE
        assert f"cannot write into {out}: " in done.stderr
        assert "File too large" in done.stderr
        assert "the tables of the last finished run are unchanged" in done.stderr
        assert "Traceback" not in done.stderr
        assert tables(out) == before
        assert overtones(*arguments, **environment).returncode == Exit.DONE
        assert overtones("doctor", "--out", out).returncode == Exit.DONE
        assert len(read_table("documents", out)) == 5

    def test_folder_that_is_lost_in_mid_run(
        self, tmp_path: Path, folder: Callable[..., Path], cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A folder that becomes read-only ends the run with the reason, and the existing tables are kept."""
        monkeypatch.setenv("OVERTONES_CACHE", str(cache))
        settings = Settings(
            source=(str(folder({"a.txt": ARTICLE})),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1
        )
        pipeline.run(settings)
        before = tables(settings.out)
        folder({"b.txt": ARTICLE})
        sound = batch.analyze_batch
        batches = settings.out / ".overtones" / "batches"

        def lose_folder(*args: Any, **kwargs: Any) -> Any:
            batches.rmdir()
            batches.touch()
            return sound(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(batch, "analyze_batch", lose_folder)
            with pytest.raises(StoreError, match=r"cannot write into .*; choose another folder|unchanged"):
                pipeline.run(settings)
        assert tables(settings.out) == before
        batches.unlink()
        assert pipeline.run(settings).counts.documents == 2

    def test_report_that_cannot_be_written(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """If only the report fails, the tables exist, and the message says so."""
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports" / "index.html").mkdir()
        mark(tmp_path / "reports", "report")
        list_report_files(tmp_path / "reports", ["index.html"])
        done = overtones("run", "--no-prefect", folder({"a.txt": ARTICLE}))
        assert done.returncode == Exit.REPORT_FAILED
        assert "the tables were written, but the report was not: " in done.stderr
        assert len(read_table("documents", tmp_path / "data" / "processed")) == 1


class TestTalk:
    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_steps_are_logged(
        self, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]], workers: str
    ) -> None:
        """-v logs steps and batches as text, --log-json as JSON; without these only the result is printed."""
        top = folder({f"{i}.txt": ARTICLE for i in range(3)})
        base = ("run", "--no-prefect", top, "--workers", workers)
        more = {"OVERTONES_BATCH_BYTES": "500"}
        assert "make plan" not in overtones(*base, **more).stderr
        output = overtones(*base, "--full", "-v", **more).stderr
        assert re.search(r"^ +\d+\.\d s  make plan \(seconds=\d", output, re.MULTILINE)
        assert "batches_left=0" in output
        done = overtones(*base, "--full", "--log-json", "--json", **more)
        records = [json.loads(line) for line in done.stderr.splitlines()]
        assert json.loads(done.stdout)["documents"] == 3
        steps = ["make plan", "analyze batches", "publish tables", "write report"]
        assert [line["event"] for line in records if "seconds" in line] == steps
        assert sum(line["documents"] for line in records if line["event"].startswith("batch ")) == 3
