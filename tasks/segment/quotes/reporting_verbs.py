"""Reporting verbs and other cues, from data/reporting_verbs.tsv, attitude_cues.tsv and reporting_nouns.tsv.

A cue has a grade (neutral, slanted or violent), a frame (what it governs: that, of, as or name; noun and adjective for what
is no verb), a class (speech, belief, plan and so on) and what may stand directly after it where it reports without quoting.
Only the reporting verbs introduce quotations.

- "said", "claimed", "lashed out": reporting verbs
- "hopes to", "supports", "was wary of": cues of attitude
- "his belief that": a noun that reports
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple


class ReportingVerb(NamedTuple):
    """A cue: its base form, its grade (neutral, slanted or violent), its frame (that, of, as, name, adjective or noun), its
    class, and the kinds of words that may stand directly after it.
    """

    lemma: str
    grade: str
    frame: str
    cue_class: str = "speech"
    takes: frozenset[str] = frozenset()


NO_CUE = ReportingVerb("", "", "")
"""What stands for no cue at all."""

ACCORDING_TO = ReportingVerb("according to", "neutral", "that", "speech", frozenset({"np"}))
"""The one phrase that reports without a verb."""


COLON = ReportingVerb(":", "neutral", "that", "speech", frozenset({"np"}))
"""A name and a colon: "Orr: I am late"."""


def _rows(name: str) -> list[list[str]]:
    lines = files("tasks.segment").joinpath("data", name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _read_verbs(name: str) -> dict[str, ReportingVerb]:
    verbs = {}
    for lemma, forms, grade, frame, cue_class, takes in _rows(name):
        particle = lemma.partition(" ")[2]
        for form in forms.split():
            verb = ReportingVerb(lemma, grade, frame, cue_class, frozenset(takes.split()) - {"-"})
            verbs[f"{form} {particle}".strip()] = verb
    return verbs


@cache
def reporting_verbs() -> dict[str, ReportingVerb]:
    """Every form of every reporting verb of one word; of phrases such as "lash out", "lashed out" and so on.

    >>> reporting_verbs()["claimed"].grade, reporting_verbs()["claimed"].frame
    ('slanted', 'that')
    >>> reporting_verbs()["lashed out"].grade
    'violent'
    """
    return _read_verbs("reporting_verbs.tsv")


@cache
def attitude_cues() -> dict[str, ReportingVerb]:
    """Every form of the verbs and adjectives that report without quoting only.

    >>> attitude_cues()["hoped"] if "hoped" in attitude_cues() else attitude_cues()["wants"].cue_class
    'plan'
    """
    return _read_verbs("attitude_cues.tsv")


@cache
def reporting_nouns() -> dict[str, ReportingVerb]:
    """Every form of the nouns that report.

    >>> reporting_nouns()["beliefs" if "beliefs" in reporting_nouns() else "belief"].frame
    'noun'
    """
    nouns = {}
    for lemma, forms, cue_class, takes in _rows("reporting_nouns.tsv"):
        for form in forms.split():
            nouns[form] = ReportingVerb(lemma, "neutral", "noun", cue_class, frozenset(takes.split()))
    return nouns


@cache
def words_of_phrases() -> tuple[frozenset[str], frozenset[str]]:
    """The first words of all phrases that report, and the second ones.

    >>> ["lashed" in words_of_phrases()[0], "out" in words_of_phrases()[1]]
    [True, True]
    """
    phrases = [form.split() for form in reporting_verbs() if " " in form]
    return frozenset(phrase[0] for phrase in phrases), frozenset(phrase[1] for phrase in phrases)


@cache
def verbs_by_number() -> tuple[ReportingVerb, ...]:
    """The cues by the numbers that `TaggedText.cue` gives; 0 is none of them. Those that may introduce a quotation stand
    first, up to `n_quoting`.
    """
    quoting = dict.fromkeys((ACCORDING_TO, *reporting_verbs().values()))
    others = dict.fromkeys((COLON, *attitude_cues().values(), *reporting_nouns().values()))
    return (NO_CUE, *quoting, *others)


@cache
def n_quoting() -> int:
    """Cues with a smaller number may introduce a quotation."""
    return 1 + len({ACCORDING_TO, *reporting_verbs().values()})


@cache
def verb_numbers() -> dict[ReportingVerb, int]:
    """The number of each cue: its place in `verbs_by_number`."""
    return {verb: i for i, verb in enumerate(verbs_by_number())}


@cache
def cue_of(word: str) -> int:
    """The number of the cue that a word in lower case is a form of; 0 for none. Of a form that is a verb and a noun, that
    of the verb.

    >>> verbs_by_number()[cue_of("said")].lemma, cue_of("boat")
    ('say', 0)
    """
    cue = reporting_verbs().get(word) or attitude_cues().get(word) or reporting_nouns().get(word)
    return verb_numbers()[cue] if cue else 0
