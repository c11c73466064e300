"""Wrong decoding of UTF-8, and how it is undone."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean.codecs import CODECS, EAST_ASIAN_CODECS, decode_east_asian, misread, possible_codecs, undo_misreading

_BEYOND = st.text(st.characters(min_codepoint=0x80, exclude_categories=["Cs"]), min_size=1, max_size=6)


@pytest.mark.parametrize("codec", [*CODECS, *EAST_ASIAN_CODECS])
def test_every_codec_of_the_data_is_known(codec: str) -> None:
    """Python has a codec of each name."""
    assert codecs.lookup(codec)


@given(_BEYOND, st.sampled_from(CODECS))
def test_a_misreading_is_undone(text: str, codec: str) -> None:
    """Text that was decoded with a wrong codec is restored completely, and has the pattern of a lead byte."""
    damaged = misread(text, codec)
    if damaged.isascii() or "\ufffd" in damaged or any(character < "\x80" for character in damaged):
        return  # a codec may read a byte beyond ASCII as ASCII
    assert codec in possible_codecs(damaged)
    decoding = undo_misreading(damaged, codec)
    assert decoding is not None
    assert (decoding.text, decoding.decoded, decoding.n_undecoded, decoding.n_lost) == (text, text, 0, 0)


@given(_BEYOND, st.sampled_from(CODECS))
def test_bytes_that_are_not_utf8_are_kept(run: str, codec: str) -> None:
    """A decoding keeps each character that is not part of UTF-8, and counts it."""
    decoding = undo_misreading(run, codec)
    if decoding is not None:
        assert decoding.decoded
        assert decoding.n_undecoded <= len(run) - 2


@pytest.mark.parametrize(("text", "codec"), [("’s", "gb18030"), ("’t", "gb18030"), ("—a", "gb18030"), ("”Ａ", "cp932")])
def test_east_asian_codecs_absorb_the_next_letter(text: str, codec: str) -> None:
    """A sign of three bytes is read as two characters with the letter after it, and comes back with that."""
    run = text.encode().decode(codec)
    assert not any(character in text for character in run)
    assert decode_east_asian(run, codec) == text
