"""fuzz_readers.py [SECONDS] [SEED]: a coverage-guided fuzz of the decoders and of the readers of all formats.

Inputs are bred from seeds: bytes are changed, dropped, repeated, joined with others', or replaced by what breaks
parsers. An input that makes `tasks.ingest` take a step from one line to another that no input made before is kept and
bred from. (A loop of our own, by `sys.settrace`: libFuzzer's bindings want a compiler of its own.) What is asked: that a
reader gives documents that can be stored and failures of the expected kinds, and ends.
"""

from __future__ import annotations

import gzip
import io
import random
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_seeds import SEEDS as ARCHIVE_SEEDS

from tasks import errors, ingest
from tasks.ingest import Document, Failure, Source, read_source
from tasks.ingest.formats import FORMAT_OF_SUFFIX
from tasks.options import Limits, Options

if TYPE_CHECKING:
    from types import FrameType


def packed(members: dict[str, str]) -> bytes:
    """A ZIP archive with these members, as they are, so that a changed byte changes their content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


WORD = "<d xmlns:w='urn:w'><w:p><w:pPr><w:pStyle w:val='Title'/></w:pPr><w:r><w:t>A day</w:t></w:r></w:p><w:p><w:ins><w:r><w:t>It rained.</w:t><w:br/></w:r></w:ins></w:p></d>"
ODF = "<o:d xmlns:o='urn:o' xmlns:text='urn:t'><o:body><o:text><text:h>A day</text:h><text:p>It<text:s/>rained.<text:note/></text:p></o:text></o:body></o:d>"
BOOK = "<p><manifest><item id='a' href='a.xhtml'/></manifest><spine><itemref idref='a'/></spine></p>"
SHEET = "<w><sheetData><row><c r='A1' t='inlineStr'><is><t>text</t></is></c></row><row><c r='A2' t='str'><v>It rained.</v></c></row></sheetData></w>"
PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count 1/Kids[4 0 R]>>\nendobj\n3 0 obj\n<</Length 44>>stream\nBT /F 10 Tf 1 0 0 1 40 300 Tm (It rain-) Tj ET \nendstream\nendobj\n4 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 3 0 R>>\nendobj\ntrailer<</Root 1 0 R/Size 5>>"

SEEDS = {
    ".txt": ["It rained. “No,” he said.".encode(), "caf\xe9 \x93so\x94".encode("cp1252", "replace"), "wide — text".encode("utf-16")],
    ".md": [b"---\ntitle: A day\ndate: 2022-09-21\n---\n# It *rained*\n\n- all\n- [day](http://x)\n\n> so"],
    ".jsonl": [b'{"id": "a", "text": "It rained.", "date": "2022-09-21"}\n{"id": "a", "text": "\\ud83d\\ude00 \\ud800"}\n[1]\n'],
    ".csv": [b'id,text,date\n1,"a ""b"", c",2022\n2,d\n'],
    ".tsv": [b"id\ttext\n1\tIt rained.\n"],
    ".docx": [packed({"word/document.xml": WORD, "word/styles.xml": "<s><style styleId='Title'><name val='title'/></style></s>"})],
    ".odt": [packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ODF})],
    ".epub": [packed({"META-INF/container.xml": "<c><rootfile full-path='p'/></c>", "p": BOOK, "a.xhtml": "<h1>A day</h1><p>It rained."})],
    ".xlsx": [packed({"xl/workbook.xml": "<w xmlns:r='urn:r'><sheet name='s' r:id='a'/></w>", "xl/_rels/workbook.xml.rels": "<r><Relationship Id='a' Target='s.xml'/></r>", "xl/s.xml": SHEET})],
    ".zip": [packed({"a/b.txt": "It rained.", "a/c.jsonl": '{"text": "So."}'})],
    ".rtf": [rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 A;}}\f0 \'cf\u8217\'92{\*\x y}{\field{\*\fldinst HYPERLINK \"a\"}{\fldrslt b}}\par Body\par It rained.\par End of Document\par}"],
    ".pdf": [PDF],
    ".txt.gz": [gzip.compress(b"It rained. " * 9, mtime=0)],
    ".jsonl.gz": [gzip.compress(b'{"text": "It rained."}\n' * 9, mtime=0)],
    **ARCHIVE_SEEDS,
}  # fmt: skip
WORDS = [
    b"\x00", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\x00\x00", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x85", b"\xe2\x80\xa8",
    b"\r", b"\n", b"\r\n", b'"', b'""', b"\\ud800", b"\\u0000", b"\\", b"{", b"}", b"[" * 3000, b"<", b"</p>", b"<!--", b"<![CDATA[", b"&#x110000;",
    b"---\n", b"```", b"> ", b"1e999", b"NaN", b"null", b"true", b'"text":', b"text", b"9" * 5000, b"PK\x03\x04", b"%PDF", b"\x1f\x8b",
]  # fmt: skip
OURS = {
    name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, errors.SourceError)
}
OPTIONS = Options(limits=Limits(max_unpacked_bytes=1_000_000, max_document_bytes=500_000))
PACKAGE = str(Path(ingest.__file__).parent)


class Trace:
    """The steps from line to line that were taken in the modules of the package."""

    def __init__(self) -> None:
        self.steps: set[tuple[str, int, int]] = set()

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """What `sys.settrace` calls when a function begins."""
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(PACKAGE):
            return None
        before = frame.f_lineno

        def line(frame: FrameType, _event: str, _argument: Any) -> Any:
            nonlocal before
            self.steps.add((name, before, frame.f_lineno))
            before = frame.f_lineno
            return line

        return line


def mutate(dice: random.Random, content: bytes, other: bytes) -> bytes:
    """`content` with some changes."""
    content = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        start = dice.randint(0, len(content))
        end = min(len(content), start + dice.choice((0, 1, 1, 2, 8, 64)))
        match dice.randrange(6):
            case 0:
                content[start:end] = dice.randbytes(dice.randint(1, 4))
            case 1:
                del content[start:end]
            case 2:
                content[start:start] = content[start:end] * dice.choice((1, 2, 300))
            case 3:
                content[start:end] = dice.choice(WORDS)
            case 4:
                cut = dice.randint(0, len(other))
                content[start:] = other[cut:]
            case _:
                if start < len(content):
                    content[start] ^= 1 << dice.randrange(8)
    return bytes(content[:20_000])


def complaints(path: Path, form: str) -> list[str]:
    """What is wrong with how the file at `path` is read."""
    source = Source(path.name, str(path), path.stat().st_size, form)
    found = []
    began = time.monotonic()
    for item in read_source(source, OPTIONS):
        match item:
            case Document():
                item.text.encode()
                found += [f"invalid byte {s}" for s in item.invalid_bytes if item.text[s.position] != s.after]
            case Failure(error=error, message=message):
                found += [] if error in OURS else [f"{error}: {message[:200]}"]
    if time.monotonic() - began > 5:
        found.append("took longer than five seconds")
    return found


def fuzz(seconds: float, seed: int) -> int:
    """Make and try inputs for so many seconds; print figures and what was found; how many inputs were read wrongly."""
    dice = random.Random(seed)
    trace = Trace()
    stock = [(suffix, content) for suffix, contents in SEEDS.items() for content in contents]
    queue = list(stock)
    n_tried = n_wrong = 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            suffix, content = queue.pop() if queue else dice.choice(stock)
            if n_tried >= len(SEEDS):
                content = mutate(dice, content, dice.choice(stock)[1])
            path = Path(folder, f"input{suffix}")
            path.write_bytes(content)
            form = FORMAT_OF_SUFFIX.get(suffix.removesuffix(".gz"), "text")  # else it follows from the content
            n_before = len(trace.steps)
            sys.settrace(trace)
            try:
                found = complaints(path, form)
            except Exception as error:  # noqa: BLE001  # this is what is looked for
                found = [f"raised {error!r}"]
            finally:
                sys.settrace(None)
            n_tried += 1
            if len(trace.steps) > n_before:
                stock.append((suffix, content))
            if found:
                n_wrong += 1
                print(f"{suffix}: {found[0]}\n    {content[:300]!r}")
    print(
        f"{n_tried:,} inputs tried in {seconds:g} s, {len(stock):,} kept for the {len(trace.steps):,} steps they reach,"
    )
    print(f"{n_wrong:,} read wrongly")
    return n_wrong


if __name__ == "__main__":
    sys.exit(1 if fuzz(float((sys.argv[1:2] or ["60"])[0]), int((sys.argv[2:3] or ["2022"])[0])) else 0)
