"""Repair of mojibake: text that was written as UTF-8 and decoded with another codec, once or several times.

`itâ€™s` is `it’s`: the three bytes of the apostrophe were decoded as three characters of Windows-1252. The unit of repair
is a run of non-ASCII characters with its neighbours (`runs`). Three questions decide about each run.

1. What could it have been? This needs a codec in which its bytes are UTF-8 (`candidates`).
2. Is it implausible unchanged, and less implausible as that candidate (`plausibility`)?
3. What does the rest of the text show? A codec is accepted more easily if it explains other runs of the same text, and
   most easily if it explains all of them (`evidence`).

Two other kinds of damage are repaired as well: signs that lost a byte (`lossy_forms`), and control characters that were
printable characters (`c1_controls`).

The repair is repeated until nothing changes. Each step makes the text shorter or removes a control character. So
repairing twice is the same as repairing once.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.c1_controls import has_c1_controls, restore_c1_controls
from tasks.clean.candidates import Candidate, Chain, generalize, may_have_candidates
from tasks.clean.character_classes import SAFE_PUNCTUATION
from tasks.clean.evidence import TextEvidence, choose_candidate, combine_evidence, is_certain
from tasks.clean.lone_signs import may_hold_lone_signs, restore_lone_signs, restore_spaced_letters
from tasks.clean.lossy_forms import (
    may_hold_cut_signs,
    may_hold_lost_characters,
    restore_cut_signs,
    restore_lost_characters,
)
from tasks.clean.mixups import DENSE, may_be_mixup, restore_mixup
from tasks.clean.repairs import Repair, Step, compose, rewrite
from tasks.clean.runs import RUN, NonAsciiRun, cache_short, find_runs, has_safe_punctuation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class _Outcome(NamedTuple):
    """The decision about a run: everything in the step except its position."""

    takes_before: int
    takes_after: int
    after: str
    kind: str
    codec_chain: str
    confidence: str
    reason: str
    chain: Chain
    needs_support: bool
    """Whether it needed the support of other runs of the text."""
    is_final: bool
    """Whether it changes nothing but the run, and leaves nothing that could be repaired again."""


def repair_text(text: str) -> Repair:
    """`text` without mojibake, and the steps that repaired it.

    >>> repair_text("He said ‚ÄĒ no").text
    'He said — no'
    >>> repair_text("itÃ¢â‚¬â„¢s").steps[0][:6]
    (2, 10, 'Ã¢â‚¬â„¢', '’', 'mojibake', 'cp1252>cp1252')

    Clean text is returned unchanged.

    >>> repair_text("«MAÇÃ», AMANHÃ…").steps
    ()

    It undoes mojibake of many layers (twelve for `’` in Windows-1252), joins the fragments that remain, and decodes the
    control characters 80 to 9F as Windows-1252 or Mac Roman. It does not change lone surrogates and control characters
    below 80.
    """
    if text.isascii():
        return Repair(text)
    done = Repair(text)
    runs = _distinct_runs(text)
    while any(map(may_be_damaged, runs)):
        more = _next_steps(done.text, runs)
        if not more:
            break
        done = compose(text, done, rewrite(done.text, more))
        runs = _distinct_runs(done.text)
    if _may_be_mixup(text) and (not done.steps or has_c1_controls(text) or _may_be_mixup(done.text)):
        return restore_mixup(text, done)
    return done


def _distinct_runs(text: str) -> set[str]:
    """The runs of a text, without safe signs."""
    return set(RUN.findall(text)) - SAFE_PUNCTUATION


def _next_steps(text: str, runs: set[str]) -> list[Step]:
    """The steps of the first kind of damage that a text has. `runs` are its distinct runs, without safe signs."""
    lost = any(map(may_hold_lost_characters, runs))
    return (
        restore_cut_signs(text)
        or (restore_lost_characters(text) if lost else [])
        or restore_spaced_letters(text)
        or _repair_runs(text)
        or (restore_lone_signs(text) if any(map(may_hold_lone_signs, runs)) else [])
        or restore_c1_controls(text)
    )


def _may_be_mixup(text: str) -> bool:
    """Whether a text may be a mix-up; for most texts the number of their characters beyond ASCII decides."""
    n_bytes = len(text.encode("utf-8", "surrogatepass"))
    is_dense = (n_bytes - len(text)) * DENSE > n_bytes
    return is_dense and may_be_mixup(RUN.findall(text), n_bytes)


class RunsRepaired(NamedTuple):
    """The result of `repair_text`, from the runs of a text alone."""

    steps: list[Step]
    unchanged: list[str]
    """The texts of the unchanged runs."""


def repair_runs(
    starts: Sequence[int], runs: Sequence[NonAsciiRun], *, has_safe_punctuation: bool
) -> RunsRepaired | None:
    """The result of `repair_text` for a text, from its runs (without safe signs) and their positions.

    None if the runs alone do not decide it: the rest of the text counts, or another pass is needed. That is rare.

    >>> repair_runs([3], [NonAsciiRun("n ", "‚ÄĒ", " n")], has_safe_punctuation=False).steps[0][:4]
    (3, 6, '‚ÄĒ', '—')
    >>> repair_runs([2], [NonAsciiRun("so", "â€", "? ")], has_safe_punctuation=False) is None
    True
    """
    texts = [run.text for run in runs]
    if (
        may_hold_cut_signs("\n".join(texts))
        or any(map(may_hold_lone_signs, texts))
        or any(map(may_hold_lost_characters, texts))
    ):
        return None
    support, outcomes = _decide_all(runs, has_safe_punctuation=has_safe_punctuation)
    steps: list[Step] = []
    unchanged: list[str] = []
    for start, text, outcome in zip(starts, texts, map(outcomes.__getitem__, runs), strict=True):
        if outcome is None:
            unchanged.append(text)
        elif outcome.is_final:
            reason = _reason(outcome, support)
            steps.append(Step(start, start + len(text), text, *outcome[2:6], reason))
        else:
            return None
    if any(map(may_be_damaged, unchanged)) if steps else has_c1_controls("\n".join(texts)):
        return None
    return RunsRepaired(steps, unchanged)


def _may_hold_damage(text: str) -> bool:
    return any(map(may_be_damaged, _distinct_runs(text)))


@cache_short(1 << 16)
def may_be_damaged(run: str) -> bool:
    """Whether a run could be changed in any context; rarely true of undamaged runs.

    >>> may_be_damaged("â€™"), may_be_damaged("é"), may_be_damaged("£")
    (True, False, False)
    """
    return (
        has_c1_controls(run)
        or "â€" in run
        or may_have_candidates(run)
        or may_hold_lone_signs(run)
        or may_hold_lost_characters(run)
    )


def _repair_runs(text: str) -> list[Step]:
    found = [*find_runs(text)]
    support, outcomes = _decide_all([run for _, _, run in found], has_safe_punctuation=has_safe_punctuation(text))
    steps: list[Step] = []
    for start, end, run in found:
        outcome = outcomes[run]
        if outcome and not (steps and start - outcome.takes_before < steps[-1].end):
            steps.append(_step(text, start, end, outcome, _reason(outcome, support)))
    return steps


def _decide_all(
    runs: Iterable[NonAsciiRun], *, has_safe_punctuation: bool
) -> tuple[Mapping[Chain, int], Mapping[NonAsciiRun, _Outcome | None]]:
    """The number of distinct runs of a text that each chain explains, and the decision about each run."""
    distinct = dict.fromkeys(runs)
    general = [*map(generalize, distinct)]
    support, evidence = combine_evidence(general, has_safe_punctuation=has_safe_punctuation)
    outcomes = map(_decider(evidence), general) if evidence else repeat(None, len(general))
    return support, dict(zip(distinct, outcomes, strict=True))


@lru_cache(256)
def _decider(evidence: TextEvidence) -> Callable[[NonAsciiRun], _Outcome | None]:
    """A function with cached results that decides about the runs of texts with this evidence."""
    return cache_short(1 << 12)(partial(_decide, evidence=evidence, support=dict(evidence.support)))


def _decide(run: NonAsciiRun, evidence: TextEvidence, support: Mapping[Chain, int]) -> _Outcome | None:
    candidate = choose_candidate(run, evidence, support)
    if candidate is None:
        return None
    certain = is_certain(run, candidate, evidence)
    reason = f"UTF-8 read as {' and again as '.join(candidate.chain)}"
    if candidate.alteration:
        reason += f", then {candidate.alteration}"
    if "\ufffd" in candidate.text:
        reason += ", a byte of it lost"
    return _Outcome(
        candidate.takes_before,
        candidate.takes_after,
        candidate.text,
        "lossy_mojibake" if candidate.alteration else "mojibake",
        ">".join(candidate.chain),
        "certain" if certain else "inferred",
        reason,
        candidate.chain,
        not (certain or candidate.alteration),
        _is_final(candidate, run),
    )


def _is_final(candidate: Candidate, run: NonAsciiRun) -> bool:
    """Whether a candidate changes only its run, and gives a text that cannot be changed again."""
    # After â and ã, a run continues after a space (see `RUN`).
    goes_on = candidate.text[-1:] in "âã" and run.after[:1] == " " and run.after[1:2] > "\x7f"
    takes_more = candidate.takes_before or candidate.takes_after
    return not (takes_more or goes_on or _may_hold_damage(candidate.text))


def _reason(outcome: _Outcome, support: Mapping[Chain, int]) -> str:
    if not outcome.needs_support:
        return outcome.reason
    return f"{outcome.reason}, as in {support.get(outcome.chain, 0)} other places in the text"


def _step(text: str, start: int, end: int, outcome: _Outcome, reason: str) -> Step:
    start -= outcome.takes_before
    end += outcome.takes_after
    after = outcome.after
    if (
        outcome.takes_after
        and after.endswith("à")
        and text[end - 1] == " " != text[end : end + 1]
        and not _WORD_GOES_ON.match(text, end)
    ):
        after += " "  # the space between two words had gone, and the one that is left was the no-break space
    return Step(start, end, text[start:end], after, outcome.kind, outcome.codec_chain, outcome.confidence, reason)


_WORD_GOES_ON = re.compile(r"-|s\b(?!')|quel[aeo]|quilo")
"""What follows the Portuguese `à` without a space: às, àquele, àquilo."""
