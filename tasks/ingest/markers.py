"""Markers: the words by which exports of news archives are read, with those that the user adds."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from tasks.errors import ConfigurationError, did_you_mean

Markers = dict[str, tuple[str, ...]]
"""The words of one archive, by place."""


@cache
def markers(archive: str, added: tuple[str, ...] = ()) -> Markers:
    """The words of an archive. `added` are the user's own, as `archive.place=word`.

    Raises ConfigurationError for one that has another form, or names no archive and place.

    >>> markers("nexis", ("nexis.end=Loppu",))["end"][-1]
    'Loppu'
    """
    shipped = _shipped()
    known = [f"{name}.{place}" for name, places in shipped.items() for place in places]
    found = {place: list(words) for place, words in shipped[archive].items()}
    for entry in added:
        key, sign, word = entry.partition("=")
        if not sign or not word.strip() or key.strip() not in known:
            raise ConfigurationError(
                f"export_markers: {entry!r} is not archive.place=word; places are: {', '.join(known)}."
                f"{did_you_mean(key.strip(), known)}"
            )
        name, _, place = key.strip().partition(".")
        if name == archive:
            found[place].append(word.strip())
    return {place: tuple(words) for place, words in found.items()}


def check_markers(added: tuple[str, ...]) -> None:
    """Raise ConfigurationError if the user's own words are not as `markers` needs them."""
    for archive in _shipped():
        for expression in markers(archive, added).get("numbered", ()):
            try:
                n_groups = re.compile(expression).groups
            except re.error as error:
                raise ConfigurationError(
                    f"export_markers: {expression!r} is not a regular expression: {error}"
                ) from error
            if n_groups != 2:
                raise ConfigurationError(f"export_markers: {expression!r} needs two groups, the number and the count")


@cache
def _shipped() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("data", "export_markers.toml").read_text("utf-8"))


def either(words: tuple[str, ...]) -> str:
    r"""A regular expression for one of `words`, the longest first.

    >>> either(("Full text", "Text (all)"))
    '(?:Text\\ \\(all\\)|Full\\ text)'
    """
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
