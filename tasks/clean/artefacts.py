r"""Artefacts of transport other than mojibake: what is invisible, doubled, escaped or of another platform.

`one&nbsp;&amp;&nbsp;two\r\n` becomes `one & two\n`. What is looked for is in data/artefacts.toml: a pattern for each kind
of artefact, the reason that the table of repairs gives, and an action, which is the name of a function of this module. The
action says what a match becomes, given the text around it, or None to leave it: full-width letters stay in a paragraph
with East Asian ones, a soft hyphen goes only from inside a word.

All patterns are searched for in one pass; passes follow until nothing changes, since `&amp;nbsp;` becomes a no-break space
and that a plain one. Then the text is put into Unicode's form NFC and, where the options say so, words that were hyphenated
at a line end are joined.
"""

from __future__ import annotations

import html
import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.clean.character_classes import IDEOGRAPH, classify
from tasks.clean.orthography import script
from tasks.clean.repairs import Repair, Step, compose, rewrite
from tasks.clean.runs import cache_short
from tasks.options import Options
from tasks.package_data import cmu_words
from tasks.parts import unlimited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.parts import Parts

_DEFAULTS = Options()
_DATA = tomllib.loads(files(__package__).joinpath("data", "artefacts.toml").read_text("utf-8"))
_LIGATURES: dict[str, str] = _DATA["ligatures"]
_WITHOUT_SPACES = frozenset(_DATA["scripts"]["without_spaces"])


def normalize_text(text: str, options: Options = _DEFAULTS) -> Repair:
    r"""`text` without artefacts, in NFC; losses, which are only reported, come as steps whose `after` equals their `before`.

    >>> normalize_text("one\u00a0\u00a0two&amp;hellip;\r\n").text
    'one two…\n'
    >>> normalize_text("soft\u00adware", Options()).steps[0][:5]
    (4, 5, '\xad', '', 'soft_hyphen')
    """
    return report_losses(text, remove_artefacts(text, options))


def remove_artefacts(text: str, options: Options = _DEFAULTS, parts: Parts | None = None) -> Repair:
    """`normalize_text` without the steps that change nothing. LimitExceeded if these are more than `parts` allow."""
    parts = parts or unlimited()
    done = Repair(text)
    while True:
        more = _pass(done.text, options, parts)
        if not more.steps:
            return done
        done = compose(text, done, more)


@cache_short(1 << 16)
def may_hold_artefacts(characters: str) -> bool:
    r"""Whether anything here could change a text that holds these characters, as far as single ones say, or report it.

    >>> may_hold_artefacts("“é”"), may_hold_artefacts("\u00a0"), may_hold_artefacts("\u0301")
    (False, True, True)
    """
    return (
        _ARTEFACT_BEGINS.search(characters) is not None
        or _LOSS_BEGINS.search(characters) is not None
        or any(map(unicodedata.combining, set(characters)))
        or not unicodedata.is_normalized("NFC", characters)
    )


def report_losses(text: str, done: Repair) -> Repair:
    r"""`done`, which was made of `text`, with a step for each loss, which changes nothing.

    >>> report_losses("caf\ufffd", Repair("caf\ufffd")).steps[0][4:]
    ('replacement_character', None, 'certain', 'a character was already lost in the input')
    """
    if not _LOSS_BEGINS.search(done.text):
        return done
    steps = []
    for match in _LOSSES.finditer(done.text):
        kind = match.lastgroup or ""
        if kind != "url":
            steps.append(Step(*match.span(), match.group(), match.group(), kind, reason=_LOSS_REASONS[kind]))
    return compose(text, done, Repair(done.text, tuple(steps))) if steps else done


class _Paragraph(NamedTuple):
    """What the rules ask about a paragraph."""

    has_right_to_left: bool
    has_ideographs: bool


