"""The bounds, kinds and speakers of quotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import schemas
from tasks.segment import find_quotations, find_quotations_in, quoted_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


def quoted(text: str) -> list[str]:
    """The quoted pieces of a paragraph."""
    return [text[span.start : span.end] for span in quoted_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The boys' house and the Joneses' car.",
        "In the '90s they'd rock 'n' roll.",
        "'Twas the '63 freeze; give 'em hell.",
        "It isn't Smith's, it's the ladies'.",
        'He is 6\' 2" tall and the plank 3" thick.',
        "O'Shaw and N’Dalla",
        "the class of ’87",
        "'Twas cold, and rock 'n' roll was dead in the '90s.",
        "Rock ’n’ roll, fish ’n’ chips and the summer of ’69",
        "Give 'em hell, he said, 'cause they're comin'.",
        "I'm goin' fishin' with the boys'.",
        'It was 5\'10" tall and 6" wide.',
    ],
)
def test_apostrophes_are_not_quotation_marks(text: str) -> None:
    """Contractions, possessives, decades, years, elisions and inches are not quotations."""
    assert quoted(text) == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("She said 'no' and \"never\".", ["'no'", '"never"']),
        ("‘It’s ours,’ he said.", ["‘It’s ours,’"]),
        ("'The boys' club is ours,' he said.", ["'The boys' club is ours,'"]),
        ("“Outer ‘inner’ outer”", ["“Outer ‘inner’ outer”"]),
        ("'He told me: \"Go!\"'", ["'He told me: \"Go!\"'"]),
        ("« Je regrette », a-t-il dit.", ["« Je regrette »"]),
        ("„Nein“, sagte sie.", ["„Nein“"]),
        ("»Nein«, sagte sie.", ["»Nein«"]),
        ("``Latex'' quotes", ["``Latex''"]),
        ("(‘Yes.’)", ["‘Yes.’"]),
        ("The '90s were 'hard' for him.", ["'hard'"]),
        ("‘‘Doubled single,’’ she said.", ["‘‘Doubled single,’’"]),
        ("The teachers' union said the pupils' marks were 'inflated'.", ["'inflated'"]),
        ("'The teachers' union is wrong,' he said.", ["'The teachers' union is wrong,'"]),
        ("She called the workers' strike 'a joke', and the bosses' reply 'worse'.", ["'a joke'", "'worse'"]),
        ("He said 'it's the Joneses' fault' and left.", ["'it's the Joneses' fault'"]),
        ("He wrote ‘the boys’ house’ on the door.", ["‘the boys’ house’"]),
        ("'I'm goin' fishin',' he said.", ["'I'm goin' fishin','"]),
        ("“I said ‘no’ and he said ‘yes’,” she recalled.", ["“I said ‘no’ and he said ‘yes’,”"]),
        ("He asked: 'Who's there?' 'Me,' she said.", ["'Who's there?'", "'Me,'"]),
        ("In '97 they won; in '05 again: 'a landslide'.", ["'a landslide'"]),
    ],
)
def test_marks_of_every_kind(text: str, pieces: list[str]) -> None:
    """Straight and curly, single and double, English, French and German; only the outermost count."""
    assert quoted(text) == pieces


def test_an_unclosed_quotation_ends_with_its_sentence() -> None:
    """A quotation that was never closed ends with its sentence, unless the next paragraph continues it."""
    text = "He is 'afraid of losing. That was all."
    assert quoted(text) == ["'afraid of losing."]
    (span,) = quoted_spans(text, runs_on=True)
    assert (span.end, span.unclosed) == (len(text), True)


def test_an_apostrophe_does_not_continue_speech(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Speech continues in a paragraph that begins with a mark, not in one that contains a quotation further on."""
    found = find_quotations(make_paragraphs("He is 'afraid of losing. That was all.", "It isn't ours, 'she' said."))
    assert found["end"][0] == len("He is 'afraid of losing.")


def test_a_closing_mark_alone_closes_what_ran_on() -> None:
    """A paragraph that closes a quotation without opening one is quoted from its beginning."""
    assert quoted("and that is all,” she said.") == ["and that is all,”"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Ada Brandt called it 'a disgrace'.", ["speech"]),
        ("A so-called 'reform' of the harbour.", ["scare"]),
        ("She published one book, 'The Long Way Down'.", ["title"]),
        ("The note was short: 'Gone.'", ["speech"]),
        ("They sang the song 'Roll On' twice.", ["title"]),
        ("He spoke of a 'modest' rise.", ["scare"]),
        ("Orr accused the 'corrupt' council of theft.", ["speech"]),
        ("The firm said it 'obviously' regretted the delay.", ["scare"]),
        ("The firm said the delay was 'obvious'.", ["speech"]),
        ("'I never saw that boat in all my life.'", ["speech"]),
    ],
)
def test_speech_scare_quotes_and_titles(text: str, kinds: list[str]) -> None:
    """What somebody says is speech; one or two quoted words embedded in the author's sentence are scare quotes."""
    assert [found.kind for found in find_quotations_in(text)] == kinds


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "grade"),
    [
        ("'Go,' said Ada Brandt, the mayor.", "Ada Brandt", "say", "neutral"),
        ("'Go,' Ada Brandt said.", "Ada Brandt", "say", "neutral"),
        ("The mayor claimed: 'They went.'", "The mayor", "claim", "slanted"),
        ("'We are finished,' according to the harbour master.", "the harbour master", "according to", "neutral"),
        ("Its director, Ludo Sarn, insisted they were 'content to stay'.", "Ludo Sarn", "insist", "slanted"),
        ("Brandt slammed the plan as 'a farce'.", "Brandt", "slam", "violent"),
        ("'Never,' purrs Mr Orr, that old hand.", "Mr Orr", "purr", "slanted"),
        ("It was seen as 'the last straw for us all'.", None, None, None),
    ],
)
def test_speakers_and_reporting_verbs(text: str, speaker: str | None, cue: str | None, grade: str | None) -> None:
    """Speaker and reporting verb are before or after the quotation, or missing."""
    (found,) = find_quotations_in(text)
    assert (found.speaker, found.cue, found.cue_grade) == (speaker, cue, grade)


