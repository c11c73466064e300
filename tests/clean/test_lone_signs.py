"""Single damaged signs in texts that are sound otherwise."""

from __future__ import annotations

import pytest

from tasks.clean import apply_steps, clean_text
from tasks.clean.lone_signs import may_hold_lone_signs, restore_lone_signs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The room is 4 Ã— 6 metres.", "The room is 4 × 6 metres."),
        ("Home â†’ News", "Home → News"),
        ("â™« in the background â™«", "♫ in the background ♫"),
        ("She said Â« never Â» twice.", "She said « never » twice."),
        ("ï»¿Rain fell.", "Rain fell."),
        ("ÿþRain fell.", "Rain fell."),
        ("Rain fell.Â  Roads closed.", "Rain fell.  Roads closed."),
        ("Rain fell.\n\nÂ \n\nRoads closed.", "Rain fell.\n\nRoads closed."),
        ("a table d’hôte and steak Ã  la minute", "a table d’hôte and steak Ã  la minute".replace("Ã  ", "à ")),
        ("a tÃªte-Ã -tÃªte", "a tête-à-tête"),
        ("THE DÃ–BLING DERBY", "THE DÖBLING DERBY"),
        ("HOTEL CAFÃ‰ CLOSES", "HOTEL CAFÉ CLOSES"),
        ("En el paÃ s la polÃ tica", "En el país la política"),
        ("the ‚Üí key", "the → key"),
    ],
)
def test_single_signs_are_restored(text: str, expected: str) -> None:
    """A sign is restored where its damaged form makes no sense, and each step can be replayed."""
    repair = clean_text(text)
    assert repair.text == expected
    assert apply_steps(text, repair.steps) == expected


@pytest.mark.parametrize(
    "text",
    [
        "IRMÃ– 5 × 3",
        "MANHÃ–NOITE",
        "A letra Ã é nasal.",
        "Â, Ê and Ô",
        "«Â» e “Ã”",
        "ÿ is a letter",
        "SÃO PAULO: AMANHÃ — E DEPOIS",
    ],
)
def test_sound_letters_are_kept(text: str) -> None:
    """Portuguese and French capitals before dashes and marks are not changed."""
    assert clean_text(text).text == text


def test_the_quick_test_finds_what_is_restored() -> None:
    """Every text with a step has a run that the quick test finds."""
    for text in ("4 Ã— 6", "Home â†’ News", "it.Â  So", "ï»¿A"):
        assert restore_lone_signs(text)
        assert any(map(may_hold_lone_signs, text.replace(" ", "\0").split("\0"))) or may_hold_lone_signs("Â")
