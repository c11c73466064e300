"""`overtones evaluate` and `overtones fit`, and a run with the judge that was fitted."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]

NAMES = ("council", "board", "court", "party", "paper", "union")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Sentences of six documents in which people marked each "brutal", and no "despot"."""
    records = [
        record
        for name in NAMES
        for record in (
            {"text": f"The {name} was brutal.", "label": 1, "doc": name,
             "spans": [{"start": len(name) + 9, "end": len(name) + 15, "category": "odd", "voice": "author"}],
             "again": [{"start": len(name) + 5, "end": len(name) + 15}]},
            {"text": f"The {name} met the despot.", "label": 0, "doc": name, "spans": []},
            {"text": f"The {name} met on Monday.", "label": 0, "doc": name, "spans": []},
        )
    ] * 3  # fmt: skip
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return path


@pytest.fixture
def judge(corpus: Path, overtones: Overtones) -> Path:
    """A judge fitted on them."""
    path = corpus.with_suffix(".judge")
    done = overtones("fit", corpus, "--out", path, "--resamples", "10")
    assert done.returncode == Exit.DONE, done.stderr
    return path


class TestEvaluate:
    @pytest.mark.parametrize("option", ["--text-field", "--label-field", "--spans-field", "--document-field"])
    def test_field_that_no_record_has(self, overtones: Overtones, corpus: Path, option: str) -> None:
        """For a misspelt name of a field, the message lists the existing fields, also for an optional field."""
        done = overtones("evaluate", corpus, option, "txet")
        assert done.returncode == Exit.USAGE
        assert (
            f"no record has a field 'txet' ({option}); the fields are: text, label, doc, spans, again\n" in done.stderr
        )

    def test_prints_a_table(self, overtones: Overtones, corpus: Path) -> None:
        """Each level has a block, each method a line; methods that are not installed are listed."""
        done = overtones("evaluate", corpus, "--resamples", "20")
        assert done.returncode == Exit.DONE, done.stderr
        blocks = done.stdout.split("\n\n")
        assert [block.split()[0] for block in blocks] == ["words", "texts", "hits"]
        assert all("overtones" in block and "vader" in block for block in blocks)
        assert "54 texts of 6 documents, 18 loaded, 18 annotated spans" in done.stderr

    def test_json(self, overtones: Overtones, corpus: Path) -> None:
        """With --json the results are one value with the corpus' hash; marked words that the lexicon lacks are missed."""
        result = json.loads(overtones("evaluate", corpus, "--resamples", "20", "--json").stdout)
        assert result["corpus_sha256"] == sha256(corpus.read_bytes()).hexdigest()
        figures = {(row["level"], row["measure"]): row for row in result["results"] if row["method"] == "overtones"}
        assert figures["word", "recall"]["value"] == 1
        assert figures["word", "precision"]["value"] == pytest.approx(0.5)
        assert figures["sentence", "auc"]["low"] <= figures["sentence", "auc"]["value"]

    def test_evaluates_a_judge(self, overtones: Overtones, corpus: Path, judge: Path) -> None:
        """A judge has a line of its own, with a warning if it was fitted on the same texts."""
        done = overtones("evaluate", corpus, "--judge", judge, "--resamples", "20", "--json")
        figures = {
            (row["method"], row["level"], row["measure"]): row["value"] for row in json.loads(done.stdout)["results"]
        }
        assert figures["own judge", "word", "f1"] == 1
        assert figures["own judge", "hit", "f1"] == 1
        assert "was fitted on this corpus" in done.stderr

    def test_readings_and_neutral_texts(self, overtones: Overtones, corpus: Path, folder: Callable[..., Path]) -> None:
        """A second reading has a line beside the author's terms, and neutral texts give a rate."""
        neutral = folder({"n.jsonl": json.dumps({"text": "Rain fell. " * 50})}) / "n.jsonl"
        done = overtones(
            "evaluate", corpus, "--voice", "author", "--second-spans-field", "again", "--neutral", neutral,
            "--resamples", "10", "--json",
        )  # fmt: skip
        result = json.loads(done.stdout)
        figures = {(row["method"], row["level"], row["measure"]): row["value"] for row in result["results"]}
        assert figures["second reading", "hit", "f1"] == 1
        assert figures["overtones", "hit", "recall"] == 1
        assert result["neutral"] == {"per_1000_words": 0.0, "n_words": 100}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ('{"text": "a", "label": 1}\n{"text": "b"', "line 2: Expecting"),
            ('{"text": "a", "label": "SUBJ"}', "line 1: label is 'SUBJ'"),
            ('{"sentence": "a", "label": 1}', "no text in the field 'text'; its fields are 'sentence', 'label'"),
            ("", "has no text of 1 or more words"),
        ],
    )
    def test_bad_lines_are_named(self, overtones: Overtones, corpus: Path, content: str, message: str) -> None:
        """A line that is not an annotated text is exit code 2, with its file and number."""
        corpus.write_text(content, "utf-8")
        done = overtones("evaluate", corpus)
        assert done.returncode == Exit.USAGE
        assert str(corpus) in done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr

    def test_unknown_categories_are_reported(self, overtones: Overtones, corpus: Path) -> None:
        """A category that no span has is an error, not a corpus without spans."""
        assert "no span of category even" in overtones("evaluate", corpus, "--category", "even").stderr


