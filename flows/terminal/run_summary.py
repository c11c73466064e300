"""The summary that a run prints at its end: the main finding, counts, warnings and next steps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.terminal.console import shell_word
from tasks.escaping import escape_name
from tasks.report.phrasing import clip, count, language_name, percent, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.execution.model import Counts, RunResult
    from flows.settings import Settings

_ID_DIGITS = 8
_MANY_REPAIRS = 20
_MAIN_SHARE = 0.5
_FAILURES = {
    "DecodingError": "not readable as text",
    "FormatError": "invalid format",
    "LimitExceeded": "over a size or time limit",
}
"""Short descriptions of frequent errors."""
_DEFAULT_OUT = Path("data/processed")


def run_summary(result: RunResult, settings: Settings, *, next_steps: bool = False) -> str:
    """The main finding, counts, warnings and optional next steps. Control characters in its lines are escaped."""
    lines = [str(result.summary["headline"])] if result.summary.get("headline") else []
    lines += [
        count_line(result.counts, result.seconds),
        f"tables: {result.out}   report: {result.reports / 'index.html'}",
        *([f"note: all documents were analyzed again: {why}"] if (why := result.reanalyzed_because) else []),
        *(f"warning: {warning}" for warning in table_warnings(result)),
        *(f"warning: {warning}" for warning in warnings(result.counts, result.summary, settings.text_field)),
    ]
    if next_steps and result.counts.documents:
        lines += ["next:", *(f"  {step}" for step in _next_steps(result, settings))]
    return "\n".join(map(escape_name, lines))


def count_line(counts: Counts, seconds: float) -> str:
    """The numbers of documents and words, and the time. The speed is given if every document was analyzed.

    >>> from flows.execution.model import Counts
    >>> count_line(Counts(documents=18, new=18, words=6000), 2.0)
    '18 documents, 6,000 words in 2.0 s (3,000 words/s)'
    >>> count_line(Counts(documents=18, new=9, unchanged=9, words=6000), 2.0)
    '18 documents, 6,000 words in 2.0 s (9 new or changed)'
    >>> count_line(Counts(documents=18, unchanged=18, words=6000), 0.4)
    '18 documents, 6,000 words in 0.4 s (none new or changed)'
    """
    size = f"{count(counts.documents, 'document')}, {count(counts.words, 'word')} in {seconds:.1f} s"
    if counts.documents and not counts.new:
        return f"{size} (none new or changed)"
    if counts.unchanged:
        return f"{size} ({counts.new:,} new or changed)"
    return f"{size} ({counts.words / max(seconds, 0.001):,.0f} words/s)"


def table_warnings(result: RunResult) -> Iterator[str]:
    """Warnings about documents that the tables had before this run."""
    counts = result.counts
    if counts.kept and not counts.read:
        yield "no input could be read; the tables were not changed, except `failures` and `runs`"
    elif counts.kept:
        hint = "; see the table `failures`" if counts.failed or counts.skipped else ""
        was, whose = ("was", "its source is") if counts.kept == 1 else ("were", "their sources are")
        yield f"{count(counts.kept, 'document')} of earlier runs {was} kept, because {whose} gone or unreadable{hint}"
    if counts.removed:
        names = ", ".join(printable(name) for name in result.removed)
        more = counts.removed - len(result.removed)
        whose = "its" if counts.removed == 1 else "their"
        yield (
            f"{_is_are(counts.removed, 'source')} gone; {whose} documents were removed from the tables: {names}"
            f"{f' and {more:,} more' if more > 0 else ''} (use --keep-removed to keep them)"
        )
    for name in result.damaged:
        yield f"{name} is damaged and was left out of the table `runs`"


def warnings(counts: Counts, summary: Mapping[str, Any], text_field: str = "text") -> Iterator[str]:
    """What a user of the tables should know, each with what to do; nothing if everything is as expected."""
    failures = summary.get("failures", {})
    yield from _failure_warnings(counts, summary, text_field)
    yield from _unknown_fields(failures)
    yield from _skip_warnings(counts.skipped, failures)
    if n_left_out := failures.get("n_left_out", 0):
        files, hold = ("1 file", "holds") if n_left_out == 1 else (f"{n_left_out:,} files", "hold")
        yield f"{files} {hold} parts that are no articles, such as teasers, which were left out; see LeftOut in the table `failures`"
    yield from _language_warnings(summary.get("corpus", {}))
    if copies := summary.get("corpus", {}).get("n_copies"):
        what = "1 document is a copy" if copies == 1 else f"{copies:,} documents are copies"
        yield f"{what} of another (column `duplicate_of`)"
    yield from _repair_warnings(summary)


def _failure_warnings(counts: Counts, summary: Mapping[str, Any], text_field: str) -> Iterator[str]:
    """Inputs that failed, and tables without the text field."""
    failures = summary.get("failures", {})
    without_field = [kind for kind in failures.get("kinds", []) if kind["error"] == "MissingField"]
    for kind in without_field:
        yield _without_field(kind, text_field)
    if n_failed := counts.failed - sum(kind["n"] for kind in without_field):
        yield f"{count(n_failed, 'input')} failed{_reasons(summary)}; {'see' if n_failed == 1 else 'all are listed in'} the table `failures`"


def _skip_warnings(n_skipped: int, failures: Mapping[str, Any]) -> Iterator[str]:
    if n_skipped == 1:
        yield "1 file is not an article and was skipped; see the table `failures`"
    elif n_skipped:
        kinds = failures.get("skipped_files", [])
        named = ", ".join(f"{kind['n']:,} {printable(kind['kind'])}" for kind in kinds[:_N_KINDS])
        more = ", …" if len(kinds) > _N_KINDS else ""
        which = f" ({named}{more})" if named else ""
        yield f"{n_skipped:,} files are not articles and were skipped{which}; see the table `failures`"


_N_KINDS = 5
"""Maximum number of kinds of files that are named in a warning."""


def _language_warnings(corpus: Mapping[str, Any]) -> Iterator[str]:
    others = {row["language"]: row["n_documents"] for row in corpus.get("languages", []) if row["language"] != "en"}
    foreign = Counter({language: n for language, n in others.items() if language})
    if foreign:
        which = ", ".join(f"{n:,} {language_name(language)}" for language, n in foreign.most_common(3))
        more = ", …" if len(foreign) > 3 else ""
        yield f"{_is_are(foreign.total(), 'document')} not in English ({which}{more}): words are counted, nothing is scored"
    if others.get(None):
        yield f"{_is_are(others[None], 'document')} too short to detect the language; English is assumed"


def _reasons(summary: Mapping[str, Any]) -> str:
    """Why inputs failed: the message of a single one; else the most frequent reasons with their counts, and an example."""
    kinds = [kind for kind in summary.get("failures", {}).get("kinds", []) if kind["error"] != "MissingField"]
    if not kinds:
        return ""
    first = clip(printable(kinds[0]["message"]), 100)
    if sum(kind["n"] for kind in kinds) == 1:
        return f": {first!r}"
    reasons = [f"{kind['n']:,} {_FAILURES.get(kind['error'], kind['error'])}" for kind in kinds]
    return f" ({', '.join(reasons[:3])}{', …' if len(reasons) > 3 else ''}), e.g. {first!r}"


def _without_field(kind: Mapping[str, Any], text_field: str) -> str:
    """How many records and tables lack the text field, and the fields that the first of them has.

    >>> message = "a.jsonl, record 1: the record has no field 'bdy'; its fields are: body, id; --text-field names another"
    >>> _without_field({"n": 2, "n_whole": 0, "message": message}, "bdy")
    "2 records have no field 'bdy'; their fields are: body, id; --text-field names another"
    """
    n_tables = kind["n_whole"]
    parts = [count(n, noun) for n, noun in ((kind["n"] - n_tables, "record"), (n_tables, "table")) if n]
    have, whose = ("has", "its") if kind["n"] == 1 else ("have", "their")
    fields = printable(kind["message"]).rpartition("fields are: ")[2]
    return f"{' and '.join(parts)} {have} no field {text_field!r}; {whose} fields are: {fields}"


def _unknown_fields(failures: Mapping[str, Any]) -> Iterator[str]:
    """Fields given on the command line that no record of a file has: the first file, and the number of others."""
    for row in failures.get("unknown_fields", [])[:1]:
        n_more = failures["n_unknown_fields"] - 1
        more = f"; the same in {count(n_more, 'more file')}, see the table `failures`" if n_more else ""
        yield f"{printable(row['message'])}{more}"


def _repair_warnings(summary: Mapping[str, Any]) -> Iterator[str]:
    n_repairs = summary.get("corpus", {}).get("n_repairs", 0)
    documents = {row["document_id"]: row for row in summary.get("documents", [])}
    most = next(iter(summary.get("lists", {}).get("most_repaired", [])), None)
    if n_repairs >= _MANY_REPAIRS and most in documents:
        worst = documents[most]
        if worst["n_repairs"] >= _MAIN_SHARE * n_repairs and summary["corpus"]["n_documents"] > 1:
            share = percent(worst["n_repairs"] / n_repairs)
            yield f"{share} of {n_repairs:,} repairs are in {worst['source_uri']}; list them with `overtones show --repairs`"
    lost = sum(
        row["n"] + row["n_not_repaired"] for row in summary.get("repairs", []) if row["kind"] == "replacement_character"
    )
    if lost:
        was = "was" if lost == 1 else "were"
        yield f"{count(lost, 'character')} {was} already lost in the input (replacement_character in the table `repairs`)"


def _is_are(n: int, noun: str) -> str:
    return f"{count(n, noun)} {'is' if n == 1 else 'are'}"


def _next_steps(result: RunResult, settings: Settings) -> Iterator[str]:
    """Commands to copy: they show the most loaded article and paragraph, if there is one."""
    summary, out = result.summary, "" if result.out == _DEFAULT_OUT else f" --out {shell_word(str(result.out))}"
    documents = {row["document_id"]: row for row in summary.get("documents", [])}
    most = next(iter(summary.get("lists", {}).get("most_loaded", [])), next(iter(documents), None))
    if most in documents and (file := _file_of(documents[most]["source_uri"], settings.source)):
        record = documents[most]["record"]
        which = "" if record is None else f" --record {shell_word(record)}"
        end = "" if not str(file).startswith("-") else " --"
        yield f"overtones show{which}{end} {shell_word(str(file))}  # the most loaded article"
    for sentence in summary.get("sentences", [])[:1]:
        place = f"{sentence['document_id'][:_ID_DIGITS]}:{sentence['paragraph_index']}"
        yield f"overtones explain {place}{out}  # how the numbers of the most loaded paragraph are computed"
    yield f"pandas.read_parquet({str(result.out / 'paragraphs')!r})  # in Python"


def _file_of(uri: str, sources: Sequence[str]) -> Path | None:
    """The path of the file with a source_uri, if it is found below the sources."""
    for source in map(Path, sources):
        for path in (source / uri, source if source.name == uri else source.parent / uri):
            if path.is_file():
                return path
    return None
