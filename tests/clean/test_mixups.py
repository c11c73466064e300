"""Text of one encoding that was read as another one."""

from __future__ import annotations

import pytest

from tasks.clean import apply_steps, clean_text
from tasks.clean.mixups import find_mixup, may_be_mixup, restore_mixup
from tasks.clean.repairs import Repair


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("Директор школы сказала, что ученики получат учебники", "cp1251", "cp1252"),
        ("Директор школы сказала, что ученики получат учебники", "koi8_r", "cp1251"),
        ("Директор школы сказала, что ученики получат учебники", "cp866", "cp1251"),
        ("Η διευθύντρια του σχολείου είπε ότι θα πάρουν βιβλία", "cp1253", "cp1252"),
        ("Ředitelka školy řekla, že žáci dostanou nové učebnice", "cp1250", "cp1252"),
        ("Ravnateljica škole rekla je da će učenici dobiti udžbenike", "cp1250", "cp1252"),
        ("Okulun müdürü öğrencilerin yazın kitapları alacağını söyledi", "cp1254", "cp1252"),
        ("Die Leiterin der Schule erklärte, dass Schüler neue Bücher bekämen", "cp850", "cp1252"),
        ("La directora dijo que los niños recibirán libros mañana", "cp1252", "cp850"),
        ("校长说学生夏天会得到新的课本", "gbk", "cp1252"),
    ],
)
def test_mixups_are_restored(text: str, right: str, wrong: str) -> None:
    """A text of one encoding read as another one is restored, and each step can be replayed."""
    mixed = "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in text.encode(right))
    repair = clean_text(mixed)
    assert repair.text == text
    assert apply_steps(mixed, repair.steps) == text
    assert {(step.kind, step.confidence) for step in repair.steps} == {("mojibake", "inferred")}


@pytest.mark.parametrize(
    "text",
    [
        "L’élève a déjà mangé à l’hôtel où il était né, près du théâtre.",
        "Þórður sagði að veðrið væri gott og að það myndi batna.",
        "Á Føroyum eru nógvir seyðir, og fólk eru glað.",
        "Thị trưởng nói về cảng biển mới ở Đà Nẵng.",
        "The Łódź mayor met Erdoğan, Guaidó and Þórður in Århus.",
        "Ẹ̀kọ́ àti ìṣẹ̀lẹ̀ tó ń ṣẹlẹ̀ ní ìlú náà",
        "Ezért a tűzoltóság főnöke előbb-utóbb lemond.",
        "Ñande ñe'ẽ avañe'ẽ iporãite ha hekopete",
        "Njemóžeš mału wěc ćehńće a zasuńće nimo.",
    ],
)
def test_sound_texts_are_kept(text: str) -> None:
    """Text in any language is left as it is, also with names of many languages and in rare ones."""
    assert clean_text(text).text == text


def test_short_texts_prove_nothing() -> None:
    """A few letters are too little evidence."""
    assert find_mixup("Ìýð") == []
    assert restore_mixup("Ìýð", Repair("Ìýð")) == Repair("Ìýð")


def test_only_dense_texts_are_looked_at() -> None:
    """Odd signs in a long text of ASCII are no mix-up."""
    assert may_be_mixup(["þ", "ã"], 60)
    assert not may_be_mixup(["þ", "ã"], 600)
