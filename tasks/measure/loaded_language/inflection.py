"""The forms that a lexicon entry stands for: inflection by rule, and British beside American spelling.

Rules of English spelling produce a few forms that nobody writes ("deranger"); they match nothing and cost nothing. What
the rules get wrong is stated: irregular verbs and nouns in the tables below, single entries in the lexicon (`forms:`).
"""

from __future__ import annotations

import re

_IRREGULAR_VERBS = {
    forms.split()[0]: tuple(forms.split())
    for forms in (
        "beat beats beating beaten",
        "become becomes becoming became",
        "begin begins beginning began begun",
        "bend bends bending bent",
        "bite bites biting bit bitten",
        "bleed bleeds bleeding bled",
        "blow blows blowing blew blown",
        "break breaks breaking broke broken",
        "breed breeds breeding bred",
        "bring brings bringing brought",
        "build builds building built",
        "burst bursts bursting",
        "buy buys buying bought",
        "cast casts casting",
        "catch catches catching caught",
        "cling clings clinging clung",
        "come comes coming came",
        "creep creeps creeping crept",
        "cut cuts cutting",
        "deal deals dealing dealt",
        "dig digs digging dug",
        "do does doing did done",
        "draw draws drawing drew drawn",
        "drive drives driving drove driven",
        "eat eats eating ate eaten",
        "fall falls falling fell fallen",
        "feed feeds feeding fed",
        "fight fights fighting fought",
        "find finds finding found",
        "flee flees fleeing fled",
        "fling flings flinging flung",
        "fly flies flying flew flown",
        "freeze freezes freezing froze frozen",
        "get gets getting got gotten",
        "give gives giving gave given",
        "go goes going went gone",
        "grind grinds grinding ground",
        "hang hangs hanging hung",
        "have has having had",
        "hit hits hitting",
        "hold holds holding held",
        "hurt hurts hurting",
        "keep keeps keeping kept",
        "know knows knowing knew known",
        "lay lays laying laid",
        "lead leads leading led",
        "leave leaves leaving left",
        "let lets letting",
        "lose loses losing lost",
        "make makes making made",
        "mislead misleads misleading misled",
        "panic panics panicking panicked",
        "pay pays paying paid",
        "put puts putting",
        "ride rides riding rode ridden",
        "rise rises rising rose risen",
        "run runs running ran",
        "say says saying said",
        "see sees seeing saw seen",
        "sell sells selling sold",
        "send sends sending sent",
        "set sets setting",
        "shake shakes shaking shook shaken",
        "shed sheds shedding",
        "shoot shoots shooting shot",
        "shove shoves shoving shoved",
        "show shows showing showed shown",
        "shrink shrinks shrinking shrank shrunk",
        "shut shuts shutting",
        "sing sings singing sang sung",
        "sink sinks sinking sank sunk",
        "sit sits sitting sat",
        "slay slays slaying slew slain slayed",
        "sling slings slinging slung",
        "speak speaks speaking spoke spoken",
        "spend spends spending spent",
        "spin spins spinning spun",
        "spit spits spitting spat",
        "split splits splitting",
        "spread spreads spreading",
        "stand stands standing stood",
        "steal steals stealing stole stolen",
        "stick sticks sticking stuck",
        "sting stings stinging stung",
        "stink stinks stinking stank stunk",
        "strike strikes striking struck stricken",
        "swear swears swearing swore sworn",
        "sweep sweeps sweeping swept",
        "swing swings swinging swung",
        "take takes taking took taken",
        "teach teaches teaching taught",
        "tear tears tearing tore torn",
        "tell tells telling told",
        "think thinks thinking thought",
        "throw throws throwing threw thrown",
        "tread treads treading trod trodden",
        "turn turns turning turned",
        "wear wears wearing wore worn",
        "weep weeps weeping wept",
        "win wins winning won",
        "wreak wreaks wreaking wreaked wrought",
        "wring wrings wringing wrung",
        "write writes writing wrote written",
        "be is are was were been being am",
    )
}
_IRREGULAR_NOUNS = {
    "child": "children",
    "crisis": "crises",
    "elite": "elites",
    "enemy": "enemies",
    "half": "halves",
    "knife": "knives",
    "life": "lives",
    "lie": "lies",
    "man": "men",
    "mouse": "mice",
    "parenthesis": "parentheses",
    "thief": "thieves",
    "wife": "wives",
    "wolf": "wolves",
    "woman": "women",
}
# Stressed on the last of several syllables, so that the consonant doubles although the rule for one syllable is silent.
_DOUBLING = re.compile(r"(?:mit|(?<!of)(?<!if)(?<!uf)fer|cur|pel|gret|trol|bet|bag|hog|nap|drop|strap|slap|whip)$")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_ONE_SHORT_SYLLABLE = re.compile(r"^[^aeiou]*(?:qu)?[aeiouy][^aeiouwxy]$")
_HEAD_OF = re.compile(r"^(?P<head>.+?) (?P<rest>(?:of|in|for|to|with|on|at|without|under|from|against) .+)$")

# American first. A form that holds the left is written as the right too.
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
        forms = [term, f"{before}{space}{_plural(noun)}{rest}"]
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


def _plural(noun: str) -> str:
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
