"""`overtones evaluate` and `overtones fit`, and a run with the scorer that was fitted."""

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
    """Sentences of six documents in which people marked each "gribble", and no "despot"."""
    records = [
        record
        for name in NAMES
        for record in (
            {"text": f"The {name} met gribble people.", "label": 1, "doc": name,
             "spans": [{"start": len(name) + 9, "end": len(name) + 16, "category": "odd"}]},
            {"text": f"The {name} met the despot.", "label": 0, "doc": name, "spans": []},
            {"text": f"The {name} met on Monday.", "label": 0, "doc": name, "spans": []},
        )
    ]  # fmt: skip
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return path


@pytest.fixture
def scorer(corpus: Path, overtones: Overtones) -> Path:
    """A scorer fitted on them."""
    path = corpus.with_suffix(".scorer")
    done = overtones("fit", corpus, "--out", path, "--ngrams", "words", "--resamples", "10")
    assert done.returncode == Exit.DONE, done.stderr
    return path


class TestEvaluate:
    @pytest.mark.parametrize("option", ["--text-field", "--label-field", "--spans-field", "--document-field"])
    def test_field_that_no_record_has(self, overtones: Overtones, corpus: Path, option: str) -> None:
        """For a misspelt name of a field, the message lists the existing fields, also for an optional field."""
        done = overtones("evaluate", corpus, option, "txet")
        assert done.returncode == Exit.USAGE
        assert f"no record has a field 'txet' ({option}); the fields are: text, label, doc, spans\n" in done.stderr

    def test_prints_a_table(self, overtones: Overtones, corpus: Path) -> None:
        """Each level has a block, each method a line; methods that are not installed are listed."""
        done = overtones("evaluate", corpus, "--resamples", "20")
        assert done.returncode == Exit.DONE, done.stderr
        blocks = done.stdout.split("\n\n")
        assert [block.split()[0] for block in blocks] == ["words", "texts", "hits"]
        assert all("overtones" in block and "vader" in block for block in blocks)
        assert "18 texts of 6 documents, 6 loaded, 6 annotated spans" in done.stderr

    def test_json(self, overtones: Overtones, corpus: Path) -> None:
        """With --json the results are one value with the corpus' hash; marked words that the lexicon lacks are missed."""
        result = json.loads(overtones("evaluate", corpus, "--resamples", "20", "--json").stdout)
        assert result["corpus_sha256"] == sha256(corpus.read_bytes()).hexdigest()
        figures = {(row["level"], row["measure"]): row for row in result["results"] if row["method"] == "overtones"}
        assert figures["word", "recall"]["value"] == 0
        assert figures["sentence", "auc"]["low"] <= figures["sentence", "auc"]["value"] == pytest.approx(0.25)

    def test_judges_a_scorer(self, overtones: Overtones, corpus: Path, scorer: Path) -> None:
        """A scorer has a line of its own, with a warning if it was fitted on the same texts."""
        done = overtones("evaluate", corpus, "--scorer", scorer, "--resamples", "20", "--json")
        figures = {
            (row["method"], row["level"], row["measure"]): row["value"] for row in json.loads(done.stdout)["results"]
        }
        assert figures["scorer", "word", "f1"] == 1
        assert figures["scorer", "sentence", "auc"] == 1
        assert "was fitted on this corpus" in done.stderr

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
        """A scorer records on what, when, how and how well it was fitted."""
        done = overtones("fit", corpus, "--out", "own.scorer", "--resamples", "10", "--json")
        result = json.loads(done.stdout)
        assert result["corpus_sha256"] == sha256(corpus.read_bytes()).hexdigest()
        assert (result["n_texts"], result["n_loaded_texts"], result["n_marked_words"]) == (18, 6, 6)
        assert result["options"]["ngrams"] == "letters"
        assert {"python", "overtones", "numpy"} == set(result["versions"])
        assert result["fitted_at"].endswith("+00:00")
        assert {(row["level"], row["measure"]) for row in result["cross_validated"]} >= {
            ("word", "f1"),
            ("sentence", "auc"),
        }
        assert corpus.with_name("own.scorer").stat().st_size > 0

    def test_too_little_is_refused(self, overtones: Overtones, corpus: Path) -> None:
        """Data from which nothing can be learnt is exit code 2, and no file is written."""
        corpus.write_text('{"text": "Rain fell.", "label": 0}', "utf-8")
        done = overtones("fit", corpus, "--out", "own.scorer")
        assert done.returncode == Exit.USAGE
        assert "nothing to learn" in done.stderr
        assert not corpus.with_name("own.scorer").exists()


