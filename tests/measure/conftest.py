"""The reference libraries, and texts that are difficult for them."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tasks import schemas
from tasks.errors import ConfigurationError
from tasks.measure.dictionary import Dictionary, load_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture(scope="session")
def nltk_dictionary(request: pytest.FixtureRequest) -> Dictionary:
    """NLTK's edition of the pronouncing dictionary, from the user's NLTK data or the shared folder."""
    import nltk.data

    try:
        return load_dictionary("nltk")
    except ConfigurationError:
        nltk.data.path.append(str(request.getfixturevalue("shared") / "nltk_data"))
        return load_dictionary("nltk")


class Textstat:
    """textstat as reference: its own code, with the dictionary replaced; it returns the metrics `names`."""

    def __init__(
        self, dictionary: Dictionary, names: Sequence[str] = tuple(column.name for column in schemas.READABILITY)
    ) -> None:
        from textstat.backend.counts import _count_syllables

        self.names = names
        # textstat counts the phones of a word's first pronunciation that end in a digit.
        as_phones = {word: [["AH0"] * n] for word, n in dictionary.entries.iter_rows()}
        _count_syllables.get_cmudict = lambda _lang: as_phones
        for name, module in list(sys.modules.items()):
            if name.startswith("textstat."):
                for value in list(vars(module).values()):
                    if hasattr(value, "cache_clear"):
                        value.cache_clear()

    def __call__(self, text: str) -> dict[str, Any]:
        from textstat import textstat

        numbers = {}
        for name in self.names:
            if name.startswith("wiener"):
                numbers[name] = textstat.wiener_sachtextformel(text, int(name[-1]))
            else:
                numbers[name] = getattr(textstat, name)(text)
        return numbers


@pytest.fixture(scope="session")
def textstat_with() -> Callable[[Dictionary], Textstat]:
    """Textstat with a given dictionary; only the latest one may be used."""
    return Textstat


@pytest.fixture(scope="session")
def vader() -> Callable[[str], dict[str, float]]:
    """VADER's scores under our names."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda text: {f"vader_{name}": value for name, value in analyzer.polarity_scores(text).items()}


class ParagraphFuzzer:
    """Random paragraphs of words that matter to the libraries, with separators that could cause errors."""

    spaces = (
        *"      ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\N{NO-BREAK SPACE}",
        "\N{EM SPACE}",
        "\N{IDEOGRAPHIC SPACE}",
        "\N{LINE SEPARATOR}",
        "\N{NEXT LINE}",
        "\x1c",
        "\x1f",
        "\N{ZERO WIDTH SPACE}",  # no white space to Python
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{MONGOLIAN VOWEL SEPARATOR}",
    )
    marks = (
        *".!?,;:()\"'-_*#@/&$%",
        "...",
        "?!",
        "!!!!!",
        "????",
        "''",
        *"‘’“”„—–…¿¡«»",
    )
    letters = (
        *"aeionrstlAEST019",
        "'s",
        "'T",
        "'ve",
        "’s",
        "n't",
        "N'T",
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}",
        "\N{LATIN SMALL LETTER DOTLESS I}",
        "ß",
        "ΟΔΟΣ",
        "\N{LATIN SMALL LIGATURE FI}",
        "\N{COMBINING ACUTE ACCENT}",
        "\N{VULGAR FRACTION ONE HALF}",
        "\N{SUPERSCRIPT TWO}",
        "\N{ROMAN NUMERAL EIGHT}",
        "\N{CIRCLED LATIN CAPITAL LETTER A}",
        "\N{LATIN CAPITAL LETTER DZ WITH CARON}",
        "\N{LATIN CAPITAL LETTER D WITH SMALL LETTER Z WITH CARON}",
        "\N{DEVANAGARI SIGN VISARGA}",
        "\N{UNDERTIE}",
        "日本",
        "한국",
        "سلام",
        "\N{ZERO WIDTH JOINER}",
        "\N{VARIATION SELECTOR-16}",
        "\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
        "\N{REPLACEMENT CHARACTER}",
    )
    hinges = (
        *("no", "or", "nor", "least", "at", "very", "never", "so", "this", "without", "doubt", "kind", "of", "but"),
        *("not", "the", "a", "I", "to", "don't", "don’t", "isn't", "can't", "cannot", "sort", "just", "enough", "die"),
    )

    def __init__(self, seed: int) -> None:
        from vaderSentiment import vaderSentiment

        analyzer = vaderSentiment.SentimentIntensityAnalyzer()
        self.random = random.Random(seed)
        self.kinds = (
            (20, list(analyzer.lexicon)),
            (10, list(vaderSentiment.BOOSTER_DICT)),
            (8, vaderSentiment.NEGATE),
            (18, list(self.hinges)),
            (7, [*vaderSentiment.SPECIAL_CASES, *vaderSentiment.SENTIMENT_LADEN_IDIOMS]),
            (3, list(analyzer.emojis)),
            (26, load_dictionary().entries["word"].to_list()),
            (8, None),
        )

    def token(self) -> str:
        """A word, phrase or random characters, sometimes in capitals or between marks."""
        choose, chance = self.random.choice, self.random.random
        ((_, words),) = self.random.choices(self.kinds, [weight for weight, _ in self.kinds])
        if words is None:
            token = "".join(choose(self.letters + self.marks) for _ in range(self.random.randint(1, 6)))
        else:
            token = choose(words)
        case = chance()
        token = token.upper() if case < 0.12 else token.capitalize() if case < 0.2 else token
        before = choose(self.marks + self.letters) if chance() < 0.1 else ""
        after = choose(self.marks) if chance() < 0.25 else choose(self.letters) if chance() < 0.05 else ""
        return before + token + after

    def paragraph(self) -> str:
        """Up to 300 tokens, usually few."""
        if self.random.random() < 0.04:
            return "".join(self.random.choice(self.spaces + self.marks) for _ in range(self.random.randint(0, 9)))
        length = int(300 ** self.random.random()) - self.random.randint(0, 1)
        paragraph = "".join(self.token() + self.random.choice(self.spaces) for _ in range(length))
        return paragraph if self.random.random() < 0.2 else paragraph.strip()


@pytest.fixture
def fuzzer() -> ParagraphFuzzer:
    """A generator of difficult paragraphs, the same ones every time."""
    return ParagraphFuzzer(seed=20220926)
