from __future__ import annotations

import gzip
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from flows.terminal.console import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

ARTICLE = (
    "Despot’s ‘brutal’ plan sparks fury\n\nThe deranged despot ‚ÄĒ as he is called ‚ÄĒ stormed out of the hall on Monday. "
    "‘This is a shameless betrayal,’ Nora Faber said, ‘and we will never yield to it, whatever they say.’ Nobody answered her at all.\n\nIt rained in the afternoon, "
    "and the markets of the old town closed early.\n"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class TestShow:
    def test_plain_when_piped(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Output to a pipe is plain text; nothing is written to stderr."""
        done = overtones("show", folder({"a.txt": ARTICLE}) / "a.txt")
        assert (done.returncode, done.stderr) == (Exit.DONE, "")
        assert done.stdout.startswith("Despot’s ‘brutal’ plan sparks fury\n")
        assert "\x1b" not in done.stdout

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
    @pytest.mark.parametrize(("width", "extra", "styled"), [(60, {}, True), (160, {"NO_COLOR": "1"}, False)])
    def test_terminal(
        self,
        folder: Callable[..., Path],
        in_terminal: Callable[..., tuple[int, str]],
        width: int,
        extra: dict[str, str],
        styled: bool,
    ) -> None:
        """On a terminal there are styles, unless NO_COLOR is set, and lines of the terminal's width."""
        code, text = in_terminal("show", folder({"a.txt": ARTICLE}) / "a.txt", columns=width, **extra)
        assert code == Exit.DONE
        assert ("\x1b[1;4;31m[deranged]³\x1b[0m" in text) == styled
        longest = max(cell_len(ANSI.sub("", line)) for line in text.splitlines())
        assert width - 12 <= longest <= width

    def test_styles_for_a_pager(self, folder: Callable[..., Path], overtones: Command) -> None:
        """FORCE_COLOR enables styles in a pipe, and NO_COLOR disables them again."""
        path = folder({"a.txt": "The deranged despot wept."}) / "a.txt"
        assert "\x1b[1;4;31m" in overtones("show", path, FORCE_COLOR="1").stdout
        assert "\x1b" not in overtones("show", path, FORCE_COLOR="1", NO_COLOR="1").stdout

    def test_stdin_and_formats(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Standard input, Markdown and compressed files are read as `run` reads them."""
        top = folder({"a.md": f"# Fury\n\n{ARTICLE}", "b.txt.gz": gzip.compress(ARTICLE.encode())})
        for arguments, stdin in ((("-",), ARTICLE), ((top / "a.md",), ""), ((top / "b.txt.gz",), "")):
            done = overtones("show", *arguments, stdin=stdin)
            assert "[deranged]³" in done.stdout, done.stderr
            assert ("standard input" in done.stdout) == (arguments == ("-",))

    def test_json(self, folder: Callable[..., Path], overtones: Command) -> None:
        """With --json, stdout is the rows of the tables."""
        done = overtones("show", "--json", folder({"2025-03-02-a.txt": ARTICLE}) / "2025-03-02-a.txt")
        rows = json.loads(done.stdout)
        assert rows["documents"][0]["published_at"].startswith("2025-03-02")
        assert {term["term"] for term in rows["loaded_terms"]} >= {"despot", "deranged"}
        assert len(rows["paragraphs"]) == 3

    def test_records(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Of several records the first is shown, with a note about the others; --record selects another."""
        lines = [json.dumps({"id": f"story-{i}", "text": f"Number {i}. {ARTICLE}"}) for i in range(7)]
        path = folder({"news.jsonl": "\n".join(lines)}) / "news.jsonl"
        first = overtones("show", path)
        assert "Number 0." in first.stdout
        assert "has 7 records" in first.stderr
        assert "story-4 and 2 more" in first.stderr
        assert "Number 5." in overtones("show", path, "--record", "story-5").stdout
        wrong = overtones("show", path, "--record", "stroy-5")
        assert wrong.returncode == Exit.USAGE
        assert "has no record 'stroy-5'" in wrong.stderr
        assert "Did you mean 'story-5'" in wrong.stderr

    def test_records_with_stray_bytes(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Bytes that are not UTF-8 are repaired in the record that is shown, and reported with that record only."""
        lines = [f'{{"id": "{i}", "text": "The café’s owner @ a despot @ left. Number {i}."}}' for i in range(3)]
        path = folder({"news.jsonl": "\n".join(lines).encode().replace(b"@", b"\x97")}) / "news.jsonl"
        done = overtones("show", path, "--record", "1")
        assert done.returncode == Exit.DONE, done.stderr
        assert "The café’s owner — a [despot]³ — left. Number 1." in done.stdout
        assert "2 repairs" in done.stdout

    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (("nowhere.txt",), Exit.USAGE, "nowhere.txt: no such file or folder"),
            (("articles",), Exit.USAGE, "analyze the whole folder with `overtones run articles`"),
            (("articles/x.txt",), Exit.ALL_FAILED, "a PNG image"),
            (("articles/e.jsonl",), Exit.ALL_FAILED, "no record"),
            (("articles/a.txt", "--record", "3"), Exit.USAGE, "it is a single article without records"),
            (("articles/t.csv",), Exit.ALL_FAILED, "--text-field"),
            ((), Exit.USAGE, "Missing argument 'FILE|-'"),
        ],
    )
    def test_bad_input(
        self,
        folder: Callable[..., Path],
        overtones: Command,
        arguments: tuple[str, ...],
        code: Exit,
        message: str,
    ) -> None:
        """An error is one message on stderr with a solution, and an exit code."""
        png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
        folder({"x.txt": png, "e.jsonl": "", "a.txt": ARTICLE, "t.csv": "a,b\n1,2\n"})
        done = overtones("show", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr

    def test_options_of_a_run_apply(self, tmp_path: Path, folder: Callable[..., Path], overtones: Command) -> None:
        """The configuration is used, too, and --verbatim shows the damage."""
        (tmp_path / "pyproject.toml").write_text('[tool.overtones]\ntext_field = "body"\n')
        top = folder({"a.jsonl": json.dumps({"body": ARTICLE}), "b.txt": ARTICLE})
        assert "[deranged]³" in overtones("show", top / "a.jsonl").stdout
        assert "‚ÄĒ" in overtones("show", top / "b.txt", "--verbatim").stdout

    def test_imports_only_what_is_needed(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Neither pandas nor Prefect nor textstat is imported, because each takes longer than everything else."""
        done = overtones("show", folder({"a.txt": ARTICLE}) / "a.txt", PYTHONPROFILEIMPORTTIME="1")
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "polars" in imported
        assert not imported & {
            "pandas",
            "prefect",
            "textstat",
            "jinja2.ext",
            "trafilatura",
            "py3langid",
            "rich.console",
        }

    def test_readme_shows_what_it_prints(self, readme: str, folder: Callable[..., Path], overtones: Command) -> None:
        """The README's paragraph looks in the terminal as the README shows it."""
        damaged = re.findall(r"^```\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)[0]
        [printed] = re.findall(r"^```console\n\$ overtones show one\.txt\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
        folder({"one.txt": damaged}, name=".")
        shown = overtones("show", "one.txt").stdout
        assert shown == printed, "the README shows what `COLUMNS=100 overtones show one.txt` printed before"


class TestWhatATerminalWouldObey:
    EVIL = "in\u202evaders\x1b[31m\u2066"

    def hostile(self, folder: Callable[..., Path]) -> Path:
        """A record with control characters and overrides in every field."""
        text = (
            f"The {self.EVIL} despot raged.\n\n“These shameless thugs {self.EVIL} want war,” said Ann{self.EVIL} Vance."
        )
        record = {"id": f"1\n{self.EVIL}", "title": f"{self.EVIL} title", "source": self.EVIL, "text": text}
        return folder({"a\x1b[2J\n.jsonl": json.dumps(record)}) / "a\x1b[2J\n.jsonl"

    @pytest.mark.parametrize("options", [(), ("--verbatim",), ("--terms", "--repairs"), ("--verbatim", "--terms")])
    def test_is_shown_instead(
        self, folder: Callable[..., Path], called: Callable[..., Any], options: tuple[str, ...]
    ) -> None:
        """Texts, titles and names are shown with their control characters and overrides written out."""
        done = called("show", *options, self.hostile(folder))
        assert done.code == Exit.DONE
        assert all(character.isprintable() or character == "\n" for character in done.out + done.err)
        assert "a‹U+001B›[2J‹U+000A›.jsonl,record1‹U+000A›in‹U+202E›vaders" in re.sub(r"\s", "", done.out)
        if "--verbatim" in options:
            assert "The in‹U+202E›vaders‹U+001B›[31m‹U+2066› [despot]³ " in " ".join(done.out.split())

    def test_is_escaped_in_styles_too(
        self, folder: Callable[..., Path], called: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With colours, the only control characters are those of the colours."""
        monkeypatch.setenv("FORCE_COLOR", "1")
        done = called("show", "--verbatim", "--terms", self.hostile(folder))
        assert "\x1b[1;4;31m" in done.out
        left = ANSI.sub("", done.out)
        assert "\x1b" not in left
        assert "[31m" in left

    def test_data_are_not_escaped(self, folder: Callable[..., Path], called: Callable[..., Any]) -> None:
        """JSON holds the characters themselves, and so does the text that `clean` passes on."""
        path = self.hostile(folder)
        [document] = json.loads(called("show", "--json", "--verbatim", path).out)["documents"]
        assert document["title"] == f"{self.EVIL} title"
        assert document["record"] == f"1\n{self.EVIL}"
        plain = folder({"b.txt": "A mark: \u200f. An isolate: \u2066a\u2069.\n"}) / "b.txt"
        assert "\u200f" in called("clean", plain).out

    def test_is_shown_in_explanations(self, folder: Callable[..., Path], called: Callable[..., Any]) -> None:
        """The explanation of a paragraph is escaped in the same way; its JSON is not."""
        self.hostile(folder)
        done = called("run", "--no-prefect", "--verbatim", "articles", "--out", "t", "--reports", "r")
        assert done.code == Exit.DONE, done.err
        [document_id] = read_table("documents", "t")["document_id"]
        done = called("explain", f"{document_id}:1", "--out", "t")
        assert done.code == Exit.DONE, done.err
        assert all(character.isprintable() or character == "\n" for character in done.out)
        assert "thugs}³ in‹U+202E›vaders‹U+001B›[31m‹U+2066› want" in done.out
        assert (
            self.EVIL
            in json.loads(called("explain", f"{document_id}:1", "--out", "t", "--json").out)["paragraph"]["text"]
        )

    def test_is_not_obeyed_of_the_lexicon(self, folder: Callable[..., Path], called: Callable[..., Any]) -> None:
        """Terms, reasons and names of lexicon files are escaped in the same way."""
        lexicon = (
            '[[group]]\ncategory = "loaded_language"\nintensity = 2\nrule = "x"\nsource = "s\\u202e"\n'
            'reason = "a \\u001b[31m reason"\nterms = ["zor\\u202eble"]\n'
        )
        path = folder({"l\x1b.toml": lexicon}) / "l\x1b.toml"
        for command in (("list", "--lexicon", path), ("check", path), ("show", "zor\u202eble", "--lexicon", path)):
            done = called("lexicon", *command)
            assert all(character.isprintable() or character in "\n\t" for character in done.out + done.err), command
            assert "‹U+001B›" in done.out + done.err or "‹U+202E›" in done.out + done.err, command


def test_closing_words_and_thresholds(tmp_path: Path, called: Callable[..., Any]) -> None:
    """Messages of a run about files with unusual names have no line and no effect but their own."""
    name = "odd\x1b[31m\nmind: all is well\u202e"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{name}.txt").write_text(ARTICLE, "utf-8")
    (tmp_path / "in" / f"{name}.html").write_bytes(bytes(range(256)) * 8)
    done = called("run", "--no-prefect", "in", "--out", f"t{name}", "--reports", f"r{name}", "--fail-on", "n_words > 2")
    assert done.code == Exit.SOME_FAILED
    assert all(character.isprintable() or character == "\n" for character in done.err)
    assert "mind: all is well" not in done.err.splitlines()
    assert "odd‹U+001B›[31m‹U+000A›mind: all is well‹U+202E›.txt" in done.err
    assert "odd‹U+001B›[31m‹U+000A›mind: all is well‹U+202E›.html" in done.err