class TestFit:
    def test_provenance(self, overtones: Overtones, corpus: Path) -> None:
        """A judge records on what, when, how and how well it was fitted."""
        done = overtones("fit", corpus, "--out", "own.judge", "--resamples", "10", "--json")
        result = json.loads(done.stdout)
        assert result["corpus_sha256"] == sha256(corpus.read_bytes()).hexdigest()
        assert (result["texts"], result["proposed terms"], result["marked terms"]) == ("54", "36", "18")
        assert {"versions", "lexicon_sha256", "cross-validated, hit f1"} <= result.keys()
        assert result["fitted at"].endswith("+00:00")
        assert corpus.with_name("own.judge").stat().st_size > 0

    def test_too_little_is_refused(self, overtones: Overtones, corpus: Path) -> None:
        """Data from which nothing can be learnt is exit code 2, and no file is written."""
        corpus.write_text('{"text": "Rain fell.", "label": 0}', "utf-8")
        done = overtones("fit", corpus, "--out", "own.judge")
        assert done.returncode == Exit.USAGE
        assert "nothing to learn" in done.stderr
        assert not corpus.with_name("own.judge").exists()

    def test_other_files_are_not_replaced(
        self, overtones: Overtones, corpus: Path, folder: Callable[..., Path]
    ) -> None:
        """A file that is no judge is never written over."""
        notes = folder({"notes.txt": "Rain fell."}) / "notes.txt"
        done = overtones("fit", corpus, "--out", notes)
        assert done.returncode == Exit.USAGE
        assert notes.read_text("utf-8") == "Rain fell."


class TestRunWithJudge:
    def test_tables_follow_the_judge(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Overtones, judge: Path
    ) -> None:
        """Only terms that people marked are rows; the judge's hash is in `runs`."""
        top = folder({"a.txt": "The crew was brutal.\n\nThe crew met the despot.\n"})
        for out, arguments in (("plain", ()), ("fitted", ("--judge", judge))):
            done = overtones("run", "--no-prefect", top, "--out", out, *arguments)
            assert done.returncode == Exit.DONE, done.stderr
        plain, fitted = (read_table("loaded_terms", tmp_path / out) for out in ("plain", "fitted"))
        assert set(plain["term"]) == {"brutal", "despot"}
        assert set(fitted["term"]) == {"brutal"}
        sentences = read_table("sentences", tmp_path / "fitted")
        assert sentences["loaded_probability"][0] > 0.5 > sentences["loaded_probability"][1]
        assert (sentences["loaded_score"] > 0).tolist() == [True, False]
        hashes = {read_table("runs", tmp_path / out)["judge_sha256"].item() for out in ("plain", "fitted")}
        assert [len(one) for one in hashes] == [64, 64]

    def test_one_article_is_shown_as_a_run_scores_it(
        self, folder: Callable[..., Path], overtones: Overtones, judge: Path
    ) -> None:
        """`show` takes the judge as `run` does."""
        article = folder({"a.txt": "The crew was brutal. The crew met the despot."}) / "a.txt"
        done = overtones("show", article, "--json", "--judge", judge)
        assert done.returncode == Exit.DONE, done.stderr
        assert [term["term"] for term in json.loads(done.stdout)["loaded_terms"]] == ["brutal"]

    def test_another_judge_is_a_change(
        self, folder: Callable[..., Path], overtones: Overtones, judge: Path, corpus: Path
    ) -> None:
        """After another judge is fitted into the same file, everything is analyzed again; after the same one, nothing."""
        top = folder({"a.txt": "The crew was brutal."})

        def n_new() -> int:
            done = overtones("run", "--no-prefect", "--json", top, "--judge", judge)
            assert done.returncode == Exit.DONE, done.stderr
            new = json.loads(done.stdout)["new"]
            assert isinstance(new, int)
            return new

        assert (n_new(), n_new()) == (1, 0)
        lines = corpus.read_text("utf-8").splitlines()
        corpus.write_text("\n".join(lines[:36]), "utf-8")
        overtones("fit", corpus, "--out", judge, "--resamples", "10")
        assert n_new() == 1

    def test_other_file_is_no_judge(self, folder: Callable[..., Path], overtones: Overtones, tmp_path: Path) -> None:
        """A file that is not a judge is an error before the run starts."""
        own = tmp_path / "own.toml"
        own.write_text('remove = ["despot"]\n')
        done = overtones("run", "--no-prefect", folder({"a.txt": "Rain fell."}), "--judge", own)
        assert done.returncode == Exit.USAGE
        assert "is not a judge" in done.stderr
