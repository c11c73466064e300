"""Candidates of runs."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tasks.clean import repair_text
from tasks.clean.candidates import find_candidate, find_candidates, generalize, required_improvement
from tasks.clean.codecs import CODECS, misread
from tasks.clean.runs import NonAsciiRun

_ASCII = st.sampled_from(list("abzABZ019 .,'\"-&"))
_BEYOND = st.sampled_from(list("éÉñßаЖω’“—…ãâª\xa0Ⓐⓐ")) | st.characters(min_codepoint=0x80, codec="utf-8")
_damaged = st.builds(
    lambda text, codecs: "".join(filter(lambda c: c > "\x7f", misread(misread(text, codecs[0]), codecs[1]))),
    st.lists(st.sampled_from(list("à’“”—…éŁžčżЖя鈥")), min_size=1, max_size=3).map("".join),
    st.tuples(st.sampled_from(CODECS), st.sampled_from(CODECS)),
)
_damaged |= st.builds(misread, st.sampled_from(["à", "’", "—", "é", "č", "Ć", "â", "ã"]), st.sampled_from(CODECS))
runs = st.builds(
    NonAsciiRun,
    st.just("") | _ASCII | st.builds(str.__add__, _ASCII | _BEYOND, _ASCII),
    (_damaged | st.text(_BEYOND, min_size=1, max_size=4)).filter(bool),
    st.just("") | _ASCII | st.builds(str.__add__, _ASCII, _ASCII | _BEYOND),
)


@given(runs)
@example(NonAsciiRun("s ", "Ãƒ", " s"))
@example(NonAsciiRun("s ", "Ã", " s"))
@example(NonAsciiRun("É'", "ÄĒ", " é"))
@example(NonAsciiRun("é ", "€", '"é'))
def test_generalized_runs_have_the_same_candidates(run: NonAsciiRun) -> None:
    """A generalized run has the same candidates, also under each chain of codecs, with the same required improvement."""
    general = generalize(run)
    assert find_candidates(general) == find_candidates(run)
    assert [required_improvement(general, candidate) for candidate in find_candidates(general)] == [
        required_improvement(run, candidate) for candidate in find_candidates(run)
    ]
    for codec in CODECS:
        assert find_candidate(general, (codec,)) == find_candidate(run, (codec,))
        assert find_candidate(general, (codec, codec)) == find_candidate(run, (codec, codec))
    assert generalize(general) == general


@given(runs)
def test_a_candidate_of_one_chain_is_one_of_all(run: NonAsciiRun) -> None:
    """If one codec explains an implausible run completely, its text is among the candidates."""
    found = {(candidate.chain, candidate.text) for candidate in find_candidates(run)}
    for codec in CODECS if found else ():
        candidate = find_candidate(run, (codec,))
        assert candidate is None or (candidate.chain, candidate.text) in found


def test_private_use_characters_are_not_made() -> None:
    """No repair gives a private use character, except the small capitals of fonts for print."""
    for codec in ("cp1252", "mac_roman", "cp437"):
        repaired = repair_text(f"one {misread(chr(0xE123) * 9, codec)} two").text
        assert not any("\ue000" <= character <= "\uf8ff" for character in repaired)
    assert repair_text(f"T{misread(chr(0xF768) * 3, 'cp1252')}").text == "T" + chr(0xF768) * 3
