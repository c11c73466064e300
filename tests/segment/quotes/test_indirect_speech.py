"""What sentences report without quoting: where it begins and ends, who says it, and what reports nothing."""

from __future__ import annotations

import pytest

from tasks.segment import reported_spans
from tasks.segment.quotes.reporting_verbs import attitude_cues, reporting_nouns, reporting_verbs

BEHIND = [
    ("Orr said the bridge was closed.", "the bridge was closed", "Orr", "say"),
    ("Orr said on Monday that the bridge was closed.", "that the bridge was closed", "Orr", "say"),
    ("Orr said Thursday the bridge was closed.", "the bridge was closed", "Orr", "say"),
    ("The mayor told the crowd to go home.", "to go home", "The mayor", "tell"),
    ("The mayor told them the bridge was closed.", "the bridge was closed", "The mayor", "tell"),
    ("Ada Brandt told the Gazette she was late.", "she was late", "Ada Brandt", "tell"),
    ("Orr asked whether the bridge was safe.", "whether the bridge was safe", "Orr", "ask"),
    ("Nora Faber maintained that it was too late.", "that it was too late", "Nora Faber", "maintain"),
    ("Orr accused the council of betrayal, but nobody cared.", "the council of betrayal", "Orr", "accuse"),
    ("Ada Brandt, who runs the mill, said the river was low.", "the river was low", "Ada Brandt", "say"),
    ("The minister, 61, warned that the mill would close.", "that the mill would close", "The minister", "warn"),
    ("Orr said the mill would close; the town was asleep.", "the mill would close", "Orr", "say"),
    ("The company denied that it had lied.", "that it had lied", "The company", "deny"),
    ("Nobody said the river was clean.", "the river was clean", None, "say"),
]
BEFORE = [
    ("The roof fell in, police said.", "The roof fell in", "police", "say"),
    ("The roof fell in, Ostrel police said on Monday.", "The roof fell in", "Ostrel police", "say"),
    ("The roof fell in, said Ada Brandt, the mayor.", "The roof fell in", "Ada Brandt", "say"),
    ("The mill is to close, the Gazette reported.", "The mill is to close", "the Gazette", "report"),
    ("The mill is to close, Orr told the council.", "The mill is to close", "Orr", "tell"),
    ("The mill is to close, according to Nora Faber.", "The mill is to close", "Nora Faber", "according to"),
    ("According to Nora Faber, the mill is to close.", "the mill is to close", "Nora Faber", "according to"),
    (
        "Orr wants to leave and thinks it is late, aides said.",
        "Orr wants to leave and thinks it is late",
        "aides",
        "say",
    ),
]
ATTITUDES = [
    ("The company plans to close the mill.", "to close the mill", "The company", "plan", "plan"),
    ("Ada Brandt wants a new bridge.", "a new bridge", "Ada Brandt", "want", "plan"),
    ("The unions seek to stop the sale.", "to stop the sale", "The unions", "seek", "plan"),
    ("The minister refused to leave.", "to leave", "The minister", "refuse", "plan"),
    ("Orr declined to comment on the sale.", "to comment on the sale", "Orr", "decline", "plan"),
    ("Nora Faber hopes that the mill will stay.", "that the mill will stay", "Nora Faber", "hope", "plan"),
    ("Ada Brandt supports the sale of the mill.", "the sale of the mill", "Ada Brandt", "support", "belief"),
    ("Nora Faber opposes the sale.", "the sale", "Nora Faber", "oppose", "belief"),
    ("Voters believe the mayor was wrong.", "the mayor was wrong", "Voters", "believe", "belief"),
    ("Ada Brandt fears that the river will rise.", "that the river will rise", "Ada Brandt", "fear", "belief"),
    (
        "Ada Brandt was confident that the dam would hold.",
        "that the dam would hold",
        "Ada Brandt",
        "confident",
        "belief",
    ),
    ("Orr knows that the dam is old.", "that the dam is old", "Orr", "know", "belief"),
    ("A new poll shows the mayor ahead.", "the mayor ahead", "A new poll", "show", "finding"),
    ("The survey found that half of them were late.", "that half of them were late", "The survey", "find", "finding"),
    ("The study found half of them late.", "half of them late", "The study", "find", "finding"),
    ("Orr blamed the mayor for the flood.", "the mayor for the flood", "Orr", "blame", "accusation"),
    ("Orr alleged that the mayor had lied.", "that the mayor had lied", "Orr", "allege", "accusation"),
]
NOUNS = [
    ("His plan to drain the dam was shaken.", "to drain the dam", "His", "plan"),
    ("Orr's plan to sell the mill, made in May, failed.", "to sell the mill", "Orr's", "plan"),
    ("Ada Brandt’s criticism of the council was heard.", "of the council", "Ada Brandt’s", "criticism"),
    ("They heard of her opposition to the sale.", "to the sale", "her", "opposition"),
]
NOTHING = [
    "The red house stood empty.",
    "The runner maintained a lead of two minutes.",
    "The band continues to fly to Ostrel.",
    "That added to his wins.",
    "It was easier said than done.",
    "They found the boat in the reeds.",
    "The clubs continue to pour fuel on the quarrel.",
    "I don't think the dam is safe.",
    "We believe that the dam is safe.",
    "The mayor showed them the door.",
    "The plan failed.",
    "A claim of this size is rare.",
    "The state of the dam is bad.",
    "If the leak continues through the winter, the wall can break.",
]


