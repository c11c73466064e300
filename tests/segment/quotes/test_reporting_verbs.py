"""The list of reporting verbs, beside the lexicon of loaded terms."""

from __future__ import annotations

from tasks.measure.loaded_language import load_lexicon
from tasks.segment import reporting_verbs

GRADES = {"slanted_reporting_verb": "slanted", "violent_reporting_verb": "violent"}


def test_grades_are_those_of_the_lexicon() -> None:
    """A verb that the lexicon calls slanted or violent has this grade as the verb of a reporting clause."""
    own = {verb.lemma: verb.grade for verb in reporting_verbs().values()}
    entries = load_lexicon(()).entries
    verbs = [
        (entry.term, GRADES[entry.category])
        for entry in entries
        if entry.category in GRADES and entry.part_of_speech == "verb"
    ]
    shared = {verb: grade for verb, grade in verbs if verb in own}
    assert len(shared) > 50
    assert shared == {verb: own[verb] for verb in shared}
