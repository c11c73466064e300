"""The list of reporting verbs, beside the lexicon of loaded terms."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from tasks.segment import reporting_verbs

GRADES = {"slanted_reporting_verb": "slanted", "violent_reporting_verb": "violent"}


def test_grades_are_those_of_the_lexicon() -> None:
    """A verb that the lexicon calls slanted or violent has this grade as the verb of a reporting clause."""
    folder = files("tasks.measure.loaded_language").joinpath("data")
    lists = [tomllib.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".toml")]
    own = {verb.lemma: verb.grade for verb in reporting_verbs().values()}
    groups = [group for one in lists for group in one.get("group", []) if group["category"] in GRADES]
    verbs = [
        (line.split(";")[0].strip(), GRADES[group["category"]])
        for group in groups
        for line in group.get("verbs", "").splitlines()
    ]
    shared = {verb: grade for verb, grade in verbs if verb in own}
    assert len(shared) > 50
    assert shared == {verb: own[verb] for verb in shared}
