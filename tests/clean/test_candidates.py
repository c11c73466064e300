"""Readings of places."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tasks.clean.candidates import NonAsciiRun, generalize, needed_gain, read, read_as
from tasks.clean.codecs import CODECS, misread

_ASCII = st.sampled_from(list("abzABZ019 .,'\"-&"))
_BEYOND = st.sampled_from(list("éÉñßаЖω’“—…ãâª\xa0Ⓐⓐ")) | st.characters(min_codepoint=0x80, codec="utf-8")
_runs = st.builds(
    lambda text, codecs: "".join(filter(lambda c: c > "\x7f", misread(misread(text, codecs[0]), codecs[1]))),
    st.lists(st.sampled_from(list("à’“”—…éŁžčżЖя鈥")), min_size=1, max_size=3).map("".join),
    st.tuples(st.sampled_from(CODECS), st.sampled_from(CODECS)),
)
_runs |= st.builds(misread, st.sampled_from(["à", "’", "—", "é", "č", "Ć", "â", "ã"]), st.sampled_from(CODECS))
places = st.builds(
    NonAsciiRun,
    st.just("") | _ASCII | st.builds(str.__add__, _ASCII | _BEYOND, _ASCII),
    (_runs | st.text(_BEYOND, min_size=1, max_size=4)).filter(bool),
    st.just("") | _ASCII | st.builds(str.__add__, _ASCII, _ASCII | _BEYOND),
)


@given(places)
@example(NonAsciiRun("s ", "Ãƒ", " s"))
@example(NonAsciiRun("s ", "Ã", " s"))
@example(NonAsciiRun("É'", "ÄĒ", " é"))
@example(NonAsciiRun("é ", "€", '"é'))
def test_what_a_place_is_generalized_by_makes_no_difference(place: NonAsciiRun) -> None:
    """It has the same readings, under each chain of codecs too, and they need the same gain."""
    kind = generalize(place)
    assert read(kind) == read(place)
    assert [needed_gain(kind, reading) for reading in read(kind)] == [needed_gain(place, r) for r in read(place)]
    for codec in CODECS:
        assert read_as(kind, (codec,)) == read_as(place, (codec,))
        assert read_as(kind, (codec, codec)) == read_as(place, (codec, codec))
    assert generalize(kind) == kind
