"""Which blocks of a page are its article."""

from __future__ import annotations

from tasks.ingest.formats.html import extract_article

TEXT = [
    "Snow fell on the coast from noon until late at night, and most of the roads to the port were shut by six.",
    "The council sent out all of its ploughs, but two of them were stuck behind a lorry on the bridge until dawn.",
    "Pupils were told to stay at home on Friday, and the market in the square will not open before the weekend.",
    "More snow is expected in the hills, where the wind has blown it against the doors of several farms.",
]


def page(*extra: str, before: str = "", after: str = "") -> str:
    """A page with an article, which has `extra` in its middle."""
    paragraphs = [f"<p>{text}</p>" for text in TEXT]
    middle = "".join([*paragraphs[:2], *extra, *paragraphs[2:]])
    menu = "<nav><a href=a>Home</a> <a href=b>Sport</a></nav>"
    return f"<html><body>{menu}<article>{before}<h1>Snow on the coast</h1>{middle}{after}</article><footer>© The Post</footer></body></html>"


def text(html: str) -> list[str]:
    """The blocks of the article."""
    return extract_article(html)[1].split("\n\n")


def test_article_of_a_page() -> None:
    """Headline and paragraphs are kept; the menu and the footer are not."""
    assert text(page()) == ["# Snow on the coast", *TEXT]


def test_share_links_cookie_notes_and_lists_of_links_are_left_out() -> None:
    """What a page prints around an article is left out, although it stands inside of it."""
    share = "<div class='share-tools'><p>Share this story with your friends and with your family today.</p></div>"
    cookies = "<div class=cookie-note><p>We use cookies to make this site better for all of our readers.</p></div>"
    links = "<ul><li><a href=a>Ice on the river</a></li><li><a href=b>Wind in the hills</a></li><li><a href=c>Rain</a></li></ul>"
    assert text(page(share, links, after=cookies)) == ["# Snow on the coast", *TEXT]


def test_what_the_extractor_drops_is_taken_back() -> None:
    """Names that look like boilerplate, a pull quotation, a caption and a row of a table are kept in their places."""
    box = "<div class=expandable><p>The army sent forty of its soldiers on Thursday evening.</p></div>"
    pull = "<aside class=pullquote>All roads were shut</aside>"
    figure = "<figure><img src=a><figcaption>A plough on the bridge</figcaption></figure>"
    table = "<table><tr><td>Hull</td><td>40 cm</td></tr></table>"
    middle = [
        "The army sent forty of its soldiers on Thursday evening.",
        "> All roads were shut",
        "A plough on the bridge",
        "Hull | 40 cm",
    ]
    assert text(page(box, pull, figure, table)) == ["# Snow on the coast", *TEXT[:2], *middle, *TEXT[2:]]


def test_byline_is_a_paragraph() -> None:
    """The byline stands in the text, as in a text file, and is a field."""
    fields, plain = extract_article(page(before="<p class=byline>By Ida Fenn</p>"))
    assert fields["byline"] == "Ida Fenn"
    assert "By Ida Fenn\n\n" in plain


def test_article_in_a_part_that_is_called_a_sidebar() -> None:
    """A part of the page that holds the article is not left out, whatever it is called."""
    html = page().replace("<article>", "<div class='sidebar-main paywall'>").replace("</article>", "</div>")
    assert set(TEXT) <= set(text(html))


def test_page_with_braille() -> None:
    """Braille in a page, the script of the numbers of blocks, is text as any other."""
    assert "The sign says ⠓⠥⠇⠇ in dots." in text(page("<p>The sign says ⠓⠥⠇⠇ in dots.</p>"))


def test_lede_in_the_type_of_a_heading() -> None:
    """A first paragraph between the headline and the article is kept, and is no heading."""
    lede = "The coast has long been praised for winters in which nobody needs a coat, whatever the month and the wind."
    html = page().replace("</h1>", f"</h1><div class=story-top><h2>{lede}</h2></div>")
    assert text(html) == ["# Snow on the coast", lede, *TEXT]


def test_page_with_control_characters() -> None:
    """Characters that XML does not have do not end the reading of a page."""
    marked = f"<p>A \x01plough\x0b, by\x1f the sea, was {chr(0xFFFF)} stuck for all of the night.</p>"
    assert len(text(page(marked))) == len(TEXT) + 2


def test_broken_page() -> None:
    """Items without a list, and elements that are not closed, are read."""
    html = f"<li><p>{TEXT[0]}<li>{TEXT[1]}</table><li>{TEXT[2]}"
    assert TEXT[0] in extract_article(html)[1]
