"""Texts of any length that repeat a single element, and so take the most memory for their size.

`python tests/bench/bench_shapes.py` measures it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _of(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    """A text of about this number of bytes that repeats a piece."""
    return lambda n_bytes: before + piece * (n_bytes // len(piece.encode())) + after


def _records(n_bytes: int) -> str:
    """Records of one letter each, with ids."""
    return "".join(f'{{"id":"{number}","text":"a"}}\n' for number in range(n_bytes // 25))


def _different_words(n_bytes: int) -> str:
    """Words that all differ."""
    return " ".join(f"w{number:x}" for number in range(n_bytes // 7))


SHAPES: dict[str, Callable[[int], str]] = {
    "a letter a paragraph.txt": _of("a\n\n"),
    "a letter a line.txt": _of("a\n"),
    "a letter a line, CRLF.txt": _of("a\r\n"),
    "a word a line.txt": _of("market\n"),
    "a word a paragraph.txt": _of("Market\n\n"),
    "line ends.txt": _of("\n"),
    "headings.txt": _of("A Title\n\n"),
    "bullets.txt": _of("• a\n"),
    "pipes in lines.txt": _of("a | b | c\n"),
    "pipes.txt": _of("|"),
    "sentences of a letter.txt": _of("A. B. C. "),
    "cries of a letter.txt": _of("A! "),
    "sentences of three letters, in paragraphs.txt": _of("A. B. C.\n\n"),
    "straight marks.txt": _of('"'),
    "straight marks and spaces.txt": _of('" '),
    "curly marks.txt": _of("“”"),
    "quotations of a letter.txt": _of("“a” "),
    "quotations of a letter, straight.txt": _of('"a" '),
    "quotations of a letter, in paragraphs.txt": _of("“a”\n\n"),
    "speech of a letter.txt": _of("“A,” he said. "),
    "loaded terms.txt": _of("despot "),
    "loaded terms, in paragraphs.txt": _of("despot\n\n"),
    "loaded terms, in sentences.txt": _of("Despot! "),
    "mojibake.txt": _of("â€™"),
    "mojibake and spaces.txt": _of("â€™ "),
    "mojibake in Cyrillic.txt": _of("Ð¿ привет мир "),
    "entities.txt": _of("&amp;"),
    "soft hyphens.txt": _of("a\N{SOFT HYPHEN}"),
    "zero-width spaces.txt": _of("\N{ZERO WIDTH SPACE}"),
    "control characters and spaces.txt": _of("\x97 "),
    "punctuation.txt": _of("!?.,;:"),
    "punctuation and spaces.txt": _of("!?.,;: "),
    "full stops and spaces.txt": _of(". "),
    "letters and spaces.txt": _of("a "),
    "names.txt": _of("Nora Faber "),
    "different words.txt": _different_words,
    "ideographs.txt": _of("中"),
    "bullets.md": _of("- a\n"),
    "headings.md": _of("# A\n\n"),
    "italics.md": _of("*a* "),
    "table.md": _of("| a | b |\n", "| a | b |\n|---|---|\n"),
    "paragraphs.html": _of("<p>x</p>", "<html><body><article>", "</article></body></html>"),
    "line breaks.html": _of("<br>x", "<html><body>", "</body></html>"),
    "records of a letter.jsonl": _records,
    "records of a letter without ids.jsonl": _of('{"text":"a"}\n'),
    "rows of a letter.csv": _of("a\n", "text\n"),
    "news.txt": _of(
        "The deranged regime slammed its critics, and Nora Faber said on Monday that nobody had told her so. "
        "The water stood at the second step of the town hall.\n\n"
    ),
}
"""By the name of a file, which says how it is read."""