class _Context:
    """What the rules may ask about the text around a match; each answer is worked out once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._paragraphs: dict[int, _Paragraph] = {}

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _protected(self) -> list[tuple[int, int]]:
        return sorted(_protected_spans(self.text))

    @cached_property
    def lost_eighth_bit(self) -> bool:
        """Whether all control characters are signs of Windows-1252 without their eighth bit."""
        return _WITHOUT_EIGHTH_BIT.keys() >= set("".join(_CONTROLS.findall(self.text)))

    def paragraph(self, position: int) -> _Paragraph:
        """The paragraph, which is a line, that a position is in."""
        number = bisect_right(self._line_starts, position) - 1
        if number not in self._paragraphs:
            ends = [*self._line_starts, len(self.text)]
            letters = set(self.text[ends[number] : ends[number + 1]])
            self._paragraphs[number] = _Paragraph(
                any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in letters),
                any(classify(letter) == IDEOGRAPH and not "\uff01" <= letter <= "\uff5e" for letter in letters),
            )
        return self._paragraphs[number]

    def is_protected(self, position: int) -> bool:
        """Whether a position is inside a URL or code."""
        number = bisect_right(self._protected, (position, len(self.text))) - 1
        return number >= 0 and position < self._protected[number][1]


_PROTECTED = re.compile(f"{_DATA['protected']['url']}|{_DATA['protected']['code']}")


def _protected_spans(text: str) -> Iterator[tuple[int, int]]:
    """URLs, code in Markdown, and elements of HTML that hold code."""
    for match in _PROTECTED.finditer(text):
        yield match.span()
    for tag in _DATA["protected"]["elements"]:
        start = text.find(f"<{tag}")
        while start != -1:
            end = text.find(f"</{tag}", start)
            if end == -1:
                break
            yield start, end
            start = text.find(f"<{tag}", end)


def _remove(_match: re.Match[str], _context: _Context) -> str:
    return ""


def _join_surrogates(match: re.Match[str], _context: _Context) -> str:
    """Two halves make the character; one alone is a loss."""
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _remove_zero_width(match: re.Match[str], context: _Context) -> str | None:
    around = context.text[max(match.start() - 1, 0) : match.start()] + context.text[match.end() : match.end() + 1]
    return None if any(script(letter) in _WITHOUT_SPACES for letter in around) else ""


def _remove_soft_hyphen(match: re.Match[str], context: _Context) -> str | None:
    start, end = match.span()
    before, after = context.text[max(start - 1, 0) : start], context.text[end : end + 1]
    return "" if before.isalpha() and after.isalpha() else None


def _remove_bidi_control(match: re.Match[str], context: _Context) -> str | None:
    return None if context.paragraph(match.start()).has_right_to_left else ""


def _fold_fullwidth(match: re.Match[str], context: _Context) -> str | None:
    if context.paragraph(match.start()).has_ideographs:
        return None
    return "".join(chr(ord(character) - 0xFEE0) for character in match.group())


def _resolve_entity(match: re.Match[str], context: _Context) -> str | None:
    if match.group("escapes").count(";") > 1 or context.is_protected(match.start()):
        return None  # escaped three times or more, it is about entities
    entity = f"&{match.group('name')};"
    character = html.unescape(entity)
    return None if character == entity or not character or "\ufffd" in character else character


def _expand_ligature(match: re.Match[str], _context: _Context) -> str:
    return _LIGATURES[match.group()]


def _to_plain_space(_match: re.Match[str], _context: _Context) -> str:
    return " "


def _to_newline(_match: re.Match[str], _context: _Context) -> str:
    return "\n"


_WITHOUT_EIGHTH_BIT = {chr(byte & 0x7F): bytes([byte]).decode("cp1252") for byte in (0x85, *range(0x91, 0x98))}
"""Typographic signs of Windows-1252 that lost their eighth bit in the mail: byte 92 is 12 then."""


def _restore_eighth_bit(match: re.Match[str], context: _Context) -> str:
    """Where a text has no other control characters, these are signs; where it has, it is no such mail."""
    return "".join(map(_WITHOUT_EIGHTH_BIT.__getitem__, match.group())) if context.lost_eighth_bit else ""


_Action = Callable[[re.Match[str], _Context], str | None]
_ACTIONS: dict[str, _Action] = {
    "expand_ligature": _expand_ligature,
    "fold_fullwidth": _fold_fullwidth,
    "join_surrogates": _join_surrogates,
    "remove": _remove,
    "remove_bidi_control": _remove_bidi_control,
    "remove_soft_hyphen": _remove_soft_hyphen,
    "remove_zero_width": _remove_zero_width,
    "resolve_entity": _resolve_entity,
    "restore_eighth_bit": _restore_eighth_bit,
    "to_newline": _to_newline,
    "to_plain_space": _to_plain_space,
}


class _Rule(NamedTuple):
    """A rule of data/artefacts.toml."""

    kind: str
    pattern: str
    act: _Action
    reason: str


_RULES = {
    rule["name"]: _Rule(rule["kind"], rule["pattern"], _ACTIONS[rule["action"]], rule["reason"])
    for rule in _DATA["rule"]
}
_FIRSTS = {rule["name"]: rule["first"] for rule in _DATA["rule"]}
_ARTEFACT_BEGINS = re.compile(f"[{''.join(_FIRSTS.values())}]")
"""The first characters of all artefacts: to search for one set is fast."""
_SPACE_SIGN = re.compile(f"[{_FIRSTS['space']}]")
_CONTROLS = re.compile(_RULES["control"].pattern)
_ARTEFACT = re.compile("|".join(f"(?P<{name}>{rule.pattern})" for name, rule in _RULES.items()))

_LOSS_BEGINS = re.compile(_DATA["losses"]["first"])
_LOSS_REASONS: dict[str, str] = {rule["kind"]: rule["reason"] for rule in _DATA["losses"]["rule"]}
_LOSSES = re.compile(
    "|".join(
        [
            f"(?P<url>{_DATA['protected']['url']})",
            *(f"(?P<{rule['kind']}>{rule['pattern']})" for rule in _DATA["losses"]["rule"]),
        ]
    )
)


_CHECK_EVERY = 10_000
"""Steps: so many are found before their number is checked against the limit again."""


def _pass(text: str, options: Options, parts: Parts) -> Repair:
    """One pass: artefacts or, where there are none, decomposed characters or, where there are none, hyphenated words."""
    steps = [*_replace_artefacts(text, parts)] or [*_compose_characters(text)]
    if not steps and options.join_hyphens:
        steps = [*_join_hyphenated(text)]
    return rewrite(text, steps)


def _replace_artefacts(text: str, parts: Parts) -> Iterator[Step]:
    context = _Context(text)
    done = n_steps = 0
    for begin in _ARTEFACT_BEGINS.finditer(text):
        position = begin.start()
        if position < done:
            continue
        while position > done and text[position - 1] == " " and _SPACE_SIGN.match(begin.group()):
            position -= 1
        match = _ARTEFACT.match(text, position)
        if match is None:
            continue
        done = match.end()
        step = _step(match, context)
        if step is None:
            continue
        n_steps += 1
        yield step
        if n_steps % _CHECK_EVERY == 0:
            parts.check(n_steps, "repairs")


def _step(match: re.Match[str], context: _Context) -> Step | None:
    """What becomes of a match; None if it stays."""
    name = match.lastgroup or ""
    rule = _RULES["html_entity" if name in {"escapes", "name"} else name]
    after = rule.act(match, context)
    if after is None:
        return None
    if name == "stripped":
        if after:
            return Step(*match.span(), match.group(), after, rule.kind, "cp1252", "inferred", rule.reason)
        rule = _RULES["control"]
    return Step(*match.span(), match.group(), after, rule.kind, reason=rule.reason)


_WITH_STARTER = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
"""Nothing that follows an ASCII character composes with what is before that, so these can be composed one by one."""


def _compose_characters(text: str) -> Iterator[Step]:
    if unicodedata.is_normalized("NFC", text):
        return
    for match in _WITH_STARTER.finditer(text):
        composed = _compose(match.group())
        if composed != match.group():
            yield Step(
                *match.span(),
                match.group(),
                composed,
                "normalization",
                reason="normalized to Unicode form NFC",
            )


_MANY_MARKS = 1000


def _compose(piece: str) -> str:
    """`piece` in Unicode's form NFC, in linear time.

    >>> _compose("e\N{COMBINING ACUTE ACCENT}")
    'é'
    """
    if len(piece) < _MANY_MARKS:
        return unicodedata.normalize("NFC", piece)
    # Python brings the marks on a character into order by insertion: minutes for some hundred thousand of them.
    composed: str = pl.Series([piece]).str.normalize("NFC").item()
    return composed


_HYPHENATED = re.compile(r"\b([^\W\d_]+)-\n([^\W\d_]+)\b")


def _join_hyphenated(text: str) -> Iterator[Step]:
    found = list(_HYPHENATED.finditer(text))
    if not found:
        return
    known = cmu_words()
    present = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
    for match in found:
        joined, hyphenated = "".join(match.groups()), "-".join(match.groups())
        if {joined.lower()} & (known | present) and hyphenated.lower() not in known | present:
            reason = "hyphenated at a line end: the word is known without the hyphen and unknown with it"
            yield Step(*match.span(), match.group(), joined + "\n", "hyphenation", None, "inferred", reason)
