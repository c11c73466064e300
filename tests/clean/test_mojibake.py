"""Repair of mojibake: cases as data, and what holds for every text."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.clean import apply_steps, repair_text
from tasks.clean.candidates import find_candidate, find_candidates
from tasks.clean.character_classes import SAFE_PUNCTUATION
from tasks.clean.codecs import CODECS, misread
from tasks.clean.mojibake import may_be_damaged
from tasks.clean.runs import NonAsciiRun
from tasks.schemas import CONFIDENCES, REPAIR_KINDS

CASES = Path(__file__).parents[1] / "cases" / "mojibake"


def cases(name: str) -> list[Any]:
    """The cases of a file, each named by what it shows."""
    return [pytest.param(case, id=case["fact"]) for case in json.loads((CASES / f"{name}.json").read_text("utf-8"))]


# Characters of prose, of mojibake and of nothing.
_PARTS = st.sampled_from(
    [
        "a",
        "B",
        " ",
        "\n",
        "é",
        "Ã",
        "©",
        "â",
        "€",
        "™",
        "‚",
        "Ä",
        "Ē",
        "Ķ",
        "’",
        '"',
        "“",
        "—",
        "¬",
        "†",
        "\xa0",
        "\x92",
        "\ufffd",
        "√",
        "ж",
        "Ð",
        "Ñ",
        "?",
        "鈥",
        "檚",
        "ï",
        "»",
        "¿",
        "\udc80",
        "\0",
        "ا",
        "😀",
        "Ô",
        "Ç",
        "ö",
        "1",
    ]
)
texts = st.lists(_PARTS | st.characters(), max_size=40).map("".join)
prose = st.lists(
    st.sampled_from(
        ["the", "café", "naïve", "“so”", "it’s", "—", "£5", "he said:", "Orbán…", "and", "ß.", "\n", "(2019–20)"]
    ),
    min_size=1,
    max_size=30,
).map(" ".join)


class TestCases:
    """Cases from the wild, synthetic ones, texts to keep, and known failures."""

    @pytest.mark.parametrize("case", cases("in-the-wild"))
    def test_damage_as_it_is_met(self, case: dict[str, str]) -> None:
        """Damage of the kinds that occur in news is repaired completely."""
        assert repair_text(case["broken"]).text == case["fixed"]

    @pytest.mark.parametrize("case", cases("synthetic"))
    def test_damage_made_by_codecs(self, case: dict[str, Any]) -> None:
        """A text decoded wrongly with the codecs of a chain is restored."""
        broken = case["text"]
        for codec in reversed(case["chain"]):
            broken = misread(broken, codec)
        assert broken != case["text"]
        assert repair_text(broken).text == case["text"]

    @pytest.mark.parametrize("case", cases("negative"))
    def test_sound_text_is_left_alone(self, case: dict[str, str]) -> None:
        """Text that only resembles damage is returned as it is."""
        assert repair_text(case["text"]).steps == ()

    @pytest.mark.parametrize("case", cases("known-failures"))
    @pytest.mark.xfail(reason="known", strict=True)
    def test_known_failures(self, case: dict[str, str]) -> None:
        """These cases fail; a case that stops failing moves to the other files."""
        assert repair_text(case["broken"]).text == case["fixed"]


@pytest.mark.parametrize(
    ("broken", "fixed"),
    [
        ("He said â€œno.â€? She left.", "He said “no.” She left."),
        ("â€œno,â€\ufffd she said", "“no,” she said"),
        ("who said so.â€?\nâ€œNext", "who said so.”\n“Next"),
        ("an â€œopen â€ one", "an “open ” one"),
        ("Kuwaitâ€?s oil", "Kuwaitâ€?s oil"),
        ("by the wayâ€ no", "by the wayâ€ no"),
    ],
)
def test_a_closing_quote_that_lost_its_last_byte(broken: str, fixed: str) -> None:
    """A cut sign is restored if a quotation is open in the line, or if no other sign would be there; else it is kept."""
    assert repair_text(broken).text == fixed


@pytest.mark.parametrize("codec", ["cp1252", "mac_roman", "mac_latin2", "cp850", "cp437", "cp1250", "cp1251"])
def test_a_damaged_sign_beside_an_undamaged_one_is_restored_or_kept(codec: str) -> None:
    """The two together are not changed in any other way."""
    repaired = []
    for sound, damaged in itertools.product("“”‘’—–…", "“”‘’—–…£"):
        for first, second in ((sound, misread(damaged, codec)), (misread(damaged, codec), sound)):
            for around in ("word {} word", "word{}word", "({})", "the {}5m it’s", "end. {} A café"):
                broken, wanted = (
                    around.format(first + second),
                    around.format(first + damaged if first == sound else damaged + second),
                )
                text = repair_text(broken).text
                assert text in {wanted, broken}
                repaired.append(text == wanted)
    assert any(repaired)


class TestEveryText:
    """Properties."""

    @given(texts)
    @example("Ã\x83Â©" * 3)
    @example("â€œ a â€ b â€? c")
    def test_repairing_twice_is_repairing_once(self, text: str) -> None:
        """A second repair changes nothing."""
        once = repair_text(text).text
        assert repair_text(once).steps == ()

    @given(texts)
    def test_the_steps_make_the_text(self, text: str) -> None:
        """Replaying the steps gives the output, and each step says what it is."""
        repair = repair_text(text)
        assert apply_steps(text, repair.steps) == repair.text
        for step in repair.steps:
            assert step.kind in REPAIR_KINDS
            assert step.confidence in CONFIDENCES
            assert step.codec_chain
            assert step.reason

    @given(prose)
    def test_clean_text_is_untouched(self, text: str) -> None:
        """Prose with typography is not changed."""
        assert repair_text(text).steps == ()

    @given(prose, st.sampled_from(["cp1252", "mac_roman", "mac_latin2", "cp850", "cp437", "koi8_r"]), st.integers(1, 3))
    def test_prose_is_unchanged(self, text: str, codec: str, layers: int) -> None:
        """A text that was decoded wrongly as a whole, up to three times, is restored if it has two signs of each kind."""
        if text.count("’") < 2 or text.count("—") < 2:
            return
        broken = text
        for _ in range(layers):
            broken = misread(broken, codec)
        assert repair_text(broken).text == text

    @given(st.text(st.characters(min_codepoint=0x80), min_size=1, max_size=4), st.text(max_size=2), st.text(max_size=2))
    def test_the_prefilter_misses_nothing(self, run: str, before: str, after: str) -> None:
        """A run that cannot be damaged has no candidate in any context."""
        if not may_be_damaged(run):
            found = NonAsciiRun(before, run, after)
            assert find_candidates(found) == ()
            assert not any(find_candidate(found, (codec,)) for codec in CODECS)

    def test_safe_punctuation_is_never_damage(self) -> None:
        """A sign that the scan skips has no candidate, whatever ASCII characters are around it."""
        around = [first + second for first, second in itertools.product("aA0 \n.\"'(", repeat=2)]
        for sign in sorted(SAFE_PUNCTUATION):
            for before, after in itertools.product(around, repeat=2):
                found = NonAsciiRun(before, sign, after)
                assert find_candidates(found) == ()
                assert not any(find_candidate(found, (codec,)) for codec in CODECS)


class TestHostileText:
    """Input designed to be slow or to crash."""

    @pytest.mark.parametrize(
        "unit",
        ["Ã©", "â€", "‚ÄĒ", "\x85", "é", "Ã\x83Â", "â ", "\ud83d", "\0ÿ", "鈥", "Ã\ufffd", "ÃƒÂ¢Ã¢â€šÂ¬"],
    )
    def test_time_grows_with_length_only(self, unit: str) -> None:
        """Eight times the text takes less than forty times as long (quadratic time would be sixty-four)."""

        def seconds(n: int) -> float:
            text = unit * (n // len(unit))
            times = []
            for _ in range(3):
                begin = time.process_time()
                repair_text(text)
                times.append(time.process_time() - begin)
            return min(times)

        assert seconds(32_000) < 40 * max(seconds(4000), 0.004)

    def test_mojibake_many_layers_deep(self) -> None:
        """Twelve layers are removed, although every second layer makes the text three times as long."""
        text = "it’s"
        for _ in range(12):
            text = misread(text, "cp1252")
        assert len(text) > 20_000
        repair = repair_text(text)
        assert repair.text == "it’s"
        assert repair.steps[0].codec_chain == ">".join(["cp1252"] * 12)

    @settings(max_examples=30)
    @given(st.text(st.characters(min_codepoint=0x80, max_codepoint=0xFF), max_size=300))
    def test_noise_of_latin_1_ends(self, text: str) -> None:
        """Random bytes decoded as Latin-1 end in a text that does not change any more."""
        once = repair_text(text)
        assert apply_steps(text, once.steps) == once.text
        assert repair_text(once.text).steps == ()
