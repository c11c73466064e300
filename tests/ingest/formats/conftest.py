"""Files that the tests of readers build in code: each fixture gives a function that makes the bytes of one."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from tasks.ingest import Document, Failure, Source, read_source
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "style", "draw")
)


@pytest.fixture
def package() -> Callable[..., bytes]:
    """A ZIP archive with these members: `package({"a.txt": "It rained."})`."""

    def make(members: dict[str, str | bytes]) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return file.getvalue()

    return make


@pytest.fixture
def docx(package: Callable[..., bytes]) -> Callable[..., bytes]:
    """A Word document: `docx("<w:p>...</w:p>", {"word/styles.xml": "..."})`."""

    def make(body: str, parts: dict[str, str] | None = None, namespace: str = W) -> bytes:
        text = (
            f'<w:document xmlns:w="{namespace}" xmlns:r="urn:r" xmlns:mc="urn:mc"><w:body>{body}</w:body></w:document>'
        )
        return package({"[Content_Types].xml": "<Types/>", **(parts or {}), "word/document.xml": text})

    return make


@pytest.fixture
def odt(package: Callable[..., bytes]) -> Callable[..., bytes]:
    """An OpenDocument text: `odt("<text:p>...</text:p>", styles="...", title="...")`."""

    def make(body: str, styles: str = "", title: str = "") -> bytes:
        text = (
            f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
        )
        meta = f'<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></m>'
        kind = "application/vnd.oasis.opendocument.text"
        return package({"mimetype": kind, "content.xml": text, "meta.xml": meta})

    return make


@pytest.fixture
def pdf() -> Callable[..., bytes]:
    """A PDF: `pdf([[(x, y, size, "text"), ...], ...])` with a list of lines for each page."""

    def make(pages: Sequence[Sequence[tuple[float, float, float, str]]], extra: str = "") -> bytes:
        objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
        font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
        kids = []
        for lines in pages:
            shown = "".join(f"/F {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj " for x, y, size, text in lines)
            content = f"BT {shown}ET {extra}"
            objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
            resources = f"<</Font<</F {font}>>>>"
            objects.append(
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Resources{resources}/Contents {len(objects)} 0 R>>"
            )
            kids.append(f"{len(objects)} 0 R")
        objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
        body = "%PDF-1.4\n" + "".join(f"{i} 0 obj\n{o}\nendobj\n" for i, o in enumerate(objects, 1))
        return f"{body}trailer<</Root 1 0 R/Size {len(objects) + 1}>>".encode("cp1252")

    return make


@pytest.fixture
def articles(folder: Callable[..., Path]) -> Callable[..., tuple[list[Document], list[Failure]]]:
    """The documents and failures of a file that was named itself: `articles("a.docx", content)`."""

    def read(name: str, content: bytes | str, options: Options | None = None) -> tuple[list[Document], list[Failure]]:
        path = folder({name: content}) / name
        source = Source(name, str(path), path.stat().st_size, "text", asked_for=True)
        items = list(read_source(source, options or Options()))
        return (
            [item for item in items if isinstance(item, Document)],
            [item for item in items if isinstance(item, Failure)],
        )

    return read
