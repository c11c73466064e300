"""What a run says when it is done: what was found, what to mind, where to go on. In lines that a person can quote."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.terminal.console import shell_word
from tasks.escaping import escape_name
from tasks.report.phrasing import clip, count, percent, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.execution.model import Counts, RunResult
    from flows.settings import Settings

_ID_DIGITS = 8
_MANY_REPAIRS = 20
_MAIN_SHARE = 0.5
_FAILURES = {
    "DecodingError": "no text",
    "FormatError": "not of the format that they claim",
    "LimitExceeded": "over a limit",
}
_DEFAULT_OUT = Path("data/processed")


def run_summary(result: RunResult, settings: Settings, *, next_steps: bool = False) -> str:
    """The finding, the counts, the warnings, and, if asked for, commands to go on with, in lines as they can be shown."""
    lines = [str(result.summary["headline"])] if result.summary.get("headline") else []
    lines += [
        counted(result.counts, result.seconds),
        f"tables: {result.out}   report: {result.reports / 'index.html'}",
        *(f"warning: {warning}" for warning in table_warnings(result)),
        *(f"warning: {warning}" for warning in warnings(result.counts, result.summary, settings.text_field)),
    ]
    if next_steps and result.counts.documents:
        lines += ["next:", *(f"  {step}" for step in _next_steps(result, settings))]
    return "\n".join(map(escape_name, lines))


def counted(counts: Counts, seconds: float) -> str:
    """How much was done in which time; the speed is that of what was analyzed.

    >>> from flows.execution.model import Counts
    >>> counted(Counts(documents=18, new=18, words=6000), 2.0)
    '18 documents, 6,000 words in 2.0 s (3,000 words a second)'
    >>> counted(Counts(documents=18, new=9, unchanged=9, words=6000), 2.0)
    '18 documents, 6,000 words; 9 of them new, in 2.0 s'
    >>> counted(Counts(documents=18, unchanged=18, words=6000), 0.4)
    '18 documents, 6,000 words; none is new or changed (0.4 s)'
    """
    size = f"{count(counts.documents, 'document')}, {count(counts.words, 'word')}"
    if counts.documents and not counts.new:
        return f"{size}; none is new or changed ({seconds:.1f} s)"
    if counts.unchanged:
        return f"{size}; {counts.new:,} of them new, in {seconds:.1f} s"
    return f"{size} in {seconds:.1f} s ({counts.words / max(seconds, 0.001):,.0f} words a second)"


def table_warnings(result: RunResult) -> Iterator[str]:
    """What became of documents that the tables held before."""
    counts = result.counts
    if counts.kept and not counts.read:
        yield "nothing could be read: the tables of the last run stay; only `failures` and `runs` are renewed"
    elif counts.kept:
        which = "; `failures` names those that cannot be read" if counts.failed or counts.skipped else ""
        yield f"{count(counts.kept, 'document')} of earlier runs kept, whose sources cannot be read now or are gone{which}"
    if counts.removed:
        names = ", ".join(printable(name) for name in result.removed)
        more = counts.removed - len(result.removed)
        yield (
            f"{_is_are(counts.removed, 'source')} gone, and the documents have left the tables: {names}"
            f"{f' and {more:,} more' if more > 0 else ''} (--keep-removed keeps them)"
        )
    for name in result.damaged:
        yield f"{name} was damaged and is left out of the table of runs"


def warnings(counts: Counts, summary: Mapping[str, Any], text_field: str = "text") -> Iterator[str]:
    """What a reader of the tables should know, each with a way on; nothing, if all is as expected."""
    failures = summary.get("failures", {})
    without_field = [kind for kind in failures.get("kinds", []) if kind["error"] == "MissingField"]
    tables = [kind for kind in failures.get("skipped_kinds", []) if kind["stage"] == "parse"]
    for kind in without_field:
        yield _without_field(kind, text_field)
    if n_failed := counts.failed - sum(kind["n"] for kind in without_field):
        yield f"{count(n_failed, 'input')} failed{_reasons(summary)}; the table `failures` tells why of each"
    for kind in tables:
        yield _without_field(kind, text_field, " and were left out" if kind["n"] > 1 else " and was left out")
    yield from _unknown_fields(failures)
    n_skipped = counts.skipped - sum(kind["n"] for kind in tables)
    if n_skipped == 1:
        yield "1 file is no article and was left out; `failures` names it"
    elif n_skipped:
        yield f"{n_skipped:,} files are no articles and were left out; `failures` names them"
    corpus = summary.get("corpus", {})
    others = {row["language"]: row["n_documents"] for row in corpus.get("languages", []) if row["language"] != "en"}
    foreign = Counter({language: n for language, n in others.items() if language})
    if foreign:
        which = ", ".join(f"{n:,} {language}" for language, n in foreign.most_common(3))
        more = ", …" if len(foreign) > 3 else ""
        yield f"{_is_are(foreign.total(), 'document')} not English ({which}{more}): text and counts, no scores"
    if others.get(None):
        yield f"{_has_have(others[None], 'document')} too little text to tell the language; taken for English"
    if corpus.get("n_copies"):
        copies = corpus["n_copies"]
        yield f"{_is_are(copies, 'document')} the same as another: leave out where `duplicate_of` is set"
    yield from _repair_warnings(summary)


def _reasons(summary: Mapping[str, Any]) -> str:
    """Why inputs failed: the most frequent reasons with their numbers, and a message as an example."""
    kinds = [kind for kind in summary.get("failures", {}).get("kinds", []) if kind["error"] != "MissingField"]
    if not kinds:
        return ""
    reasons = [f"{kind['n']:,} {_FAILURES.get(kind['error'], kind['error'])}" for kind in kinds]
    first = clip(printable(kinds[0]["message"]), 100)
    return f" ({', '.join(reasons[:3])}{', …' if len(reasons) > 3 else ''}), such as {first!r}"


def _without_field(kind: Mapping[str, Any], text_field: str, therefore: str = "") -> str:
    """How many records and tables have no text under the name that was asked for, and the fields of the first.

    >>> message = "a.jsonl, record 1: the record has no field 'bdy'; its fields are: body, id; --text-field names another"
    >>> _without_field({"n": 2, "n_whole": 0, "message": message}, "bdy")
    "2 records have no field 'bdy'; their fields are: body, id; --text-field names another"
    """
    n_tables = kind["n_whole"]
    parts = [count(n, noun) for n, noun in ((kind["n"] - n_tables, "record"), (n_tables, "table")) if n]
    have, whose = ("has", "its") if kind["n"] == 1 else ("have", "their")
    there = printable(kind["message"]).rpartition("; its fields are: ")[2]
    return f"{' and '.join(parts)} {have} no field {text_field!r}{therefore}; {whose} fields are: {there}"


def _unknown_fields(failures: Mapping[str, Any]) -> Iterator[str]:
    """Fields that were asked for and that no record of a file has: the first file, and how many more there are."""
    for row in failures.get("unknown_fields", [])[:1]:
        n_more = failures["n_unknown_fields"] - 1
        more = f"; likewise {count(n_more, 'more file')}, which `failures` names" if n_more else ""
        yield f"{printable(row['message'])}{more}"


def _repair_warnings(summary: Mapping[str, Any]) -> Iterator[str]:
    n_repairs = summary.get("corpus", {}).get("n_repairs", 0)
    documents = {row["document_id"]: row for row in summary.get("documents", [])}
    most = next(iter(summary.get("lists", {}).get("most_repaired", [])), None)
    if n_repairs >= _MANY_REPAIRS and most in documents:
        worst = documents[most]
        if worst["n_repairs"] >= _MAIN_SHARE * n_repairs and summary["corpus"]["n_documents"] > 1:
            share = percent(worst["n_repairs"] / n_repairs)
            yield f"{share} of {n_repairs:,} repairs are in {worst['source_uri']}: `overtones show` it with --repairs"
    lost = sum(
        row["n"] + row["n_not_repaired"] for row in summary.get("repairs", []) if row["kind"] == "replacement_character"
    )
    if lost:
        yield f"{count(lost, 'character')} had been lost before the text came here; `repairs` tells where (replacement_character)"


def _is_are(n: int, noun: str) -> str:
    return f"{count(n, noun)} {'is' if n == 1 else 'are'}"


def _has_have(n: int, noun: str) -> str:
    return f"{count(n, noun)} {'has' if n == 1 else 'have'}"


def _next_steps(result: RunResult, settings: Settings) -> Iterator[str]:
    """Commands that work as they stand, about the most loaded article and sentence, if there is one."""
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
        yield f"overtones explain {place}{out}  # the most loaded paragraph: how the numbers came about"
    yield f"pandas.read_parquet({str(result.out / 'paragraphs')!r})  # in Python"


def _file_of(uri: str, sources: Sequence[str]) -> Path | None:
    """Where the file of a source_uri lies, if it is found below the sources given."""
    for source in map(Path, sources):
        for path in (source / uri, source if source.name == uri else source.parent / uri):
            if path.is_file():
                return path
    return None
