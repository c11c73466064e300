"""Build the data of tasks/text: how often letters follow one another in each language, from translations of programs.

    python tools/build_letter_statistics.py FOLDER

reads the catalogues of messages (.mo) below FOLDER, into which the packages named in tasks/text/data/SOURCES.md were
unpacked, and writes letters.tsv (three letters in alphabets) and east_asian.txt (the frequent characters of East Asia).
What is taken from them are facts: frequencies of letters. Nothing at run time needs these packages.
"""

from __future__ import annotations

import collections
import gettext
import hashlib
import math
import re
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.text.letters import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(__file__).parents[1] / "tasks" / "text" / "data"

_LANGUAGES = (
    "af ar az be bg bs ca cs cy da de el eo es et eu fa fi fr ga gl he hr hu hy id is it ka kk ky lt lv mk mn ms nb nl nn "
    "pl pt ro ru sk sl sq sr sr_latn sv sw tg th tk tr tt uk ur uz vi"
).split()

_SCRIPTS = {
    **dict.fromkeys("ar fa ur".split(), "ARABIC"),
    **dict.fromkeys("be bg kk ky mk mn ru sr tg tt uk".split(), "CYRILLIC"),
    "el": "GREEK",
    "he": "HEBREW",
    "hy": "ARMENIAN",
    "ka": "GEORGIAN",
    "th": "THAI",
}
"""The script of each language that is not written in Latin letters."""

_NO_PROSE = re.compile(r"<[^>]*>|%\([^)]*\)[a-z]|%[a-z]|\{[^}]*\}|https?:\S+|&[a-z]+;")

_EAST_ASIAN = {"zh": 900, "ja": 700, "ko": 500}
"""How many of the most frequent characters are taken of each language of East Asia."""

_KEPT = 3500
"""Number of sequences for each language: beyond these, they are rare enough for their letters to decide."""


def read_messages(folder: Path) -> dict[str, set[str]]:
    """The translated messages of each language, and the original ones, which are English."""
    messages: dict[str, set[str]] = collections.defaultdict(set)
    for path in sorted(folder.rglob("LC_MESSAGES/*.mo")):
        name = path.parts[-3].lower().replace("@latin", "_latn")
        language = name if name in _LANGUAGES else re.split("[_-]", name)[0]
        if language not in _LANGUAGES and language not in _EAST_ASIAN:
            continue
        try:
            with path.open("rb") as file:
                catalogue = vars(gettext.GNUTranslations(file))["_catalog"]
        except (OSError, ValueError, LookupError):
            continue
        for key, translation in catalogue.items():
            message = key if isinstance(key, str) else key[0]
            if message and isinstance(translation, str) and translation != message:
                messages[language].add(translation)
                messages["en"].add(message)
    return messages


def count(language: str, messages: set[str]) -> collections.Counter[str]:
    """How often three symbols follow one another: letters in lower case, or a space for anything else."""
    script = _SCRIPTS.get(language, "LATIN")
    counts: collections.Counter[str] = collections.Counter()
    for message in messages:
        for word in fold(unicodedata.normalize("NFC", _NO_PROSE.sub(" ", message))).split():
            if len(word) > 1 and not _is_of_script(word, script):
                continue
            padded = f" {word} "
            counts.update(map("".join, zip(padded, padded[1:], padded[2:], strict=False)))
    return counts


def _is_of_script(word: str, script: str) -> bool:
    return all(unicodedata.name(c, "").startswith(script) or unicodedata.category(c)[0] == "M" for c in word)


def make_lines(language: str, counts: collections.Counter[str]) -> Iterator[str]:
    """A line for each level of frequency (steps of a half in the binary logarithm, per million)."""
    total = counts.total()
    levels: dict[int, list[str]] = collections.defaultdict(list)
    for sequence, n in counts.most_common(_KEPT):
        if n > 1:
            levels[round(2 * math.log2(1e6 * n / total))].append(sequence)
    for level, sequences in sorted(levels.items(), reverse=True):
        yield f"{language}\t{level}\t{''.join(sorted(sequences)).replace(' ', '_')}\n"


def frequent_characters(messages: dict[str, set[str]]) -> str:
    """The ideographs and syllables that are frequent in any language of East Asia, in order of their code points."""
    frequent: set[str] = set()
    for language, n in _EAST_ASIAN.items():
        counts = collections.Counter(
            c
            for message in messages[language]
            for c in message
            if "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3"
        )
        frequent.update(c for c, _ in counts.most_common(n))
    return "".join(sorted(frequent))


def main() -> None:
    """Write the files, and print what SOURCES.md says of them."""
    messages = read_messages(Path(sys.argv[1]))
    letters = "".join(
        line
        for language in sorted(messages.keys() - _EAST_ASIAN)
        for line in make_lines(language, count(language, messages[language]))
    )
    for name, text in (("letters.tsv", letters), ("east_asian.txt", frequent_characters(messages) + "\n")):
        (_DATA / name).write_text(text, "utf-8")
        print(f"{name}: SHA-256 {hashlib.sha256(text.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
