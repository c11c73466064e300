"""Names of classes and ids."""

from __future__ import annotations

import pytest

from tasks.ingest.pages.names import is_hidden, roles_of
from tasks.ingest.pages.parsing import parse_page


@pytest.mark.parametrize("name", ["studying", "barrister-desk", "metals", "expandable", "commentary", "navy"])
def test_names_that_hold_letters_of_others(name: str) -> None:
    """Only whole words of a name count."""
    assert roles_of(parse_page(f"<p class='{name}'>a").find(".//p")) == set()


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ("class='c1 article__byline'", "byline"),
        ("id=PullQuote", "pull_quote"),
        ("class=related-posts", "boilerplate"),
        ("class=wp-caption-text", "caption"),
    ],
)
def test_roles(attributes: str, role: str) -> None:
    """A word of a class or an id gives an element its role."""
    assert role in roles_of(parse_page(f"<p {attributes}>a").find(".//p"))


def test_hidden() -> None:
    """An element may say in three ways that it is not shown."""
    page = "<p hidden>a<p style='color: red; display : none'>a<p aria-hidden=true>a<p style='display: block'>a"
    assert [is_hidden(node) for node in parse_page(page).iter("p")] == [True, True, True, False]