class TestRunWithScorer:
    def test_tables_follow_the_scorer(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Overtones, scorer: Path
    ) -> None:
        """Terms weigh what people marked; the scorer's hash is in `runs`; without the scorer the tables differ."""
        top = folder({"a.txt": "The crew met gribble people.\n\nThe crew met the despot.\n"})
        for out, arguments in (("plain", ()), ("fitted", ("--scorer", scorer))):
            done = overtones("run", "--no-prefect", top, "--out", out, *arguments)
            assert done.returncode == Exit.DONE, done.stderr
        plain, fitted = (read_table("loaded_terms", tmp_path / out) for out in ("plain", "fitted"))
        assert plain.set_index("term")["weight"].gt(0).to_dict() == {"despot": True}
        assert fitted.set_index("term")["weight"].gt(0).to_dict() == {"gribble": True, "despot": False}
        assert fitted.set_index("term")["rule"]["gribble"] == "scorer"
        sentences = read_table("sentences", tmp_path / "fitted")
        assert sentences["loaded_probability"][0] > 0.5 > sentences["loaded_probability"][1]
        assert (sentences["loaded_score"] > 0).tolist() == [True, False]
        assert read_table("sentences", tmp_path / "plain")["loaded_probability"].isna().all()
        [run] = read_table("runs", tmp_path / "fitted").to_dict("records")
        assert len(run["scorer_sha256"]) == 64
        [run] = read_table("runs", tmp_path / "plain").to_dict("records")
        assert run["scorer_sha256"] is None or run["scorer_sha256"] != run["scorer_sha256"]

    def test_one_article_is_shown_as_a_run_scores_it(
        self, folder: Callable[..., Path], overtones: Overtones, scorer: Path
    ) -> None:
        """`show` takes the scorer as `run` does."""
        article = folder({"a.txt": "The crew met gribble people."}) / "a.txt"
        done = overtones("show", article, "--json", "--scorer", scorer)
        assert done.returncode == Exit.DONE, done.stderr
        assert [term["term"] for term in json.loads(done.stdout)["loaded_terms"]] == ["gribble"]

    def test_another_scorer_is_a_change(
        self, folder: Callable[..., Path], overtones: Overtones, scorer: Path, corpus: Path
    ) -> None:
        """After another scorer is fitted into the same file, everything is analyzed again; after the same one, nothing."""
        top = folder({"a.txt": "The crew met gribble people."})

        def n_new() -> int:
            done = overtones("run", "--no-prefect", "--json", top, "--scorer", scorer)
            assert done.returncode == Exit.DONE, done.stderr
            new = json.loads(done.stdout)["new"]
            assert isinstance(new, int)
            return new

        assert (n_new(), n_new()) == (1, 0)
        overtones("fit", corpus, "--out", scorer, "--ngrams", "none", "--resamples", "10")
        assert n_new() == 1

    def test_scorer_of_another_lexicon_is_refused(
        self, tmp_path: Path, folder: Callable[..., Path], overtones: Overtones, scorer: Path
    ) -> None:
        """A scorer's weights belong to one lexicon: with another, the run does not start."""
        own = tmp_path / "own.toml"
        own.write_text('remove = ["despot"]\n')
        done = overtones("run", "--no-prefect", folder({"a.txt": "Rain fell."}), "--scorer", scorer, "--lexicon", own)
        assert done.returncode == Exit.USAGE
        assert "was fitted with another lexicon" in done.stderr
        done = overtones("run", "--no-prefect", folder({"a.txt": "Rain fell."}), "--scorer", own)
        assert "is not a scorer" in done.stderr