@pytest.mark.parametrize(("sentence", "content", "speaker", "cue"), [*BEHIND, *BEFORE])
def test_speech(sentence: str, content: str, speaker: str | None, cue: str) -> None:
    """What is said follows its cue up to the end of the clause, or before a cue that is set off."""
    found = reported_spans(sentence)
    assert [(sentence[one.start : one.end], one.cue) for one in found] == [(content, cue)]
    assert speaker is None or found[0].speaker == speaker


@pytest.mark.parametrize(("sentence", "content", "speaker", "cue", "cue_class"), ATTITUDES)
def test_plans_beliefs_and_findings(sentence: str, content: str, speaker: str, cue: str, cue_class: str) -> None:
    """Plans, beliefs, findings and accusations have a class of their own."""
    found = [(sentence[one.start : one.end], one.speaker, one.cue) for one in reported_spans(sentence)]
    assert found == [(content, speaker, cue)]
    every = {one.lemma: one.cue_class for one in (*reporting_verbs().values(), *attitude_cues().values())}
    assert every[cue] == cue_class


@pytest.mark.parametrize(("sentence", "content", "speaker", "cue"), NOUNS)
def test_nouns(sentence: str, content: str, speaker: str, cue: str) -> None:
    """A noun reports if somebody owns it, up to the next comma or finite verb."""
    (found,) = reported_spans(sentence)
    assert (sentence[found.start : found.end], found.cue) == (content, cue)
    assert found.speaker is not None
    assert found.speaker in speaker


@pytest.mark.parametrize("sentence", NOTHING)
def test_no_report(sentence: str) -> None:
    """A verb that does not take what follows it reports nothing; what "I" think is the author's."""
    assert reported_spans(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "pieces"),
    [
        ("The roof, police said, fell in.", ["The roof", "fell in"]),
        ("The roof fell in, Orr said, adding that it was old.", ["The roof fell in", "that it was old"]),
        ("Ada Brandt praised the police and said they were late.", ["the police", "they were late"]),
        ("The dam seems to be safe.", ["The dam", "to be safe"]),
        ("The board is expected to sell the mill.", ["The board", "to sell the mill"]),
    ],
)
def test_pieces(sentence: str, pieces: list[str]) -> None:
    """A clause in the middle parts what is said; a second cue reports for itself."""
    assert [sentence[one.start : one.end] for one in reported_spans(sentence)] == pieces


def test_a_content_that_begins_with_a_title_has_its_mark() -> None:
    """What is reported begins at the opening mark of a title or of a word in scare quotes."""
    sentence = "Orr wants “Grey Lady” to leave."
    assert [sentence[one.start : one.end] for one in reported_spans(sentence)] == ["“Grey Lady” to leave"]


def test_lists_agree() -> None:
    """No form stands in two lists of verbs, and every cue that reports takes something."""
    assert not reporting_verbs().keys() & attitude_cues().keys()
    assert all(one.takes for one in (*attitude_cues().values(), *reporting_nouns().values()))
