r"""Rich text: each byte in the code page of its font, and nothing that a reader of the page does not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]

FONTS = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Mincho;}}"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (r"\'93Rain\'94\par", "“Rain”"),
        (r"\u8220\'93Rain\u8221?\par", "“Rain”"),
        (r"{\uc2\u233\'c3\'a9}t\'e9\par", "été"),
        (r"\u-10179?\u-8704?\par", "😀"),
        (r"\f1\'cf\'f0\'e8\'e2\'e5\'f2 \f0 caf\'e9\par", "Привет café"),
        (r"\f2\'93\'fa\'96\'7b\par", "日本"),
        (r"one\line two\par", "one\ntwo"),
        (r"north\_east um\-brella a\~b\par", "north-east umbrella a b"),
        (r"\emdash  so\endash\par", "— so–"),
        (r"kept{\deleted  lost}{\v  hidden}\par", "kept"),
        (r"{\header Head\par}{\*\unknown star}{\footnote note}{\pict 00ff}text\par", "text"),
        (r"{\field{\*\fldinst PAGE}{\fldrslt 7}}text\par", "text"),
        (r'{\field{\*\fldinst HYPERLINK "http://a.example"}{\fldrslt linked}} words\par', "linked words"),
        ("\\{braces\\} and a\\\\b\\par", "{braces} and a\\b"),
        ("It rain\r\ned.\\\nAll day.\\par", "It rained.\n\nAll day."),
        (r"{\upr{plain}{\*\ud{\u233e}}}\par", "é"),
        (r"a\bin3 }}}b\par", "ab"),
    ],
)
def test_content(articles: Articles, content: str, text: str) -> None:
    """Each control word is text, a break, or nothing, as the reader of the page sees it."""
    [document], failures = articles("a.rtf", r"{\rtf1\ansi\ansicpg1252\deff0" + FONTS + content + "}")
    assert (document.text, failures) == (text, [])


@pytest.mark.parametrize(
    ("head", "byte", "letter"), [(r"\mac", "8e", "é"), (r"\ansi\ansicpg1251", "e9", "й"), (r"\pc", "82", "é")]
)
def test_code_pages(articles: Articles, head: str, byte: str, letter: str) -> None:
    """Where no font says more, the bytes are in the code page of the file."""
    [document], _ = articles("a.rtf", rf"{{\rtf1{head}{{\fonttbl{{\f0 Arial;}}}}\f0 x\'{byte}x\par}}")
    assert document.text == f"x{letter}x"


def test_title_by_style_or_properties(articles: Articles) -> None:
    """The title is the paragraph in the style of titles, else that of the properties; styles and fonts are no text."""
    styled = r"{\rtf1{\stylesheet{\s0 Normal;}{\s5 Title;}}\pard\s5 A day\par\pard It rained.\par}"
    declared = r"{\rtf1{\info{\title A day}{\author Me}}A day\par It rained.\par}"
    for content in (styled, declared):
        [document], _ = articles("a.rtf", content)
        assert (document.title, document.text) == ("A day", "It rained.")


@pytest.mark.parametrize(
    "content", ["{\\rtf1", "{\\rtf1 It rained.", "{\\rtf1 It rained.}}}}", "{\\rtf1" + "{" * 500 + "It rained."]
)
def test_files_that_are_cut_short(articles: Articles, content: str) -> None:
    """What is there of a file is read, whatever braces are missing."""
    documents, failures = articles("a.rtf", content)
    assert [document.text for document in documents] == (["It rained."] if "It" in content else [""])
    assert failures == []


def test_groups_that_are_nested_too_deeply(articles: Articles) -> None:
    """A file of braces is refused."""
    documents, [failure] = articles("a.rtf", "{\\rtf1" + "{" * 20_000)
    assert (documents, failure.error) == ([], "FormatError")
