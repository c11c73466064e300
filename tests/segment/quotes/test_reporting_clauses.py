"""Reporting clauses, and speech reported without quotation."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.schemas import CUE_GRADES
from tasks.segment import reported_spans, reporting_verbs
from tasks.segment.quotes.names import named_people
from tasks.segment.quotes.reporting_clauses import reporting_clause_after, reporting_clause_before


def test_every_verb_has_a_grade_and_a_frame() -> None:
    """The list of verbs is well formed."""
    verbs = reporting_verbs().values()
    assert {verb.grade for verb in verbs} <= set(CUE_GRADES)
    assert {verb.frame for verb in verbs} == {"that", "of", "as", "name"}


def test_no_form_belongs_to_two_verbs() -> None:
    """A verb is found by its form."""
    lines = files("tasks.segment").joinpath("data", "reporting_verbs.tsv").read_text("utf-8").splitlines()
    forms = []
    for line in lines:
        if not line.startswith("#"):
            lemma, own, *_ = line.split("\t")
            forms += [f"{form} {lemma.partition(' ')[2]}" for form in set(own.split())]
    assert {form for form in forms if forms.count(form) > 1} <= {"lambasted ", "lambasting "}


@pytest.mark.parametrize(
    ("form", "lemma", "grade"),
    [
        ("said", "say", "neutral"),
        ("agreeing", "agree", "neutral"),
        ("bragged", "brag", "slanted"),
        ("admitted", "admit", "slanted"),
        ("slamming", "slam", "violent"),
        ("lashed out", "lash out", "violent"),
    ],
)
def test_grades(form: str, lemma: str, grade: str) -> None:
    """Reporting verbs are neutral, slanted or violent."""
    verb = reporting_verbs()[form]
    assert (verb.lemma, verb.grade) == (lemma, grade)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("On Thursday the harbour board dismissed as", "the harbour board"),
        ("Mr Orr, who rows the boat, said it was", "Mr Orr"),
        ("Sen. Brian Orr (Ostrel), in an interview with the Gazette, called it", "Sen. Brian Orr"),
        ("The county surveyor, Ms. R. Dauntsey, told the meeting that the steel was", "Ms. R. Dauntsey"),
        ("Ada Brandt praised the police and said they were", "Ada Brandt"),
        ("while her taps ran dry - then told her to", None),
        ("It has been claimed that they were", None),
    ],
)
def test_the_speaker_before(text: str, speaker: str | None) -> None:
    """The subject that the verb agrees with, without what leads up to it."""
    cue = reporting_clause_before(text)
    assert cue is not None
    assert cue.speaker == speaker


@pytest.mark.parametrize("text", ["The sign on the door of", "The claims of the", "In the United States", "", ", "])
def test_no_reporting_clause(text: str) -> None:
    """Where nobody reports, there is no cue."""
    assert reporting_clause_before(text) is None


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (", said Petra Voller of the Boatmen's Union.", "Petra Voller of the Boatmen's Union"),
        (" she used to say.", "she"),
        (", Putin's spokesman Ivan Orr said.", "Ivan Orr"),
        (", the Border Guard said early on Thursday.", "the Border Guard"),
    ],
)
def test_the_speaker_after(text: str, speaker: str) -> None:
    """Also where the verb comes first."""
    cue = reporting_clause_after(text)
    assert cue is not None
    assert cue.speaker == speaker


def test_a_participle_goes_with_its_noun() -> None:
    """Who is said to call for something is the noun before, and no speaker."""
    assert reporting_clause_after(" calling for an inquiry.") is None


@pytest.mark.parametrize(
    ("sentence", "output", "speaker"),
    [
        ("Orr accused the council of a shameful betrayal.", "the council of a shameful betrayal", "Orr"),
        ("The mayor claimed that the boat was a wreck.", "that the boat was a wreck", "The mayor"),
        ("The boat was a wreck, islanders said.", "The boat was a wreck", "islanders"),
        ("According to the board, the boat was a wreck.", "the boat was a wreck", "the board"),
        ("The boat was a wreck, according to the board.", "The boat was a wreck", "the board"),
    ],
)
def test_indirect_speech(sentence: str, output: str, speaker: str) -> None:
    """What is reported reaches from the verb to the end of its clause, or stands before it."""
    (found,) = reported_spans(sentence)
    assert (sentence[found.start : found.end], found.speaker) == (output, speaker)


def test_plain_statements_have_no_report() -> None:
    """A sentence without a reporting verb has no reported span."""
    assert reported_spans("The old boat lay on its side in the mud.") == []


def test_possessives_and_places_are_not_persons() -> None:
    """A name after "in" or "the", or one that owns something, is no candidate for a pronoun."""
    named = named_people("In New Ostrel the Bay View guest house lost Mr Orr's custom.")
    assert named == ([], [])


@settings(deadline=None)
@given(st.text("abS said,.()—-'\n that claimed of O", max_size=80))
def test_any_text_may_be_asked(text: str) -> None:
    """Spans lie in the sentence, in order."""
    end = 0
    for found in reported_spans(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
    reporting_clause_before(text)
    reporting_clause_after(text)
    named_people(text)
