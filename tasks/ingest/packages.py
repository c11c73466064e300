"""Packages: documents that are ZIP archives of XML files (.docx, .odt, .epub, .xlsx), and how their XML is parsed.

No parser here loads a DTD or an external entity, and what is read is bounded: a package of a few kilobytes may unpack to
gigabytes.
"""

from __future__ import annotations

import io
import zipfile
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError, LimitExceeded
from tasks.ingest.compression import read_whole
from tasks.ingest.signatures import ZIP_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.options import Limits

MOST_PACKED, _SMALL = 200, 1 << 24
"""The maximum ratio of unpacked to packed size, of members of more than 16 MiB. XML and text have up to 50."""


class Package:
    """A ZIP archive whose members are read one by one, up to the limits."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        try:
            self._archive = zipfile.ZipFile(stream)
        except ZIP_ERRORS as error:
            raise FormatError(f"the file is damaged or cut short ({error}); get it again") from error
        self._n_left = limits.max_unpacked_bytes
        self._limits = limits
        self.names = frozenset(self._archive.namelist())

    def read(self, name: str, most: int | None = None) -> bytes:
        """The content of a member, at most `max_document_bytes` or `most`. Raises FormatError if it cannot be unpacked."""
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            raise FormatError(f"it has no part {name!r}; save it again") from None
        check_member(member, self._limits)
        limit = min(self._n_left, most or self._limits.max_document_bytes)
        option = "--max-unpacked-bytes" if limit == self._n_left else "--max-document-bytes"
        try:
            with self._archive.open(member) as stream:
                content = read_whole(stream, limit, option, f"its part {name!r}")
        except ZIP_ERRORS as error:
            raise FormatError(f"its part {name!r} is damaged ({error}); get the file again") from error
        self._n_left -= len(content)
        return content


def check_member(member: zipfile.ZipInfo, limits: Limits) -> None:
    """Raise FormatError for a member with a password, LimitExceeded for one that is a bomb."""
    if member.flag_bits & 1:
        raise FormatError(f"its part {member.filename!r} has a password; save it again without one")
    if member.file_size > limits.max_unpacked_bytes:
        raise LimitExceeded(
            f"its part {member.filename!r} holds {member.file_size:,} bytes, over {limits.max_unpacked_bytes:,}; "
            "raise --max-unpacked-bytes to read it"
        )
    if member.file_size > max(_SMALL, MOST_PACKED * member.compress_size):
        raise LimitExceeded(
            f"its part {member.filename!r} is packed to less than 1/{MOST_PACKED} of its {member.file_size:,} bytes, as "
            "in an archive made to fill a disk; unpack it yourself and name the folder"
        )


def parse_xml(raw: bytes, what: str) -> Any:
    """The root element of an XML text. Raises FormatError if it is not well-formed, with its place.

    >>> parse_xml(b"<a>It rained.</a>", "the file").text
    'It rained.'
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"{what} is not well-formed XML ({error}); save it again") from error


def xml_events(raw: bytes, what: str) -> Iterator[tuple[str, Any]]:
    """The begin and the end of each element of an XML text, in order; errors as those of `parse_xml`."""
    from lxml import etree

    try:
        yield from etree.iterparse(
            io.BytesIO(raw),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"{what} is not well-formed XML ({error}); save it again") from error


def local_name(element: Any) -> str:
    """The name of an element without its namespace; empty for what is no element, such as None.

    >>> local_name(parse_xml(b'<a xmlns="urn:b"/>', "the file"))
    'a'
    """
    tag = getattr(element, "tag", None)
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
