"""Mail: messages and mailboxes."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


HEADER = (
    "From: =?utf-8?q?Dale_Press_=E2=80=93_Desk?= <d@x.example>\nSubject: {}\nDate: Mon, 9 Feb 2026 08:00:00 +0100\n"
)


def test_a_message(read: Read, folder: Callable[..., Path]) -> None:
    """The subject is the title, the sender's name the source, and the date has its zone; a signature is left out."""
    message = (
        HEADER.format("=?utf-8?b?RmlyZSBpbiB0?=\n =?utf-8?b?aGUgYmFybg==?=") + "\nIt burned.\n\nAll night.\n-- \nDesk\n"
    )
    [document], failures = read(folder({"a.eml": message.replace("\n", "\r\n")}))
    assert (document.text, failures) == ("It burned.\n\nAll night.", [])
    assert (document.title, document.source) == ("Fire in the barn", "Dale Press – Desk")
    assert str(document.published_at)[:16] == "2026-02-09 07:00"


def test_alternatives_are_read_once(read: Read, folder: Callable[..., Path]) -> None:
    """Of two alternatives the plain one is read, unless it only points to the other; attachments are left out."""
    page = f"<html><body><p>{'The barn burned all night. ' * 9}</p><p>Nobody was hurt.</p></body></html>"
    documents = []
    for plain in ("The barn burned all night, and nobody was hurt.\n" * 4, "Read this in your browser.\n"):
        message = EmailMessage()
        message["From"], message["Subject"] = "d@x.example", "Fire"
        message.set_content(plain)
        message.add_alternative(page, subtype="html")
        message.add_attachment("Terms of use.", filename="terms.txt")
        documents += read(folder({"a.eml": message.as_bytes()}))[0]
    assert documents[0].text.startswith("The barn burned all night, and")
    assert documents[1].text.endswith("Nobody was hurt.")
    assert all("Terms" not in document.text for document in documents)
    assert documents[0].source == "d@x.example"


def test_flowed_lines_and_old_encodings(read: Read, folder: Callable[..., Path]) -> None:
    """Lines that end in a space go on; iso-8859-1 is read as windows-1252, an unknown charset is guessed."""
    flowed = HEADER.format("A") + "Content-Type: text/plain; charset=iso-8859-1; format=flowed\n\n"
    other = HEADER.format("B") + "Content-Type: text/plain; charset=x-nobody\n\ncaf\u00e9\n"
    first, second = read(
        folder({"a.eml": (flowed + "one \ntwo\n\n").encode() + b"\x93three\x94\n", "b.eml": other.encode()})
    )[0]
    assert (first.text, second.text) == ("one two\n\n“three”", "café")


def test_a_mailbox(read: Read, folder: Callable[..., Path]) -> None:
    """Messages begin at a line with a date; `>From` is From; a message without text is counted, and so is none lost."""
    message = "From d@x.example Mon Feb  9 08:00:00 2026\n" + HEADER + "\n{}\n\n"
    parts = [
        message.format("A", "One.\n\n>From now on, two."),
        message.format("B", "From here, no message begins."),
        message.format("C", ""),
    ]
    documents, [failure] = read(folder({"box": "".join(parts)}))
    assert [document.text for document in documents] == ["One.\n\nFrom now on, two.", "From here, no message begins."]
    assert [(document.title, document.record, document.format) for document in documents] == [
        ("A", "1", "mbox"),
        ("B", "2", "mbox"),
    ]
    assert (failure.error, "1 of 3 messages have no text" in failure.message) == ("LeftOut", True)


def test_messages_that_no_program_writes(read: Read, folder: Callable[..., Path]) -> None:
    """Broken headers and parts are read as far as they go, or are failures."""
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n' for i in range(200))
    files = {
        "a.eml": HEADER.format("=?utf-8?b?!!!?=") + 'Content-Type: multipart/mixed; boundary="\n\nx',
        "b.eml": HEADER.format("A") + deep + "\nx",
        "c.eml": HEADER.format("=?nope?q?a?=") + "Content-Transfer-Encoding: base64\n\n%%%",
        "d.eml": "From: a\nTo: b\n\n",
    }
    documents, failures = read(folder(files))
    assert len(documents) + len(failures) >= len(files)
    assert {failure.error for failure in failures} <= {"FormatError", "DecodingError"}
