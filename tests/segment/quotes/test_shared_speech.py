"""Who speaks in the cases of the shared folder: the share that is right has a floor."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tasks.segment import segment_documents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

NAMED = {
    "speaker_name_is_modal_verb",
    "speaker_string",
    "speech_cue_missed",
    "pronoun_speaker_missed",
    "speaker_of_headline_noun",
}
QUOTED = {"interview_turns", "block_quote_without_marks", "headline_quote_taken_for_title"}
NO_SPEECH = {"quotation_kind"}

Row = dict[str, Any]


def cases(path: Path) -> list[Row]:
    """The cases of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def quotations(make_documents: Callable[..., pl.DataFrame]) -> Callable[[str], list[Row]]:
    """The quotations of a text, with their `text`."""

    def read(text: str) -> list[Row]:
        segments = segment_documents(make_documents(text))
        paragraphs = segments.paragraphs["text"].to_list()
        rows = segments.quotations.to_dicts()
        return [row | {"text": paragraphs[row["paragraph_index"]][row["start"] : row["end"]]} for row in rows]

    return read


def is_named(found: list[Row], right: str) -> bool:
    """Whether there is speech by the first or second name of "speech, Ada Brandt (or Brandt)"."""
    names = [re.split(r" \(|;|, not ", right)[0].removeprefix("speech, "), *re.findall(r"\(or ([^)]+)\)", right)]
    last = {name.split(", ")[0].split()[-1].lower() for name in names}
    speakers = [row["speaker"].lower() for row in found if row["kind"] == "speech" and row["speaker"]]
    is_wrong = [wrong.lower() for wrong in re.findall(r"\bnot '([^']+)'", right)]
    return any(word in speaker for word in last for speaker in speakers) and not set(is_wrong) & set(speakers)


def is_right(case: Row, found: list[Row]) -> bool:
    """Whether a case of the audit of readers is right."""
    kind, right = case["kind"], case["right"]
    speech = [row for row in found if row["kind"] == "speech"]
    if kind in NAMED:
        return is_named(found, right)
    if kind == "quotation_span" and right.startswith("no quotation"):
        return not found
    if kind in QUOTED:
        return bool(speech)
    if kind in NO_SPEECH:
        quoted = re.findall(r'"([^"]+)" is a mention', right)
        return not any(row["kind"] == "speech" for row in found if not quoted or quoted[0] in row["text"])
    if kind == "carried_speech_broken_by_furniture":
        return [row["speaker"] for row in speech] == ["Larsen", "Larsen"]
    if kind == "speaker_carried_to_another_person":
        return speech[-1]["speaker"] is None or any(word in right for word in speech[-1]["speaker"].split()[-1:])
    return not found or bool(speech)


def test_the_audit_of_readers(shared: Path, quotations: Callable[[str], list[Row]]) -> None:
    """Nine of ten cases of the audit about speech are right."""
    kinds = NAMED | QUOTED | NO_SPEECH
    kinds |= {"quotation_span", "carried_speech_broken_by_furniture", "speaker_carried_to_another_person"}
    own = [
        case
        for case in cases(shared / "cases" / "reader_audit.jsonl")
        if case["kind"] in kinds and "up to" not in case["right"]
    ]
    right = [is_right(case, quotations(case["text"])) for case in own]
    assert sum(right) >= 0.9 * len(own), [case["text"] for case, good in zip(own, right, strict=True) if not good]


def test_the_cases_of_other_programs(shared: Path, quotations: Callable[[str], list[Row]]) -> None:
    """Nine of ten quotations that other programs read are right in kind, speaker and verb."""
    own = [case for case in cases(shared / "cases" / "peers_turn2.jsonl") if case["kind"].startswith("quotation")]

    def is_good(case: Row) -> bool:
        right = case["right"]
        row = next((row for row in quotations(case["input"]) if right["text"] in row["text"]), None)
        if row is None or row["kind"] != right["kind"]:
            return False
        is_pronoun = right["speaker"] in {"he", "she"}
        return is_pronoun or (row["speaker"] == right["speaker"] and row["cue"] in {right["cue"], None})

    wrong = [case["input"] for case in own if not is_good(case)]
    assert len(wrong) <= 0.1 * len(own), wrong


def test_public_reports(shared: Path, quotations: Callable[[str], list[Row]]) -> None:
    """Nine of ten cases of public reports about quotations have the right speakers."""
    own = [case for case in cases(shared / "cases" / "public_reports.jsonl") if case["id"].startswith("quote")]

    def is_good(case: Row) -> bool:
        speech = [row["speaker"] or "" for row in quotations(case["input"]) if row["kind"] == "speech"]
        named = re.search(r"speakers? ([^;]+)", case["right"])
        last = [name.split()[-1] for name in named[1].split(" and ")] if named else []
        return bool(speech) and all(any(name in speaker for speaker in speech) for name in last) and all(speech)

    wrong = [case["input"] for case in own if not is_good(case)]
    assert len(wrong) <= 0.1 * len(own), wrong
