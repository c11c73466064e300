from __future__ import annotations

import gzip
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from flows.terminal import Exit

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
        """Into a pipe goes plain text; nothing is said on stderr."""
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
        """On a terminal there are styles, unless NO_COLOR is set, and lines as wide as the terminal."""
        code, text = in_terminal("show", folder({"a.txt": ARTICLE}) / "a.txt", columns=width, **extra)
        assert code == Exit.DONE
        assert ("\x1b[1;4;31m[deranged]³\x1b[0m" in text) == styled
        longest = max(cell_len(ANSI.sub("", line)) for line in text.splitlines())
        assert width - 12 <= longest <= width

    def test_styles_for_a_pager(self, folder: Callable[..., Path], overtones: Command) -> None:
        """FORCE_COLOR gives styles to a pipe, and NO_COLOR takes them away again."""
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
        """Of several records the first is shown, with a word on the others; --record takes another."""
        lines = [json.dumps({"id": f"story-{i}", "text": f"Number {i}. {ARTICLE}"}) for i in range(7)]
        path = folder({"news.jsonl": "\n".join(lines)}) / "news.jsonl"
        first = overtones("show", path)
        assert "Number 0." in first.stdout
        assert "holds 7 records" in first.stderr
        assert "story-4 and 2 more" in first.stderr
        assert "Number 5." in overtones("show", path, "--record", "story-5").stdout
        wrong = overtones("show", path, "--record", "stroy-5")
        assert wrong.returncode == Exit.USAGE
        assert "has no record 'stroy-5'" in wrong.stderr
        assert "Did you mean 'story-5'" in wrong.stderr

    def test_records_with_stray_bytes(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Bytes that are not UTF-8 are repaired in the record that is shown, and told with that record only."""
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
            (("articles",), Exit.USAGE, "`overtones run articles` analyzes all of it"),
            (("articles/x.txt",), Exit.ALL_FAILED, "a PNG image"),
            (("articles/e.jsonl",), Exit.ALL_FAILED, "holds no record"),
            (("articles/a.txt", "--record", "3"), Exit.USAGE, "it is one article, without records"),
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
        """What cannot be shown is one message on stderr, with the way out, and an exit code."""
        png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
        folder({"x.txt": png, "e.jsonl": "", "a.txt": ARTICLE, "t.csv": "a,b\n1,2\n"})
        done = overtones("show", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr

    def test_options_of_a_run_apply(self, tmp_path: Path, folder: Callable[..., Path], overtones: Command) -> None:
        """Configuration counts here, too, and --verbatim shows the damage."""
        (tmp_path / "pyproject.toml").write_text('[tool.overtones]\ntext_field = "body"\n')
        top = folder({"a.jsonl": json.dumps({"body": ARTICLE}), "b.txt": ARTICLE})
        assert "[deranged]³" in overtones("show", top / "a.jsonl").stdout
        assert "‚ÄĒ" in overtones("show", top / "b.txt", "--verbatim").stdout

    def test_imports_only_what_is_needed(self, folder: Callable[..., Path], overtones: Command) -> None:
        """Neither pandas nor Prefect nor textstat is imported on the way: each takes longer than all the rest."""
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