def speakers(paragraphs: pl.DataFrame) -> list[str | None]:
    """The speakers of the quotations of a document."""
    return find_quotations(paragraphs)["speaker"].to_list()


def test_a_pronoun_refers_to_the_only_candidate(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """The pronouns "he" and "she" refer to the only person named before."""
    assert speakers(make_paragraphs("Mayor Ada Brandt voted against it.", "'Never,' she said.")) == ["Ada Brandt"]
    assert speakers(make_paragraphs("Ernest Orr, 71, arrived late.", "'I was asleep,' he said.")) == ["Ernest Orr"]


@pytest.mark.parametrize(
    "before",
    [
        "Councillor Hal Pell met Ada Brandt and Nora Faber.",
        "Rabble-rouser Petra Voller was there.",
        "It rained on the harbour.",
    ],
)
def test_an_ambiguous_pronoun_is_not_resolved(before: str, make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """No name is better than a wrong one, even if somebody spoke a paragraph earlier."""
    assert speakers(make_paragraphs("'Yes,' said Colin Straw.", before, "'Never,' she said."))[-1] is None


def test_titles_distinguish_he_and_she(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """The pronoun "she" does not refer to Mr Orr."""
    assert speakers(make_paragraphs("Mr Orr met Mrs Faber.", "'Never,' she said.")) == ["Faber"]


@pytest.mark.parametrize(
    ("paragraphs", "speaker"),
    [
        (("Of the guests only Sir Tom Orr spoke. 'It is late,' he said.",), "Tom Orr"),
        (("Ada Brandt and Nora Faber met. 'No,' she said.",), "Ada Brandt"),
        (("Sir Tom Orr met Ada Brandt and Nora Faber. 'No,' she said.",), None),
        (("President Orr praised Ada Brandt. 'She is ready,' he said.",), "Orr"),
        (("'It is bad,' the minister said.", "She added: 'It will be worse.'"), "the minister"),
        (("'It is bad,' residents said.", "She added: 'It will be worse.'"), None),
        (("Mr Orr sang.", "He said: 'I fell.'", "'It hurt.'", "He added: 'A lot.'"), "Orr"),
        (("“We lost,” said Orr. “We won,” said Pell. “They drew,” he said.",), "Pell"),
        (("“W—” said Orr.", "“We left,” he said."), "Orr"),
    ],
)
def test_antecedents_of_pronouns(
    paragraphs: tuple[str, ...], speaker: str | None, make_paragraphs: Callable[..., pl.DataFrame]
) -> None:
    """A pronoun refers to the one person named, the first of several, who spoke last, or the office-holder who spoke."""
    assert speakers(make_paragraphs(*paragraphs))[-1] == speaker


def test_crowded_quotations_keep_their_clauses(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Several quotations in a sentence share the clause after them, if it is not too far away."""
    found = find_quotations(make_paragraphs("He wrote of 'a', " + "'b', " * 30 + "'c', said Orr."))
    assert found.height == 32
    assert found["speaker"][-1] == "Orr"


def test_speech_runs_on_over_paragraphs(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Each paragraph opens again, only the last one closes; the speaker stays."""
    found = find_quotations(
        make_paragraphs(
            "Nora Faber said: “We came late. It rained.", "“Then we left.", "“Nobody saw us.”", "It was over."
        )
    )
    assert found["speaker"].to_list() == ["Nora Faber"] * 3
    assert found["unclosed"].to_list() == [True, True, False]


def test_a_quoted_subheading_is_not_the_last_speakers(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A speaker is continued only next to speech."""
    assert speakers(make_paragraphs("His wife shouted ‘Shame!’ at them, and left.", "‘A clock with a soul’")) == [
        "His wife",
        None,
    ]


def test_block_quotes_are_speech(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A paragraph marked as quotation is one, and its speaker is from the line that introduces it."""
    found = find_quotations(make_paragraphs("Ada Brandt wrote:", "We left.", markers=["", ">"]))
    assert found.select("mark", "kind", "speaker").rows() == [("block", "speech", "Ada Brandt")]


def test_documents_do_not_mix(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Speech does not continue in the next document."""
    one, other = make_paragraphs("'Go,' said Ada Brandt."), make_paragraphs("'We have gone away,' she said.")
    both = one.vstack(other.with_columns(document_id=other["document_id"] + "2"))
    assert speakers(both) == ["Ada Brandt", None]


def test_the_table_is_the_declared_one(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """The frame has its columns also without rows."""
    for paragraphs in (make_paragraphs(), make_paragraphs("No marks."), make_paragraphs("'Go.'")):
        assert find_quotations(paragraphs).schema == schemas.QUOTATIONS.empty().schema


@settings(deadline=None)
@given(st.text("ab A.,'\"’‘“”«»`\n 9:", max_size=60), st.booleans())
def test_spans_are_ordered_and_apart(text: str, runs_on: bool) -> None:
    """For any marks, spans are inside the text, in order, without overlap, and begin or end at a mark."""
    end = 0
    for span in quoted_spans(text, runs_on=runs_on):
        assert end <= span.start < span.end <= len(text)
        end = span.end
        assert span.unclosed or text[span.end - 1] in "'\"’‘“”«»`"
    find_quotations_in(text, runs_on=runs_on)
