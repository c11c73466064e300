"""Evidence: which candidate of a run is accepted, judged by the run itself and by the other runs of its text.

`Ã©` inside a lower-case word is implausible enough to be `é` in any text. `Ä` alone is not: it may be a letter. But a
text is damaged by one codec, usually as a whole. So there are three steps:

1. Each run gives its `local_evidence`: whether it is implausible, and which chains of codecs explain it without help.
   If it is plausible, its letters and signs show what undamaged text looks like here.
2. `combine_evidence` adds this up for the text: how many distinct runs each chain explains, whether one chain explains
   every run, which chains are rejected because they would turn as many runs into nonsense, and the languages and
   scripts of the undamaged letters.
3. `choose_candidate` accepts a candidate more easily if its chain explains other runs, and less easily if the text has
   undamaged typographic signs, which a text that was decoded wrongly as a whole does not have. Of the accepted
   candidates it takes the one that leaves the least implausible text.

Many texts have the same combined evidence, and runs are generalized, so decisions can be cached.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.candidates import (
    ENOUGH,
    Candidate,
    Chain,
    find_candidate,
    find_candidates,
    is_nonsense,
    is_too_long_for_chance,
    n_rare_codecs,
    required_improvement,
)
from tasks.clean.character_classes import CURRENCY, IDEOGRAPH, UNCASED, classify
from tasks.clean.codecs import CODECS, EAST_ASIAN_CODECS
from tasks.clean.orthography import languages_with, n_foreign, script
from tasks.clean.runs import NonAsciiRun, cache_short
from tasks.clean.sound_forms import is_mention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

MANY = 3
"""From this number of distinct runs on, only the rank of a chain counts."""


class LocalEvidence(NamedTuple):
    """Evidence from one run about how its text was damaged."""

    is_implausible: bool
    chains: tuple[Chain, ...]
    """Chains that explain it without help."""
    letters: str
    """Its letters, if it is plausible."""
    is_sound_sign: bool
    """Whether it is a plausible typographic sign."""


class TextEvidence(NamedTuple):
    """The evidence of one text, which decides between the candidates of a run."""

    support: frozenset[tuple[Chain, int]]
    """Number of distinct runs that each chain explains by itself; from `MANY` on, `MANY` and the rank among chains."""
    full_chain: Chain | None
    """The chain that explains every run of the text, if there is one."""
    rejected: frozenset[Chain]
    """Chains that would turn as many runs into nonsense as into prose."""
    has_sound_typography: bool
    """Whether there are undamaged typographic signs."""
    languages: frozenset[str]
    """Languages whose alphabets contain every undamaged letter of the text; empty if there is no such letter."""
    scripts: frozenset[str]
    """The scripts of these letters."""


@cache_short(1 << 16)
def local_evidence(run: NonAsciiRun) -> LocalEvidence:
    """Evidence from one run about how its text was damaged.

    >>> local_evidence(NonAsciiRun("af", "Ã©", ""))[:2]
    (True, (('cp1252',), ('cp1254',), ('iso8859_15',)))
    >>> local_evidence(NonAsciiRun("af", "é", ""))
    LocalEvidence(is_implausible=False, chains=(), letters='é', is_sound_sign=False)
    """
    candidates = find_candidates(run)
    return LocalEvidence(
        bool(candidates),
        ()
        if is_mention(run)
        else tuple(
            dict.fromkeys(
                c.chain for c in candidates if 4 * c.residual <= c.improvement >= required_improvement(run, c)
            )
        ),
        "" if candidates else "".join(filter(str.isalpha, run.text)),
        not (candidates or run.text.isalpha()),
    )


def combine_evidence(
    runs: Collection[NonAsciiRun], *, has_safe_punctuation: bool
) -> tuple[dict[Chain, int], TextEvidence | None]:
    """The number of distinct runs that each chain explains, and the evidence; None if no run is implausible.

    `has_safe_punctuation` says whether the text also contains safe signs, which are not among its `runs`.

    >>> runs = [NonAsciiRun("af", "Ã©", ""), NonAsciiRun("it", "â€™", "s")]
    >>> support, evidence = combine_evidence(runs, has_safe_punctuation=False)
    >>> support[("cp1252",)], evidence.full_chain
    (2, ('cp1252',))
    """
    support: dict[Chain, int] = {}
    letters: set[str] = set()
    is_implausible, has_sound_typography = False, has_safe_punctuation
    for run in runs:
        local = local_evidence(run)
        is_implausible |= local.is_implausible
        has_sound_typography |= local.is_sound_sign
        letters.update(local.letters)
        for chain in local.chains:
            support[chain] = support.get(chain, 0) + 1
    if not is_implausible:
        return support, None
    rejected = frozenset(
        chain
        for chain, n in support.items()
        if 2 * n <= len(runs)  # the others are too few to reject it
        and sum(is_nonsense(run.text, chain) for run in runs) >= n
    )
    full_chain = None if has_safe_punctuation else _explain_all(runs, support, support.keys() - rejected)
    languages, scripts = languages_with(letters), frozenset(map(script, letters))
    evidence = TextEvidence(_ranked(support), full_chain, rejected, has_sound_typography, languages, scripts)
    return support, evidence


def _ranked(support: Mapping[Chain, int]) -> frozenset[tuple[Chain, int]]:
    """`support` with ranks in place of large numbers, so that texts of any length have equal evidence."""
    ranks = {n: MANY + rank for rank, n in enumerate(sorted({n for n in support.values() if n >= MANY}))}
    return frozenset((chain, ranks.get(n, n)) for chain, n in support.items())


def _explain_all(runs: Collection[NonAsciiRun], support: Mapping[Chain, int], chains: Iterable[Chain]) -> Chain | None:
    """Of the chains that explain every run, the one with the least residual.

    If several have the same, the deepest, because the result of one layer is not UTF-8 again by chance.
    """
    ranked = []
    for chain in chains:
        residual = unfamiliar = 0
        for run in runs:
            candidate = find_candidate(run, chain)
            if candidate is None:
                break
            residual += candidate.residual
            unfamiliar += candidate.unfamiliar
        else:
            ranked.append((residual, -len(chain), -support[chain], unfamiliar, _preference(chain), chain))
    return min(ranked)[-1] if ranked else None


@lru_cache(1 << 12)
def _preference(chain: Chain) -> tuple[int, ...]:
    return tuple(CODECS.index(codec) if codec in CODECS else len(CODECS) for codec in chain)


def choose_candidate(run: NonAsciiRun, evidence: TextEvidence, support: Mapping[Chain, int]) -> Candidate | None:
    """The candidate that is accepted for a run, if any; `support` is that of the evidence, as a mapping.

    >>> run = NonAsciiRun("af", "Ã©", "")
    >>> _, evidence = combine_evidence([run], has_safe_punctuation=False)
    >>> choose_candidate(run, evidence, dict(evidence.support)).text
    'é'
    """
    own = find_candidates(run)
    believed = [
        candidate
        for candidate in own or filter(None, (find_candidate(run, chain) for chain in support))
        if candidate.chain not in evidence.rejected
        and (support.get(candidate.chain) or not is_mention(run))
        and not (support.get(candidate.chain, 0) <= 1 and _may_be_word(run, candidate))
        and not (support.get(candidate.chain, 0) < MANY and _is_of_language(run, evidence.languages))
        and _is_believed(run, candidate, evidence, support.get(candidate.chain, 0))
        and not (own and support.get(candidate.chain, 0) <= 1 and _may_be_chance(candidate, evidence.scripts))
    ]
    return min(
        believed,
        key=lambda candidate: (
            candidate.chain != evidence.full_chain,
            candidate.residual + ENOUGH * n_rare_codecs(candidate.chain),
            bool(candidate.alteration),
            candidate.n_undecoded,
            candidate.takes_after,
            n_foreign(candidate.text, evidence.languages),
            -support.get(candidate.chain, 0),
            candidate.unfamiliar,
            len(candidate.chain),
            _preference(candidate.chain),
        ),
        default=None,
    )


def is_certain(run: NonAsciiRun, candidate: Candidate, evidence: TextEvidence) -> bool:
    """Whether a candidate would be accepted in any context, or belongs to the chain that explains every run.

    >>> run = NonAsciiRun("", "â€™", "")
    >>> _, evidence = combine_evidence([run], has_safe_punctuation=False)
    >>> is_certain(run, find_candidate(run, ("cp1252",)), evidence)
    True
    """
    by_itself = required_improvement(NonAsciiRun("", run.text, ""), candidate)
    return candidate.improvement >= by_itself or candidate.chain == evidence.full_chain


def _is_believed(run: NonAsciiRun, candidate: Candidate, evidence: TextEvidence, support: int) -> bool:
    """Whether a candidate may be true, if its chain has this support in the text."""
    is_full = candidate.chain == evidence.full_chain
    if support <= 1 and evidence.has_sound_typography and _is_currency_inside_word(run, candidate):
        return False
    if not support or candidate.alteration:
        is_clear = 2 * candidate.residual <= candidate.improvement
        is_clear |= is_too_long_for_chance(run.text, candidate.n_undecoded)
        return is_clear and candidate.improvement >= required_improvement(run, candidate)
    if any(classify(character) == IDEOGRAPH for character in candidate.text):
        return candidate.improvement > ENOUGH
    if candidate.residual > candidate.improvement and not is_full:
        return False
    if n_rare_codecs(candidate.chain) and support == 1 and not is_full:
        return candidate.improvement >= required_improvement(run, candidate)
    return candidate.improvement >= (0 if support >= MANY or candidate.takes_after or is_full else 1)


def _is_of_language(run: NonAsciiRun, languages: frozenset[str]) -> bool:
    """Whether the letters of a run are small ones of every alphabet that has the undamaged letters of the text.

    Upper Sorbian has ćehńće, and ńć would be č in Mac Latin 2.
    """
    if not languages or not run.text.isalpha() or not run.text.islower():
        return False
    return all(languages <= languages_with(letter) for letter in run.text)


def _may_be_word(run: NonAsciiRun, candidate: Candidate) -> bool:
    """Whether a run of a few letters may be a word or a unit (дБ), which a codec that is met seldom explains by chance."""
    return n_rare_codecs(candidate.chain) > 0 and run.text.isalpha() and len(run.text) < _LONG_WORD


_LONG_WORD = 6


def _may_be_chance(candidate: Candidate, scripts: frozenset[str]) -> bool:
    """Whether a candidate may be chance: it has only letters of scripts that the text does not have, as đó in
    Vietnamese would be a Russian Т, and its improvement is small.

    Chance finds a letter for many ideographs, and a letter without case for a quotation mark before a space.
    """
    own = {script(letter) for letter in candidate.text if letter.isalpha()}
    if not (own and scripts and own.isdisjoint(scripts)):
        return False
    takes_sign = candidate.takes_after and classify(candidate.text[0]) == UNCASED
    return candidate.improvement <= ENOUGH + (candidate.chain[0] in EAST_ASIAN_CODECS) + 2 * takes_sign


def _is_currency_inside_word(run: NonAsciiRun, candidate: Candidate) -> bool:
    """Whether the damage is a currency sign in a word (`DrÃ¥ber`). This is no evidence in undamaged typography.

    A text that was decoded wrongly as a whole has no undamaged typography, so the sign may just as well have been
    typed.
    """
    is_inside = run.before[-1:].isalpha() and run.after[:1].isalpha()
    return is_inside and len(run.text) == 2 and classify(run.text[1]) == CURRENCY and not candidate.alteration
