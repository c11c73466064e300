"""The forms of a lexicon entry: inflection by rule, and British beside American spelling.

The rules of English spelling produce some forms that nobody writes ("deranger"); they match nothing. Irregular forms are
listed: verbs and nouns in data/irregular_*.txt, those of single entries in the lexicon (`forms:`).
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib import resources

_DATA = resources.files("tasks.measure.loaded_language") / "data"
_FILES = {name: (_DATA / f"{name}.txt").read_bytes() for name in ("irregular_verbs", "irregular_nouns")}
IRREGULAR_SHA256 = sha256(b"\0".join(_FILES.values())).hexdigest()
"""The hash of the lists of irregular forms."""


def _read_forms(name: str) -> dict[str, tuple[str, ...]]:
    """The forms of each word of a list, the word itself first."""
    lines = (line.split() for line in _FILES[name].decode().splitlines() if not line.startswith("#"))
    return {forms[0]: tuple(forms) for forms in lines}


_IRREGULAR_VERBS = _read_forms("irregular_verbs")
_IRREGULAR_NOUNS = {singular: forms[1] for singular, forms in _read_forms("irregular_nouns").items()}
# Verbs of several syllables with the stress on the last one: their last consonant doubles.
_DOUBLING = re.compile(r"(?:mit|(?<!of)(?<!if)(?<!uf)fer|cur|pel|gret|trol|bet|bag|hog|nap|drop|strap|slap|whip)$")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_ONE_SHORT_SYLLABLE = re.compile(r"^[^aeiou]*(?:qu)?[aeiouy][^aeiouwxy]$")
_HEAD_OF = re.compile(r"^(?P<head>.+?) (?P<rest>(?:of|in|for|to|with|on|at|without|under|from|against) .+)$")

# American, British: a form that has the first is also written with the second.
_SPELLINGS = tuple(
    (re.compile(american), british)
    for american, british in (
        (r"([a-z]{3})iz(es?|ed|ers?|ing|ingly|ations?)\b", r"\1is\2"),
        (r"yz(es?|ed|ing)\b", r"ys\1"),
        (
            r"\b(dis)?(col|hum|hon|rum|lab|fav|sav|val|arm|cand|ranc|rig|clam|splend|savi)or(?!e\b|al|ou|iz|is)",
            r"\1\2our",
        ),
        (r"skeptic", "sceptic"),
        (r"(def|off|pret)ense\b", r"\1ence"),
        (r"center", "centre"),
        (r"gray", "grey"),
        (r"maneuver", "manoeuvre"),
        (r"pedophil", "paedophil"),
        (r"([a-z][^aeiou][ae])l(ed|ing|ers?)\b", r"\1ll\2"),
        (r"plow", "plough"),
    )
)
_SPELT_TWO_WAYS = re.compile("|".join(american.pattern for american, _ in _SPELLINGS))


def inflect(term: str, part_of_speech: str) -> tuple[str, ...]:
    """All forms of `term`, itself first; a verb phrase inflects its first word, a noun phrase its head.

    >>> inflect("lash out", "verb")
    ('lash out', 'lashes out', 'lashing out', 'lashed out')
    >>> inflect("enemy of the people", "noun")
    ('enemy of the people', 'enemies of the people')
    >>> inflect("grim", "adjective")
    ('grim', 'grimmer', 'grimmest', 'grimly')
    >>> inflect("demonize", "verb")[4:]
    ('demonise', 'demonises', 'demonising', 'demonised')
    """
    if part_of_speech == "verb":
        first, space, rest = term.partition(" ")
        forms = [form + space + rest for form in _verb_forms(first)]
    elif part_of_speech == "noun":
        phrase = _HEAD_OF.match(term)
        head, rest = (phrase["head"], " " + phrase["rest"]) if phrase else (term, "")
        before, space, noun = head.rpartition(" ")
        forms = [term, f"{before}{space}{plural(noun)}{rest}"]
    elif part_of_speech == "adjective" and " " not in term and "-" not in term:
        forms = [term, *_degrees(term), *_adverb(term)]
    else:
        forms = [term]
    return tuple(dict.fromkeys([*forms, *(british(form) for form in forms)]))


def british(form: str) -> str:
    """`form` in British spelling.

    >>> british("pedophile"), british("politicized"), british("labeled"), british("seize")
    ('paedophile', 'politicised', 'labelled', 'seize')
    """
    if not _SPELT_TWO_WAYS.search(form):
        return form
    for american, spelling in _SPELLINGS:
        form = american.sub(spelling, form)
    return form


def _verb_forms(verb: str) -> tuple[str, ...]:
    if verb in _IRREGULAR_VERBS:
        return _IRREGULAR_VERBS[verb]
    if re.search(r"[^aeiou]y$", verb):
        return verb, verb[:-1] + "ies", verb + "ing", verb[:-1] + "ied"
    third = verb + ("es" if _SIBILANT.search(verb) else "s")
    if verb.endswith("ie"):
        return verb, third, verb[:-2] + "ying", verb + "d"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb, third, verb[:-1] + "ing", verb + "d"
    if verb.endswith("e"):
        return verb, third, verb + "ing", verb + "d"
    stem = _doubled(verb)
    return verb, third, stem + "ing", stem + "ed"


def _doubled(word: str) -> str:
    last = word.rpartition("-")[2]
    if _ONE_SHORT_SYLLABLE.match(last) or (len(last) > 4 and _DOUBLING.search(last)):
        return word + word[-1]
    return word


@cache
def plural(noun: str) -> str:
    """The plural of a noun of one word.

    >>> plural("wolf"), plural("city"), plural("match")
    ('wolves', 'cities', 'matches')
    """
    if noun in _IRREGULAR_NOUNS:
        return _IRREGULAR_NOUNS[noun]
    for ending in ("man", "woman", "wife"):
        if noun.endswith(ending) and not noun.endswith(("human", "german", "ottoman", "shaman")):
            return noun[: -len(ending)] + _IRREGULAR_NOUNS[ending]
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if _SIBILANT.search(noun) else "s")


def _degrees(adjective: str) -> tuple[str, ...]:
    if re.search(r"[^aeiou]y$", adjective) and len(re.findall(r"[aeiouy]+", adjective)) <= 2:
        return adjective[:-1] + "ier", adjective[:-1] + "iest"
    # Two groups of vowels may still be one syllable, with a silent e; three never are.
    if len(re.findall(r"[aeiouy]+", adjective.removesuffix("e"))) > 1 or adjective.endswith(("ed", "ing")):
        return ()
    stem = _doubled(adjective).removesuffix("e")
    return stem + "er", stem + "est"


def _adverb(adjective: str) -> tuple[str, ...]:
    # Short ones have adverbs of another meaning: late and lately, hard and hardly, bare and barely.
    if adjective.endswith("ly") or (len(adjective) < 5 and adjective != "grim"):
        return ()
    if adjective.endswith("ic"):
        return (adjective + "ally",)
    if adjective.endswith("le") and not adjective.endswith(("ale", "ole", "ile", "ule")):
        return (adjective[:-1] + "y",)
    if re.search(r"[^aeiou]y$", adjective):
        return (adjective[:-1] + "ily",)
    if adjective.endswith("ll"):
        return (adjective + "y",)
    return (adjective + "ly",)
