"""Quotations: where they open and close, what they are, and who is quoted.

Marks are read from their neighbours, for straight marks say nothing of themselves. A mark with a space before and a
letter behind opens, the other way round it closes; inside a word it is an apostrophe. What makes it hard is the single
mark: it also ends plural possessives ("the boys' house") and begins elisions ("'90s", "'em"). So

- a mark before a known elision or a decade is none;
- a mark between a letter and a space closes only softly: if a mark that surely closes (with punctuation beside it)
  follows before the next opening one, the soft one was a possessive;
- an opening mark that meets another opening mark was never closed, and reaches to the end of its sentence, or over the
  whole paragraph if the next paragraph opens with a mark: then the speech goes on there;
- a mark that closes what nothing opened, after a comma or full stop, closes what ran on from before the paragraph.

A quotation is *speech* if a reporting clause governs it or if it is longer than a few words, a *title* if it is written
like one and nobody says it, and else *scare*: words of the author, held at arm's length.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from tasks.schemas import QUOTATIONS
from tasks.segment.sentences import ASKED, Before, kind_before
from tasks.segment.speakers import PRONOUNS, Cue, cue_after, cue_before, named_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class QuotedSpan(NamedTuple):
    """Code points `start` to `end` of a paragraph, marks included; `mark` is single, double or block."""

    start: int
    end: int
    mark: str
    unclosed: bool


class Quotation(NamedTuple):
    """A quoted span with what it is (speech, scare or title) and, where the text tells, speaker and reporting verb."""

    start: int
    end: int
    mark: str
    kind: str
    speaker: str | None
    cue: str | None
    cue_grade: str | None
    n_words: int
    unclosed: bool


_OPEN, _CLOSE, _SOFT_CLOSE = range(3)
_MARK = re.compile(r"[\"“”„«»‘‚'’`](?:(?<=')'|(?<=`)`)?")
_ELISION = re.compile(
    r"['‘’](?:\d0s\b|(?:em|tis|twas|til|till|cause|cos|bout|round|neath|n|nuff|ere|ello|tude|burbs)\b)", re.IGNORECASE
)
_YEAR = re.compile(
    r"\b(?:the|of|in|since|from|until|by|summer|winter|spring|autumn)\s['‘’]\d\d\b(?![,.]?\d)", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s|$)")
# Both begin where no mark or token stands before, or a run of marks would be read again from each of them.
_WORD = re.compile(r"(?<!\S)[^\s\w]*\w\S*")
# What a column is searched for before any text is read: all but apostrophes inside and behind words.
_MAY_QUOTE = r"[\"“”„«»‘‚`]|''|(?:^|[\s(\[—–-])['’]|[,.!?…]['’]"
_OPENS_WITH_MARK = re.compile(r"\s*(?:''|``|[\"'“‘„«])")


def quoted_spans(text: str, *, runs_on: bool = False) -> list[QuotedSpan]:
    """The outermost quotations of one paragraph, in order; `runs_on` says that the next paragraph opens with a mark.

    >>> text = "In the '90s the boys' club said: 'It's ours.'"
    >>> [text[span.start : span.end] for span in quoted_spans(text)]
    ["'It's ours.'"]
    >>> quoted_spans("He is 'terrified of losing. So he said.")
    [QuotedSpan(start=6, end=27, mark='single', unclosed=True)]
    """
    doubles, singles = _read_marks(text)
    spans = _pair(text, doubles, "double", runs_on=runs_on)
    closed = [span for span in spans if not span.unclosed]
    spans += _pair(text, _outside(singles, closed), "single", runs_on=runs_on)
    outermost: list[QuotedSpan] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not outermost or span.start >= outermost[-1].end:
            outermost.append(span)
    return outermost


class _Mark(NamedTuple):
    start: int
    end: int
    role: int


def _read_marks(text: str) -> tuple[list[_Mark], list[_Mark]]:
    """The double marks and the single marks of a text that open or close something."""
    doubles: list[_Mark] = []
    singles: list[_Mark] = []
    is_open = False  # for a straight double mark with letters or spaces on both sides
    for match in _MARK.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        mark = match.group()
        if mark in {"'", "’", "‘", "‚"}:
            if before.isalnum() and after.isalnum() and mark != "‘":
                continue  # an apostrophe
            role = _read_single(text, start, mark, before, after)
            if role is not None:
                singles.append(_Mark(start, end, role))
            continue
        if mark == "`":
            continue
        may_open = (not before or not before.isalnum()) and bool(after) and not after.isspace()
        may_close = bool(before) and not before.isspace() and (not after or not after.isalnum())
        if mark in {"“", "„", "«", "``"}:
            opens = may_open or not may_close
        elif mark in {"”", "»"}:
            # French sets a space inside; only German »so« opens with these.
            opens = after.isalnum() and not may_close
        elif may_open != may_close:
            opens = may_open
        else:
            opens = not is_open
        if opens and before.isdigit() and mark == '"':
            continue  # inches
        is_open = opens
        doubles.append(_Mark(start, end, _OPEN if opens else _CLOSE))
    return doubles, singles


def _read_single(text: str, start: int, mark: str, before: str, after: str) -> int | None:
    if (not before or before in '([{"“—–-/' or before.isspace()) and after and not after.isspace():
        if after.isalnum() and (_ELISION.match(text, start) or _YEAR.search(text, max(0, start - 10), start + 6)):
            return None
        return None if after in ".,;:!?)" else _OPEN
    if mark in {"‘", "‚"}:
        return _OPEN if after.isalnum() else None
    if not before or before.isspace():
        return None
    if before in ',.!?…;:)”"' or not after or after in '.,;:!?)]"”—–-':
        return _CLOSE
    return _SOFT_CLOSE


def _outside(marks: list[_Mark], spans: list[QuotedSpan]) -> list[_Mark]:
    """The marks that stand in none of the spans; both are in order."""
    kept = []
    remaining = iter(spans)
    span = next(remaining, None)
    for mark in marks:
        while span and span.end <= mark.start:
            span = next(remaining, None)
        if not span or mark.start < span.start:
            kept.append(mark)
    return kept


def _pair(text: str, marks: list[_Mark], style: str, *, runs_on: bool) -> list[QuotedSpan]:
    """Spans from opening to closing marks of one style, in one pass."""
    surely_closed = _closed_ahead(marks)
    spans: list[QuotedSpan] = []
    opened: int | None = None
    for mark, is_closed_ahead in zip(marks, surely_closed, strict=True):
        if mark.role == _OPEN:
            if opened is not None:
                spans.append(_unclosed(text, opened, mark.start, style))
            opened = mark.start
        elif opened is not None:
            if mark.role == _CLOSE or not is_closed_ahead:
                spans.append(QuotedSpan(opened, mark.end, style, unclosed=False))
                opened = None
        elif not spans and mark.role == _CLOSE and text[mark.start - 1 : mark.start] in set(",.!?…"):
            spans.append(QuotedSpan(0, mark.end, style, unclosed=False))
    if opened is not None:
        spans.append(
            QuotedSpan(opened, len(text), style, unclosed=True)
            if runs_on or not text[:opened].strip()
            else _unclosed(text, opened, len(text), style)
        )
    return spans


def _closed_ahead(marks: list[_Mark]) -> list[bool]:
    """For each mark, whether one that surely closes follows before the next that opens."""
    result = []
    ahead = False
    for mark in reversed(marks):
        result.append(ahead)
        if mark.role != _SOFT_CLOSE:
            ahead = mark.role == _CLOSE
    return result[::-1]


def _unclosed(text: str, start: int, limit: int, style: str) -> QuotedSpan:
    """A quotation that was never closed, to the end of its sentence, or to `limit` if that comes first."""
    end = _SENTENCE_END.search(text, start, limit)
    stop = end.end() if end else start + len(text[start:limit].rstrip())
    return QuotedSpan(start, stop, style, unclosed=True)


def find_quotations_in(text: str, *, runs_on: bool = False, introduced_by: str = "") -> list[Quotation]:
    r"""The quotations of one paragraph; `introduced_by` is the paragraph before it, if that ends in a colon.

    Speakers are told as the text has them; pronouns are resolved where the whole document is known.

    >>> for found in find_quotations_in("They were a 'sham' and 'noise', Ada Brandt claimed. A \"modest\" reform."):
    ...     print(found.kind, found.speaker, found.cue, found.cue_grade)
    speech Ada Brandt claim slanted
    speech Ada Brandt claim slanted
    scare None None None
    """
    spans = quoted_spans(text, runs_on=runs_on)
    return _describe(text, _mask(text, spans), spans, introduced_by)


_TITLE_SMALL_WORDS = frozenset("a an and as at by de for from in into la le of on or the to up vs with".split())
_WORK = re.compile(
    r"(?:film|movie|book|novel|song|album|single|show|series|play|programme|program|podcast|documentary|drama|comedy|"
    r"sitcom|musical|opera|poem|essay|article|column|magazine|newspaper|painting|exhibition|memoir|titled|entitled|"
    r"game|track|hit|episode|[’']s)\W*(?:\w+\W+)?$"
)
_MAX_SCARE_WORDS = 3
_FAR = 600  # code points before a pronoun in which its noun is looked for
_WINDOW = 300  # code points to either side of a quotation in which its reporting clause is looked for
_LONGEST_TOKEN = 40  # of those that kind_before knows anything of
_BREAK = re.compile(r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])")
_NEW_CLAUSE = re.compile(r"(?<=\0).{1,3}\s(?:after|while|before|when|amid|despite|following|although|though)\s")
_INTRODUCES = re.compile(r"(?::|\b(?:that|as|of|was|were|is|be))\s*$")


def _describe(text: str, masked: str, spans: list[QuotedSpan], introduced_by: str) -> list[Quotation]:
    found = []
    previous: Cue | None = None  # of the last speech that somebody was said to speak
    for span in spans:
        inner = _inside(text, span)
        words = _WORD.findall(inner)
        n_words = len(words)
        before, after = _sentence_before(masked, span.start), _sentence_after(masked, span)
        opens_paragraph = not text[: span.start].strip()
        cue = cue_before(before) if _INTRODUCES.search(before) else None
        cue = cue or (cue_after(after) if after else None) or (cue_before(before) if before else None)
        if cue is None and opens_paragraph and introduced_by:
            cue = cue_before(introduced_by)
        if cue is None and previous and not before and n_words > 1:
            cue = previous  # "'...,' Smith said. '...'"
        kind = _kind_of(inner, words, before, after, cue)
        if kind == "speech":
            previous = cue or previous
        else:
            cue = None
        speaker, lemma, grade = (cue.speaker, cue.lemma, cue.grade) if cue else (None, None, None)
        found.append(Quotation(span.start, span.end, span.mark, kind, speaker, lemma, grade, n_words, span.unclosed))
    return found


def _inside(text: str, span: QuotedSpan) -> str:
    return text[span.start : span.end].strip("\"'“”„«»‘’‚`")


def _mask(text: str, spans: list[QuotedSpan]) -> str:
    """The text with what is quoted blotted out, but for the marks and the first and last characters inside: so that
    words inside are not taken for the author's, and sentences still begin and end.
    """
    pieces = []
    position = 0
    for span in spans:
        kept_start, kept_end = min(span.start + 2, span.end), max(span.end - 2, span.start + 2)
        pieces += [text[position:kept_start], "\0" * (kept_end - kept_start)]
        position = max(kept_start, kept_end)
    return "".join([*pieces, text[position:]])


def _sentence_before(masked: str, start: int) -> str:
    """What stands before `start` in its sentence."""
    window = masked[max(0, start - _WINDOW) : start]
    begin = 0
    for match in _BREAK.finditer(window):
        if kind_before(_token_before(window, match.end())) in {Before.STOP, Before.EXCLAMATION, Before.ELLIPSIS}:
            begin = match.end()
    if window[begin:].strip() and _SENTENCE_END.search(window.rstrip(), max(0, len(window.rstrip()) - 3)):
        return ""  # the quotation opens a sentence
    # "... told troops to 'run' after the despot spoke of '...'": what follows the conjunction is not hers.
    cut = _NEW_CLAUSE.search(window, begin)
    return window[cut.end() :] if cut else window[begin:]


def _token_before(text: str, end: int) -> str:
    """The last token of `text[:end]`."""
    return text[max(0, end - _LONGEST_TOKEN) : end].rsplit(maxsplit=1)[-1]


def _sentence_after(masked: str, span: QuotedSpan) -> str:
    """What stands behind a quotation in its sentence: nothing if the quotation ends the sentence."""
    window = masked[span.end : span.end + _WINDOW]
    last = masked[: span.end].rstrip("\"'“”„«»‘’‚`")[-1:]
    following = window.lstrip()[:1]
    if last in {".", "…"} and not (following.islower() or following == ","):
        return ""
    if last in {"!", "?"} and following.isupper() and not ASKED.match(window.lstrip()):
        return ""
    for match in _BREAK.finditer(window):
        if kind_before(_token_before(window, match.end())) in {Before.STOP, Before.EXCLAMATION, Before.ELLIPSIS}:
            return window[: match.start()]
    return window


_FUNCTION_WORDS = frozenset(
    """a about after against all along although amid among an and are as at be because been before being between both but
    by can could did do does during each either even every for from had has have he her him his how if in into is it its
    just may might more most must my near no nor not of off on once one only onto or our out over per shall she should
    since so some such than that the their them then there these they this those though through to too toward under until
    up upon was we were what when where whether which while who whom whose why will with would yet you your""".split()
)
_NEXT_WORD = re.compile(r"\s+([a-z][\w'’-]*)")
_OF_ONESELF = re.compile(
    r"(?:\b(?:said|says|told|added|insisted|admitted)\b.{0,40}\b(?:he|she)(?:\s(?:also|would be|had|has))?\s)$"
)


def _is_woven_in(inner: str, n_words: int, before: str, after: str, cue: Cue) -> bool:
    """Whether what somebody is reported to have said is the author's sentence but for a word or two held at arm's length.

    In "he spoke of a 'desperate' strategy" and "said it 'obviously' could not" the marked word stands inside a phrase of
    the author's own, where in "said it was 'desperate'" it is all that was said. So is a feeling of the speaker himself:
    "he said he 'respects' him".
    """
    if n_words > 2 or cue.frame != "that" or not inner[-1:].isalnum():
        return False
    following = _NEXT_WORD.match(after)
    if inner.endswith("ly") and n_words == 1:
        return following is not None
    if following and (following[1] == "of" or following[1] not in _FUNCTION_WORDS):
        return bool(before)
    return bool(after[:1].isspace() and _OF_ONESELF.search(before))


def _kind_of(inner: str, words: list[str], before: str, after: str, cue: Cue | None) -> str:
    n_words = len(words)
    is_titled = bool(words) and all(
        word[0].isupper() or word[0].isdigit() or word.lower() in _TITLE_SMALL_WORDS for word in words
    )
    ends_sentence = inner[-1:] in set(".!?…")
    if is_titled and (cue is None or cue.frame == "that") and _WORK.search(before):
        return "title"
    if cue is not None:
        return "scare" if _is_woven_in(inner, n_words, before, after, cue) else "speech"
    if before.rstrip().endswith(":"):
        return "speech"
    if is_titled and n_words > 1 and not ends_sentence and before.strip():
        return "title"
    if n_words > _MAX_SCARE_WORDS or (ends_sentence and inner[:1].isupper() and not before.strip()):
        return "speech"
    return "scare"


def find_quotations(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """The quotations of all paragraphs, as the table `quotations` declares them.

    `paragraphs` has document_id, paragraph_index, text and, if it comes from `split_paragraphs`, marker; its rows are in
    document order, for speech runs on over paragraphs and "he" is somebody named before.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0, 1, 2], "text": [
    ...     "'The bridge is closed,' Ada Brandt said.", "'And it will stay so.'", "She added: 'For good.'"]})
    >>> find_quotations(paragraphs).select("paragraph_index", "start", "end", "speaker", "cue").rows()
    [(0, 0, 23, 'Ada Brandt', 'say'), (1, 0, 22, 'Ada Brandt', None), (2, 11, 22, 'Ada Brandt', 'add')]
    """
    marker = pl.col("marker") if "marker" in paragraphs.columns else pl.lit("")
    context = paragraphs.select(
        "document_id",
        "paragraph_index",
        "text",
        is_block=marker == ">",
        may_quote=pl.col("text").str.contains(_MAY_QUOTE) | (marker == ">"),
        runs_on=(
            pl.col("text").str.contains(_OPENS_WITH_MARK.pattern)
            & (pl.col("document_id") == pl.col("document_id").shift())
        ).shift(-1, fill_value=False),
        above=pl.when(pl.col("document_id") == pl.col("document_id").shift())
        .then(pl.col("text").shift())
        .fill_null(""),
    )
    context = context.filter("may_quote").drop("may_quote")
    rows: list[tuple[object, ...]] = []
    for document_id, paragraphs_of_it in groupby(context.iter_rows(), key=itemgetter(0)):
        rows += [(document_id, index, *quotation) for index, quotation in _quote_document(paragraphs_of_it)]
    columns = ["document_id", "paragraph_index", *Quotation._fields]
    return QUOTATIONS.conform(
        pl.DataFrame(rows, schema={name: QUOTATIONS.schema[name] for name in columns}, orient="row")
    )


class _Paragraph(NamedTuple):
    place: int  # its paragraph_index
    narration: str  # its text with quotations blotted out
    above: str
    is_quotation: bool  # and nothing else
    quotations: list[Quotation]


def _quote_document(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, Quotation]]:
    """The quotations of one document's paragraphs, with speakers carried over and pronouns resolved."""
    paragraphs = []
    for _, index, text, is_block, runs_on, above in rows:
        introduced_by = above[-_WINDOW:] if above[-1:] == ":" else ""
        if is_block:
            quotations = [_quote_block(text, introduced_by)]
            narration = ""
        else:
            spans = quoted_spans(text, runs_on=runs_on)
            narration = _mask(text, spans)
            quotations = _describe(text, narration, spans, introduced_by)
        is_quotation = len(quotations) == 1 and quotations[0].start == 0 and quotations[0].end == len(text)
        paragraphs.append(_Paragraph(index, narration, above, is_quotation, quotations))
    return _settle_speakers(paragraphs)


