"""Annotated texts for `overtones evaluate` and `overtones fit`, and the options to read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.errors import FormatError, SkippedSource, UsageError

if TYPE_CHECKING:
    from tasks.measure.loaded_language import evaluation

CorpusFile = Annotated[
    Path,
    typer.Argument(
        metavar="CORPUS.jsonl", help="Annotated texts: JSON objects with text, label, spans and doc, one per line."
    ),
]
TextField = Annotated[str, typer.Option(help="Field with the text.")]
LabelField = Annotated[str, typer.Option(help="Field with the label: 1 if the text is loaded, else 0.")]
SpansField = Annotated[str, typer.Option(help="Field with the annotated spans: [{start, end, category}].")]
DocumentField = Annotated[str, typer.Option(help="Field with the document that the text belongs to.")]
SecondField = Annotated[
    str, typer.Option("--second-spans-field", help="Field with the spans of a second reading, to compare with.")
]
Voice = Annotated[
    str,
    typer.Option(
        help="Use only spans of this voice (author, quoted, reported), and only the author's terms if it is author."
    ),
]
Category = Annotated[
    list[str] | None,
    typer.Option(help="Use only spans of this category. Can be repeated. [default: all]", show_default=False),
]
MinWords = Annotated[int, typer.Option(help="Ignore texts with fewer words.", min=1)]
Resamples = Annotated[int, typer.Option(help="Bootstrap samples for the confidence intervals.", min=2)]


@dataclass(frozen=True)
class Corpus:
    """Annotated texts, with the path and hash of their file."""

    path: Path
    sha256: str
    """Hash of the content after decompression."""
    rows: list[evaluation.Annotated]

    @property
    def description(self) -> str:
        """The size of the corpus in one line."""
        n_loaded = sum(row.label for row in self.rows)
        n_spans = sum(len(row.spans) for row in self.rows)
        n_documents = len({row.document for row in self.rows})
        return (
            f"{self.path}: {len(self.rows):,} texts of {n_documents:,} documents, {n_loaded:,} loaded, "
            f"{n_spans:,} annotated spans"
        )


def read_corpus(
    path: Path,
    fields: evaluation.AnnotatedFields,
    categories: list[str] | None,
    min_words: int,
    voice: str = "",
) -> Corpus:
    """The annotated texts of a file, also .gz, .bz2 or .zst. UsageError names the file and the lines that are invalid."""
    from tasks.measure.loaded_language.evaluation import read_annotated

    content, lines = _read_lines(path)
    try:
        rows = read_annotated(lines, frozenset(categories or ()), fields, voice)
    except FormatError as error:
        raise UsageError(f"{path}: {error}") from error
    rows = [row for row in rows if len(row.text.split()) >= min_words]
    if not rows:
        raise UsageError(f"{path} has no text of {min_words:,} or more words")
    if categories and not any(row.spans for row in rows):
        raise UsageError(
            f"{path} has no span of category {' or '.join(categories)}; check the categories in its records"
        )
    return Corpus(path, sha256(content).hexdigest(), rows)


def read_texts(path: Path, field: str) -> list[str]:
    """The texts of a JSONL file, also compressed. UsageError names the file and the first line without such a text."""
    texts = []
    for number, line in enumerate(_read_lines(path)[1], 1):
        if line.strip():
            try:
                texts.append(str(json.loads(line)[field]))
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise UsageError(
                    f"{path}: line {number}: not a JSON object with a text in the field {field!r}"
                ) from error
    return texts


def _read_lines(path: Path) -> tuple[bytes, list[str]]:
    """The content of a file and its lines."""
    from tasks.ingest.compression import open_source, read_whole
    from tasks.options import Limits

    try:
        with open_source(path) as stream:
            content = read_whole(stream, Limits.max_unpacked_bytes, "the limit", str(path))
        # str.splitlines would also split at U+2028, which a JSON string may contain.
        return content, content.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: line {line} is not UTF-8 ({error.reason}); save the file as UTF-8") from error
    except SkippedSource as error:
        raise UsageError(f"{path}: {error}") from error
