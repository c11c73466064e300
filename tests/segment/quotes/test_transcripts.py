"""Turns of transcripts."""

from __future__ import annotations

import polars as pl

from tasks.segment import segment_documents


def _segments(text: str, speakers: list[str | None]) -> tuple[list[tuple[object, ...]], list[str], list[str]]:
    documents = pl.DataFrame(
        {"document_id": ["d", "e"], "text": [text, "It rained."], "format": ["srt", "text"], "title": [None, None]},
        schema_overrides={"title": pl.String},
    ).with_columns(speakers=pl.Series([speakers, []], dtype=pl.List(pl.String)))
    segments = segment_documents(documents)
    own = segments.quotations.filter(pl.col("document_id") == "d")
    rows = own.select("paragraph_index", "start", "end", "mark", "speaker").rows()
    voices = segments.sentences.filter(pl.col("document_id") == "d")["voice"].to_list()
    return rows, voices, segments.paragraphs["kind"].to_list()


def test_all_words_of_a_turn_are_its_speakers() -> None:
    """A turn is body text without a full stop, and one quotation; the words of other documents stay their author's."""
    rows, voices, kinds = _segments("so he said\n\nNot I. Never.", ["Una Bell", None])
    assert rows == [(0, 0, 10, "turn", "Una Bell"), (1, 0, 13, "turn", None)]
    assert (voices, kinds) == (["quoted"] * 3, ["body"] * 3)


def test_what_a_speaker_quotes_is_a_second_voice() -> None:
    """Quoted speech inside a turn keeps its row, and the turn is what stands around it; a scare quote is the speaker's own."""
    text = 'Ada Vane said: "You will all pay for this." It was a so-called "reform" then.'
    rows, voices, _ = _segments(text, ["Una Bell"])
    assert [(row[3], row[4]) for row in rows] == [("turn", "Una Bell"), ("double", "Ada Vane"), ("turn", "Una Bell")]
    assert [text[row[1] : row[2]] for row in rows] == ["Ada Vane said:", '"You will all pay for this."', text[44:]]
    assert voices == ["quoted"] * 2


def test_a_turn_that_vanished_keeps_its_place() -> None:
    """A block that cleaning has emptied does not shift the speakers of the others."""
    rows, _, _ = _segments("One more.\n\n\n\nThree of them.", ["Una Bell", "Ivo Dale", "Ada Vane"])
    assert [row[4] for row in rows] == ["Una Bell", "Ada Vane"]


def test_turns_are_attributed_in_every_language() -> None:
    """The source names the speaker, so the words of a turn in French are its speaker's, too."""
    text = "La mairie a fermé le pont lundi matin, et les habitants ont dû faire un long détour par la forêt."
    documents = pl.DataFrame(
        {"document_id": ["d"], "text": [text], "format": ["srt"], "title": [None]},
        schema_overrides={"title": pl.String},
    ).with_columns(speakers=pl.Series([["Nora Faber"]], dtype=pl.List(pl.String)))
    segments = segment_documents(documents)
    assert segments.paragraphs["language"].to_list() == ["fr"]
    assert segments.attributions.select("type", "speaker_name").rows() == [("direct", "Nora Faber")]
