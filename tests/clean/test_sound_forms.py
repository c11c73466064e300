"""Forms that look like mojibake and are sound."""

from __future__ import annotations

import pytest

from tasks.clean import clean_text
from tasks.clean.runs import NonAsciiRun
from tasks.clean.sound_forms import is_mention, is_sound_form


@pytest.mark.parametrize(
    "text",
    [
        "Auf dem Plakat fehlten „ÖÄ“ ganz.",
        "Tasterne »ÆØ« og »Å« mangler.",
        "Le clavier n’a pas «ÀÇ» ni «ÊÔ».",
        "Klávesy „ŠŽ“ a „ČŘ“ jsou rozbité.",
        "A surface of 3.7 Å², a volume of 5 Å³ and a length of 2 Å§.",
        "Изделие по ГОСТ Р№ 17 и корпус В№ 3.",
        "The browser shows `â€™` for an apostrophe.",
        'The signs "Ã©" and "â€œ" come from a wrong codec.',
        "Readers saw “Ã¼” in place of a letter.",
    ],
)
def test_sound_texts_are_kept(text: str) -> None:
    """Capitals in quotation marks, units and mentions of mojibake are not changed."""
    assert clean_text(text).text == text


def test_mentions_beside_other_damage_are_repaired() -> None:
    """In a text that was damaged as a whole, a sign in quotation marks is damaged, too."""
    assert clean_text('Itâ€™s the sign "â€“" thatâ€™s there').text == 'It’s the sign "–" that’s there'


def test_forms_need_their_place() -> None:
    """A unit does not follow a letter, and a pair of marks does not touch words."""
    assert not is_sound_form(NonAsciiRun("ca", "Å²", " a"))
    assert not is_sound_form(NonAsciiRun("e ", "„ÄÜ“", "xy"))
    assert not is_sound_form(NonAsciiRun("e ", "„Äü“", " x"))
    assert not is_mention(NonAsciiRun("“a", "â€™", "s”"))
