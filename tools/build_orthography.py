"""Build data/orthography.json: which letters stand side by side in the world's languages, from Unicode's CLDR and a few rules.

    python tools/build_orthography.py

writes tasks/clean/data/orthography.json and prints the line for SOURCES.md beside it. CLDR comes with the package babel. Its names of
territories, languages, scripts, currencies, months, days, units and time zones are real words of each language, and
what is taken from them are facts: which two letters were seen together, and which letters a language uses.
Nothing at run time needs babel.
"""

from __future__ import annotations

import collections
import hashlib
import importlib.metadata
import itertools
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.clean.orthography import lower

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTIONS = (
    "territories",
    "languages",
    "scripts",
    "variants",
    "currency_names",
    "currency_names_plural",
    "months",
    "days",
    "quarters",
    "day_periods",
    "eras",
    "date_fields",
    "unit_display_names",
    "unit_patterns",
    "meta_zones",
    "time_zones",
)

_WELL_COVERED = {"territories": 200, "languages": 350, "unit_patterns": 50}
"""A language counts if CLDR names this many things of each section in it: about a hundred do, those of the news."""

_LETTER_OF_THE_ALPHABET = 4
"""A letter seen less often than this belongs to a foreign name, such as the å of Åland in French."""

_CASED_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN")
"""Only in these can letters of one script be implausible neighbours; elsewhere, that scripts are mixed shows mojibake."""

_EAST_ASIAN = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "BOPOMOFO")


_VOWELS_OF_VIETNAMESE = "".join(
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưy"
    for tone in ("", "\N{COMBINING GRAVE ACCENT}", "\N{COMBINING ACUTE ACCENT}", "\N{COMBINING TILDE}",
                 "\N{COMBINING HOOK ABOVE}", "\N{COMBINING DOT BELOW}")
)  # fmt: skip

_BY_RULE = {"đ": _VOWELS_OF_VIETNAMESE, "ő": "áéíóöúüű", "ű": "áéíóöőúü"}
"""Pairs that words of daily use have and names seldom: in Vietnamese đ stands before every vowel (đó, đá), and in
Hungarian, compounds join vowels (előállít, műút)."""


def gather_facts() -> dict[str, Any]:
    """What the names show, all in lower case and NFC.

    `pairs`: for each letter, the letters seen after it, where one of the two is not ASCII (cased scripts only).
    `alphabets`: for each language, its letters beyond ASCII (cased scripts only).
    `letters`: the letters and marks of scripts without case, East Asian ones left out.
    `words`: the letters beyond ASCII that stand alone.
    """
    from babel import localedata

    pairs: dict[str, set[str]] = collections.defaultdict(set)
    alphabets: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    letters: set[str] = set()
    words: set[str] = set()
    for locale in sorted(localedata.locale_identifiers()):
        language = locale.split("_")[0]
        coverage = localedata.load(language, merge_inherited=False)
        if any(len(coverage.get(section, {})) < n for section, n in _WELL_COVERED.items()):
            continue
        names = localedata.load(locale, merge_inherited=False)
        for section in _SECTIONS:
            for name in _strings(names.get(section, {})):
                text = "".join(map(lower, unicodedata.normalize("NFC", name)))
                alphabets[language].update(filter(_is_cased_letter, text))
                letters.update(filter(_is_uncased_letter, text))
                words.update(filter(_is_cased_letter, re.findall(r"\b\w\b", text)))
                for first, second in itertools.pairwise(text):
                    if (_is_cased_letter(first) and second.isalpha()) or (first.isalpha() and _is_cased_letter(second)):
                        pairs[first].add(second)
    for first, seconds in _BY_RULE.items():
        pairs[first].update(seconds)
    return {
        "pairs": {first: "".join(sorted(seconds)) for first, seconds in sorted(pairs.items())},
        "alphabets": {
            language: "".join(sorted(letter for letter, n in counts.items() if n >= _LETTER_OF_THE_ALPHABET))
            for language, counts in sorted(alphabets.items())
            if counts
        },
        "letters": "".join(sorted(letters)),
        "words": "".join(sorted(words)),
    }


def source_sha256() -> str:
    """The SHA-256 of babel's locale data: of each file's name and content, in order."""
    from babel import localedata

    digest = hashlib.sha256()
    for path in sorted(Path(localedata._dirname).glob("*.dat")):  # noqa: SLF001 - babel gives no public way
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)


def _is_cased_letter(letter: str) -> bool:
    return letter > "\x7f" and letter.isalpha() and unicodedata.name(letter, "").startswith(_CASED_SCRIPTS)


def _is_uncased_letter(letter: str) -> bool:
    return (
        letter > "\x7f"
        and unicodedata.category(letter) in {"Lo", "Lm", "Mn", "Mc"}
        and not unicodedata.name(letter, "").startswith(_EAST_ASIAN)
    )


def main() -> None:
    """Write the data file and print what it was made from."""
    target = Path(__file__).parents[1] / "tasks" / "clean" / "data" / "orthography.json"
    target.write_text(json.dumps(gather_facts(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"babel {importlib.metadata.version('babel')}, locale data SHA-256 {source_sha256()}")
    print(f"{target.name} SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
