"""How well a text fits a language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.letters import fit, fold

SENTENCES = {
    "cs": "Ředitelka školy řekla, že žáci dostanou přes léto nové učebnice.",
    "pl": "Dyrektorka szkoły powiedziała, że uczniowie dostaną latem nowe podręczniki.",
    "hu": "Az iskola igazgatónője azt mondta, hogy a diákok nyáron új tankönyveket kapnak.",
    "es": "La directora de la escuela dijo que los niños recibirán libros nuevos mañana.",
    "de": "Die Leiterin der Schule erklärte, dass die Schüler im Sommer neue Bücher bekämen.",
    "lv": "Skolas direktore teica, ka skolēni vasarā saņems jaunas mācību grāmatas.",
    "ru": "Директор школы сказала, что ученики получат летом новые учебники.",
    "el": "Η διευθύντρια του σχολείου είπε ότι οι μαθητές θα πάρουν νέα βιβλία.",
    "tr": "Okulun müdürü öğrencilerin yazın yeni ders kitapları alacağını söyledi.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_the_language_of_a_sentence(language: str) -> None:
    """A sentence fits its own language best."""
    assert fit(SENTENCES[language]).language == language


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("cs", "cp1250", "cp1252"),
        ("pl", "iso8859_2", "cp1252"),
        ("es", "cp1252", "cp1250"),
        ("lv", "cp1257", "cp1252"),
        ("ru", "koi8_r", "cp1251"),
        ("el", "cp1253", "cp1252"),
        ("tr", "cp1254", "cp1252"),
        ("de", "cp850", "cp1252"),
    ],
)
def test_the_right_reading_of_bytes_fits_best(language: str, right: str, wrong: str) -> None:
    """Bytes read in their own encoding fit some language better than read in another one."""
    text = SENTENCES[language]
    assert fit(text).bits + 20 < fit(text.encode(right).decode(wrong, "replace")).bits


@pytest.mark.parametrize(
    ("sound", "odd"),
    [
        ("Le café", "Le cafз"),  # letters of two scripts
        ("Die Größe", "Die Grö³e"),  # a sign inside a word
        ("Не знаю", "нЕ ЗНАЮ"),  # capitals inside a word
        ("学校", "薡斆"),  # rare ideographs
        ("학교", "븅븅"),  # rare syllables
        ("naïve", "na\ue000ve"),  # private use
    ],
)
def test_what_no_language_writes_costs_more(sound: str, odd: str) -> None:
    """Two scripts in a word, signs or capitals inside it, rare and private characters speak against a reading."""
    assert fit(sound).bits < fit(odd).bits


def test_a_foreign_name_costs_little() -> None:
    """Words of another language beside ASCII words do not change what the ASCII words cost."""
    assert (
        fit("The prime minister met the mayor of Łódź today").bits
        < fit("The prime minister met the mayor of £ódŸ today").bits
    )


@given(st.text())
def test_any_text_has_a_cost(text: str) -> None:
    """Every text has a finite cost, also one of unknown letters or none, and folding keeps its length."""
    assert 0 <= fit(text).bits < float("inf")
    assert len(fold(text)) == len(text)
