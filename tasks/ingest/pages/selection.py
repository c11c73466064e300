"""Which blocks of a page are its article.

trafilatura finds where the article is. It loses words and the shape of the text, though: line breaks, cells, items in
items. So each block gets a number, written in Braille before its words, in the tree that trafilatura reads; the numbers in
its result say which blocks it took, and the text is made of the blocks. Blocks between them that it dropped, but that a
reader of the article sees, are taken back.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.ingest.pages.blocks import Block

_FIRST = 0x2800
_NUMBER = re.compile("[\u2800-\u28ff]{3}")
_BRAILLE = re.compile("[⠀-⣿]")
_NOT_IN_TREES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that a tree may have from its page, but that may not be written into it."""
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
_MOST_LINKED = 0.5
_ALL_LINKED = 0.8
_MIN_LINKS = 3
_NEARLY_ALL = 0.85
_MAIN = 0.4
"""The part of the text in an element from which it holds the article, whatever it is called."""
Sizes = dict[Any, int]


def select(tree: Any, blocks: list[Block]) -> tuple[list[Block], str]:
    """The blocks of the article, in their order, and the text as the extractor gives it, for a page without such blocks.

    The text of `tree` is changed.
    """
    taken, text = _numbers_found(tree, blocks)
    if not taken:
        return [], text
    sizes = _sizes([blocks[number] for number in taken])
    container = _container([blocks[number] for number in taken], sizes)
    chosen = {number for number in taken if not _is_aside(blocks[number], sizes)} or set(taken)
    chosen -= _link_lists(blocks, chosen)
    for number in range(min(chosen), max(chosen) + 1):
        if number not in chosen and _belongs(blocks, number, chosen, container, sizes):
            chosen.add(number)
    chosen |= _heads(blocks, min(chosen))
    chosen -= _bare_headings(blocks, chosen)
    return [blocks[number] for number in sorted(chosen)], text


def _is_aside(block: Block, sizes: Sizes) -> bool:
    """Whether a block that the extractor took is no part of the article: share links, or a link to another article."""
    if block.kind == "heading" and block.element.tag == "h1":
        return False
    if _is_outside(block, sizes):
        return True
    is_link = block.n_linked > _ALL_LINKED * len(block.text) and "@" not in block.text and "://" not in block.text
    return block.kind == "text" and is_link


def _is_outside(block: Block, sizes: Sizes) -> bool:
    """Whether a block is in a part of the page that is called no part of an article, and that does not hold the article."""
    outside = block.outside if block.is_sentence else block.outside + block.doubtful
    return any(sizes.get(element, 0) < _MAIN * sizes[None] for element in outside)


def _list_of(block: Block) -> Any:
    """The list that an item is in; None for other blocks."""
    lists = (element for element in reversed(block.path) if element.tag in {"ul", "ol"})
    return next(lists, None) if block.kind == "item" else None


def _link_lists(blocks: list[Block], chosen: set[int]) -> set[int]:
    """The items of lists of links: three or more, most of whose words are links."""
    found: set[int] = set()
    for _, group in groupby(sorted(chosen), lambda number: _list_of(blocks[number])):
        numbers = list(group)
        items = [blocks[number] for number in numbers if blocks[number].kind == "item"]
        size = sum(len(item.text) for item in items)
        if len(items) >= _MIN_LINKS and sum(item.n_linked for item in items) > _MOST_LINKED * size:
            found.update(numbers)
    return found if found != chosen else set()


def _numbers_found(tree: Any, blocks: list[Block]) -> tuple[list[int], str]:
    """The numbers of the blocks that the extractor takes, and its text."""
    import trafilatura
    from trafilatura.settings import Document

    for node in tree.iter():
        for place in ("text", "tail"):
            text = getattr(node, place)
            if text and _BRAILLE.search(text):
                setattr(node, place, _NOT_IN_TREES.sub("", _BRAILLE.sub("", text)))
    for number, block in enumerate(blocks):
        places = block.places
        longest = max(places, key=lambda place: len(getattr(*place) or ""))
        for node, place in {(id(node), place): (node, place) for node, place in (places[0], longest)}.values():
            text = _NOT_IN_TREES.sub("", getattr(node, place) or "")
            setattr(node, place, _written(number) + text.lstrip())
    found = trafilatura.bare_extraction(tree, include_comments=False, include_images=False, with_metadata=False)
    if not isinstance(found, Document):
        return [], ""
    words = "".join(found.body.itertext())
    numbers = {number for match in _NUMBER.finditer(words) if (number := _read(match[0])) < len(blocks)}
    return sorted(numbers), _BRAILLE.sub("", found.text or "")


def _written(number: int) -> str:
    """A number as three Braille characters.

    >>> _read(_written(70_000))
    70000
    """
    return "".join(chr(_FIRST + (number >> shift & 0xFF)) for shift in (16, 8, 0))


def _read(text: str) -> int:
    return sum((ord(char) - _FIRST) << shift for char, shift in zip(text, (16, 8, 0), strict=True))


def _sizes(taken: list[Block]) -> Sizes:
    """How much of the text that was taken is in each element, in characters; of None: all of it."""
    sizes: Sizes = {None: sum(len(block.text) for block in taken)}
    for block in taken:
        for element in block.path:
            sizes[element] = sizes.get(element, 0) + len(block.text)
    return sizes


def _container(taken: list[Block], sizes: Sizes) -> Any:
    """The innermost element that holds nearly all of the text that was taken."""
    longest = max(taken, key=lambda block: len(block.text))
    large = [element for element in longest.path if sizes[element] >= _NEARLY_ALL * sizes[None]]
    return large[-1] if large else longest.path[0]


def _belongs(blocks: list[Block], number: int, chosen: set[int], container: Any, sizes: Sizes) -> bool:
    """Whether a block between those of the article is a part of it that the extractor dropped."""
    block = blocks[number]
    if container not in block.path or block.is_hidden or _is_outside(block, sizes):
        return False
    if block.n_linked > _MOST_LINKED * len(block.text):
        return False
    if block.kind in {"row", "credit", "quote"}:
        return True
    if block.kind == "caption":
        return len(block.text) > 1
    before = number - 1 in chosen
    if block.kind == "item":
        return before and blocks[number - 1].kind == "item"
    if block.kind == "heading":
        return before and number + 1 in chosen and block.element.getparent() is blocks[number + 1].element.getparent()
    if block.is_sentence:
        return True
    return before and block.element is blocks[number - 1].element


def _heads(blocks: list[Block], first: int) -> set[int]:
    """The headline before the article, and what stands between: a caption, a lede in large type."""
    start = next(
        (number for number in range(first, max(-1, first - _HEAD), -1) if blocks[number].element.tag == "h1"), None
    )
    if start is None:
        return set()
    between = range(start + 1, first)
    kept = {n for n in between if not blocks[n].is_outside and (blocks[n].kind == "caption" or blocks[n].is_sentence)}
    return kept | {start}


_HEAD = 25
"""Number of blocks before the first of the article among which its headline is searched."""


def _bare_headings(blocks: list[Block], chosen: set[int]) -> set[int]:
    """The headings at the end, with nothing behind them: those of related articles and the like."""
    bare = set()
    for number in sorted(chosen, reverse=True):
        block = blocks[number]
        if block.kind != "heading" or block.element.tag == "h1" or _SENTENCE_END.search(block.text):
            break
        bare.add(number)
    return bare
