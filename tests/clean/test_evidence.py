"""The evidence that the runs of a text give for each other."""

from __future__ import annotations

from tasks.clean.candidates import find_candidate
from tasks.clean.evidence import choose_candidate, combine_evidence, is_certain, local_evidence
from tasks.clean.runs import NonAsciiRun, find_runs


def runs_of(text: str) -> list[NonAsciiRun]:
    """The distinct runs of a text."""
    return [*dict.fromkeys(run for _, _, run in find_runs(text))]


def test_a_plausible_run_speaks_for_sound_text() -> None:
    """Letters are evidence for languages, and a sign is evidence for undamaged typography."""
    assert local_evidence(NonAsciiRun("af", "é", "")).letters == "é"
    assert local_evidence(NonAsciiRun(" ", "£", "5")).is_sound_sign


def test_a_chain_that_explains_every_run() -> None:
    """There is a full chain if all runs were damaged alike, but not if there are safe signs beside them."""
    runs = runs_of("itâ€™s a cafÃ© â€” so")
    support, evidence = combine_evidence(runs, has_safe_punctuation=False)
    assert evidence is not None
    assert evidence.full_chain == ("cp1252",)
    assert support[("cp1252",)] == 3
    _, beside_safe = combine_evidence(runs, has_safe_punctuation=True)
    assert beside_safe is not None
    assert beside_safe.full_chain is None
    assert beside_safe.has_sound_typography


def test_a_text_without_implausible_runs_needs_no_evidence() -> None:
    """Without an implausible run there is no evidence."""
    _, evidence = combine_evidence(runs_of("a café in Orbán’s town"), has_safe_punctuation=True)
    assert evidence is None


def test_other_runs_make_a_weak_candidate_believable() -> None:
    """`DrÃ¥ber` is kept in a text with undamaged typography; beside other damage of its codec it becomes `Dråber`."""
    weak = NonAsciiRun("Dr", "Ã¥", "be")
    outcomes = []
    for others in ([], runs_of("itâ€™s a cafÃ© â€” so")):
        _, evidence = combine_evidence([weak, *others], has_safe_punctuation=True)
        assert evidence is not None
        chosen = choose_candidate(weak, evidence, dict(evidence.support))
        outcomes.append(chosen and (chosen.text, is_certain(weak, chosen, evidence)))
    assert outcomes == [None, ("å", True)]


def test_counts_from_three_on_are_ranks() -> None:
    """Texts of different lengths with the same damage have the same evidence, so that decisions can be cached."""
    shorter, longer = runs_of("Ã©a Ã©b Ã©c Ã©d"), runs_of("Ã©a Ã©b Ã©c Ã©d Ã©e Ã©f Ã©g")
    _, one = combine_evidence(shorter, has_safe_punctuation=False)
    _, other = combine_evidence(longer, has_safe_punctuation=False)
    assert one is not None
    assert other is not None
    assert dict(one.support)[("cp1252",)] == dict(other.support)[("cp1252",)]
    assert find_candidate(shorter[0], ("cp1252",)) is not None