def _quote_block(text: str, introduced_by: str) -> Quotation:
    cue = cue_before(introduced_by) if introduced_by else None
    speaker, lemma, grade = (cue.speaker, cue.lemma, cue.grade) if cue else (None, None, None)
    return Quotation(0, len(text), "block", "speech", speaker, lemma, grade, len(_WORD.findall(text)), unclosed=False)


_CAPITALIZED = re.compile(r"[^\W\d_][\w’'-]*[^\W_]")
_MALE = frozenset({"mr", "sir", "lord", "king", "prince"})
_FEMALE = frozenset({"mrs", "ms", "miss", "lady", "dame", "queen", "princess"})


def _settle_speakers(paragraphs: list[_Paragraph]) -> list[tuple[int, Quotation]]:
    """Pronouns replaced by whom they stand for, and speakers carried into paragraphs that are nothing but quotation."""
    # By surname: the speaker as last named, or as first named further on.
    speakers: dict[str, str] = {}
    for paragraph in reversed(paragraphs):
        for quotation in reversed(paragraph.quotations):
            if surname := _surname(quotation.speaker):
                speakers[surname] = quotation.speaker or surname
    settled: list[tuple[int, Quotation]] = []
    above: _Paragraph | None = None
    for paragraph in paragraphs:
        if above and above.place != paragraph.place - 1:
            above = None
        spoke_above = settled[-1][1].speaker if above and above.quotations else None
        described: str | None = None  # a speaker without a name, in this paragraph: "one collector"
        for quotation in paragraph.quotations:
            speaker = quotation.speaker
            if speaker and speaker.lower() in PRONOUNS:
                here = paragraph.narration[: quotation.start]
                pronoun = here.rfind(speaker)
                before = here[:pronoun] if pronoun >= 0 else here
                if described:
                    speaker = described if speaker.lower() in {"he", "she"} else None
                else:
                    contexts = (before, above.narration if above else paragraph.above, spoke_above or "")
                    speaker = _antecedent(speakers, speaker.lower(), contexts)
            elif speaker and (surname := _surname(speaker)):
                speakers[surname] = speaker
                described = None
            elif speaker:
                described = speaker
            elif above and _carries_on(above, paragraph):
                speaker = spoke_above
            settled.append((paragraph.place, quotation._replace(speaker=speaker)))
        above = paragraph
    return settled


