"""Reporting verbs, from data/reporting_verbs.tsv: "said", "claimed", "lashed out".

Each has a grade (neutral, slanted or violent) and a frame (what it governs: that, of, as or name).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple


class ReportingVerb(NamedTuple):
    """A verb of saying: its base form, its grade (neutral, slanted or violent) and its frame (that, of, as or name)."""

    lemma: str
    grade: str
    frame: str


ACCORDING_TO = ReportingVerb("according to", "neutral", "that")
"""The one phrase that reports without a verb."""


@cache
def reporting_verbs() -> dict[str, ReportingVerb]:
    """Every form of every reporting verb of one word; of phrases such as "lash out", "lashed out" and so on.

    >>> reporting_verbs()["claimed"]
    ReportingVerb(lemma='claim', grade='slanted', frame='that')
    >>> reporting_verbs()["lashed out"].grade
    'violent'
    """
    verbs = {}
    for line in files("tasks.segment").joinpath("data", "reporting_verbs.tsv").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        lemma, forms, grade, frame = line.split("\t")
        particle = lemma.partition(" ")[2]
        for form in forms.split():
            verbs[f"{form} {particle}".strip()] = ReportingVerb(lemma, grade, frame)
    return verbs


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
    """The reporting verbs by the numbers that `TaggedText.verb` gives; 0 is none of them."""
    return (ReportingVerb("", "", ""), ACCORDING_TO, *dict.fromkeys(reporting_verbs().values()))


@cache
def verb_numbers() -> dict[ReportingVerb, int]:
    """The number of each reporting verb: its place in `verbs_by_number`."""
    return {verb: i for i, verb in enumerate(verbs_by_number())}