def _carries_on(above: _Paragraph, paragraph: _Paragraph) -> bool:
    """Whether a paragraph is nothing but speech, and whole sentences of it, below one that begins or ends with speech."""
    if not (paragraph.is_quotation and above.quotations):
        return False
    own, last = paragraph.quotations[0], above.quotations[-1]
    is_whole = paragraph.narration.rstrip("\"'“”„«»‘’‚`\0")[-1:] in set(".!?…") or own.unclosed
    touches_edge = above.quotations[0].start == 0 or last.end == len(above.narration)
    return own.mark != "block" and own.cue is None and own.kind == last.kind == "speech" and is_whole and touches_edge


def _surname(speaker: str | None) -> str:
    """The last name of a speaker who bears one: none for "the minister"."""
    if not speaker or speaker.lower() in PRONOUNS or speaker.lower().startswith(("the ", "a ", "an ")):
        return ""
    last = speaker.split()[-1]
    return last if last[0].isupper() else ""


def _antecedent(speakers: Mapping[str, str], pronoun: str, contexts: Iterable[str]) -> str | None:
    """The one person named in the first of the contexts that names any; null if there are more, or names that may be
    persons'. `speakers` of the document have their surname as key.
    """
    if pronoun not in {"he", "she"}:
        return None
    for context in contexts:
        near = context[-_FAR:]
        people = named_people(near)
        named = {name: speakers[name] for name in _CAPITALIZED.findall(near) if name in speakers}
        candidates = {name: person for name, person in {**people.sure, **named}.items() if _may_be(pronoun, person)}
        if candidates or people.doubtful:
            is_alone = len(candidates) == 1 and not people.doubtful.keys() - named.keys()
            return next(iter(candidates.values())) if is_alone else None
    return None


def _may_be(pronoun: str, speaker: str) -> bool:
    words = {word.strip(".").lower() for word in speaker.split()}
    return not words & (_FEMALE if pronoun == "he" else _MALE)
