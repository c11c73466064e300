"""The samples in data/raw contain the damage that docs/samples.md describes, and clean text beneath it.

No code of overtones is used: damage is counted in the bytes and undone with plain codecs, so that these facts are an
independent check of the stages.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import ftfy
import pytest
import trafilatura
import yaml
from ftfy import TextFixerConfig

ROOT = Path(__file__).parents[1]
RAW = ROOT / "data" / "raw"

TABLOID = "daily-klaxon/2025-07-18-shameless-water-boss.txt"
AGENCY = "halvern-press-agency/2025-07-18-clearmere-chief-questioned.txt"
EDITORIAL = "halvern-sentinel/2025-07-20-our-water-our-nation.txt"
PRESS_RELEASE = "clearmere-water/2025-07-17-temporary-service-adjustment.txt"
HARD_WRAPPED = "pellworth-gazette/2025-07-23-swing-bridge.txt"
WEB_PAGE = "vantry-observer/2025-06-28-hostel-plan.html"
RECORDS = "media-watch/2025-06-14-tram-strike.jsonl"
COURT_REPORT = "ostermouth-evening-post/2025-05-14-clock-forger-jailed.txt"
OBITUARY = "ostermouth-evening-post/2025-05-03-odile-brandreth.txt"
MARKDOWN = "plain-science/2025-04-09-hay-fever.md"
SHORT = "halvern-press-agency/2025-07-25-boil-notice-lifted.txt"
FRENCH = "courrier-de-valmorance/2025-07-19-eau-ostermouth.txt"
SPORT = "thessel-sports-pink/2025-05-31-cup-final.txt.gz"

ALL = (
    TABLOID,
    AGENCY,
    EDITORIAL,
    PRESS_RELEASE,
    HARD_WRAPPED,
    WEB_PAGE,
    RECORDS,
    COURT_REPORT,
    OBITUARY,
    MARKDOWN,
    SHORT,
    FRENCH,
    SPORT,
)
UNDAMAGED = (AGENCY, HARD_WRAPPED, WEB_PAGE, MARKDOWN, SHORT, FRENCH)

# What English and French prose is made of. A text with any other character is damaged.
PROSE = frozenset(
    "\n abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "!\"#%&'()*+,-./:;<=>?@[]_{|}"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    "\N{EN DASH}\N{EM DASH}\N{HORIZONTAL ELLIPSIS}\N{BULLET}\N{POUND SIGN}\N{COPYRIGHT SIGN}"
    "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
    "áâàçèéêëíîñôöøùÉÍ"
)


def read(name: str) -> bytes:
    content = (RAW / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


def stray(text: str) -> set[str]:
    return set(text) - PROSE


def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in read(RECORDS).decode("utf-8").splitlines()]


def utf8_read_as(codec: str, text: str) -> str:
    return text.encode("utf-8").decode(codec)


def utf8_again(codec: str, text: str) -> str:
    return text.encode(codec).decode("utf-8")


def decode_with_stray_bytes(content: bytes) -> tuple[str, bytes]:
    """UTF-8 with each byte that is not UTF-8 read as cp1252, and those bytes."""
    invalid_bytes = bytearray()
    text = ""
    while content:
        try:
            return text + content.decode("utf-8"), bytes(invalid_bytes)
        except UnicodeDecodeError as error:
            invalid_bytes += content[error.start : error.start + 1]
            text += content[: error.start].decode("utf-8") + content[error.start : error.start + 1].decode("cp1252")
            content = content[error.start + 1 :]
    return text, bytes(invalid_bytes)


class TestAll:
    def test_every_sample_is_known_here(self) -> None:
        """data/raw contains these files and no others, because everything in it is analyzed."""
        assert {path.relative_to(RAW).as_posix() for path in RAW.rglob("*") if path.is_file()} == set(ALL)

    @pytest.mark.parametrize("name", ALL)
    def test_every_sample_is_documented(self, name: str) -> None:
        """docs/samples.md has a row for each file."""
        assert f"| `{name}` |" in (ROOT / "docs" / "samples.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ALL)
    def test_names_begin_with_a_date(self, name: str) -> None:
        """A file is in the folder of its newspaper and has the date in its name."""
        folder, _, file = name.partition("/")
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", folder)
        assert date.fromisoformat(file[:10]).year == 2025

    @pytest.mark.parametrize("name", UNDAMAGED)
    def test_undamaged_samples_are_prose(self, name: str) -> None:
        """Text without damage is UTF-8 and contains only characters of prose."""
        assert stray(read(name).decode("utf-8").replace("\r\n", "\n")) == set()


class TestTabloid:
    def test_dashes_spaces_and_ellipses_are_mac_latin2(self) -> None:
        """UTF-8 read as mac_latin2 left 7 dashes, 6 spaces and 3 lossy forms of ellipses."""
        content = read(TABLOID)
        assert content.count("‚ÄĒ".encode()) == 7
        assert content.count("¬†".encode()) == 6
        assert content.count("‚Ķ".encode()) == 3
        assert content.count("‚Ä¶".encode()) == 0
        assert content.count("—".encode()) == 0

    def test_it_is_on_lines_with_undamaged_characters(self) -> None:
        """The page was damaged in part: there are undamaged bullets and pound signs beside the mojibake."""
        text = read(TABLOID).decode("utf-8")
        assert text.count("•") == 4
        assert any("£" in line and "‚Ķ" in line for line in text.splitlines())

    def test_it_is_clean_beneath(self) -> None:
        """Encoding back to mac_latin2 gives dashes and spaces; the lossy form stands for an ellipsis."""
        assert utf8_again("mac_latin2", "‚ÄĒ") == "\N{EM DASH}"
        assert utf8_again("mac_latin2", "¬†") == "\N{NO-BREAK SPACE}"
        assert stray(self.restored()) == set()

    def test_its_damage_can_be_made_again(self) -> None:
        """mac_latin2 and then ftfy, as web-text pipelines run it, turn the clean text into these very bytes."""
        mangled = re.sub(
            "[\N{NO-BREAK SPACE}\N{EM DASH}\N{HORIZONTAL ELLIPSIS}]",
            lambda match: utf8_read_as("mac_latin2", match[0]),
            self.restored(),
        )
        pipeline = TextFixerConfig(
            fix_latin_ligatures=False,
            fix_character_width=False,
            uncurl_quotes=False,
            fix_line_breaks=False,
            normalization=None,
        )
        assert ftfy.fix_text(mangled, pipeline).encode("utf-8") == read(TABLOID)

    def test_it_has_the_furniture_of_a_tabloid(self) -> None:
        """Bullets, a byline, captions that come twice and the foot of a comments block."""
        lines = [line.strip() for line in self.restored().splitlines() if line.strip()]
        assert sum(line.startswith("•") for line in lines) == 4
        assert sum(line.startswith("By ") for line in lines) == 1
        assert sum("(pictured)" in line for line in lines) == 3
        assert sum(line.startswith("Gideon Strake arrives at the Assembly") for line in lines) == 2
        assert lines.count("View all") == 2
        assert lines[-1] == "We are no longer accepting comments on this article."

    def test_its_single_quotes_are_hard(self) -> None:
        """Apostrophes, plural possessives, decades and elisions stand among British quotes."""
        text = self.restored()
        for form in ("babies' bottles", "nations' reservoirs", "the '50s", "the '63 freeze", "'em.'", "rock 'n' roll"):
            assert form in text

    def test_a_quotation_runs_over_three_paragraphs(self) -> None:
        """Each paragraph opens the quotation again; only the last closes it."""
        paragraphs = [line.rstrip() for line in self.restored().splitlines() if line.strip()]
        first = next(i for i, line in enumerate(paragraphs) if line.startswith("'I've lived"))
        assert all(line.startswith("'") for line in paragraphs[first : first + 3])
        assert [line.endswith("'") for line in paragraphs[first : first + 3]] == [False, False, True]

    @staticmethod
    def restored() -> str:
        text = read(TABLOID).decode("utf-8")
        for damaged, clean in (
            ("‚ÄĒ", "\N{EM DASH}"),
            ("¬†", "\N{NO-BREAK SPACE}"),
            ("‚Ķ", "\N{HORIZONTAL ELLIPSIS}"),
        ):
            text = text.replace(damaged, clean)
        return text


class TestEditorial:
    def test_five_of_its_paragraphs_are_cp1252_mojibake(self) -> None:
        """UTF-8 read as cp1252 in 5 paragraphs; 4 others hold curly quotes as they should be."""
        paragraphs = read(EDITORIAL).decode("utf-8").strip().split("\n\n")
        damaged = [paragraph for paragraph in paragraphs if "â€" in paragraph]
        whole = [paragraph for paragraph in paragraphs if set(paragraph) & set("‘’“”") and "â€" not in paragraph]
        assert (len(paragraphs), len(damaged), len(whole)) == (12, 5, 4)

    def test_apostrophes_quotes_and_dashes_are_damaged(self) -> None:
        """The classic forms; the closing quote's third byte, 9D, is no character in cp1252 and stayed a C1 control."""
        content = read(EDITORIAL)
        assert content.count("â€™".encode()) == 3
        assert content.count("â€œ".encode()) == 4
        assert content.count("â€\x9d".encode()) == 4
        assert content.count("â€”".encode()) == 2

    def test_it_is_clean_beneath(self) -> None:
        """Each damaged paragraph encoded back to cp1252 is UTF-8."""
        for paragraph in read(EDITORIAL).decode("utf-8").split("\n\n"):
            clean = utf8_again("sloppy-windows-1252", paragraph) if "â€" in paragraph else paragraph
            assert stray(clean) == set()


class TestPressRelease:
    def test_entities_were_left_in(self) -> None:
        """The bytes are ASCII; everything else is an HTML entity, decimal or named."""
        text = read(PRESS_RELEASE).decode("ascii")
        assert text.count("&#8217;") == 5
        assert text.count("&ldquo;") == text.count("&rdquo;") == 5
        assert text.count("&nbsp;") == 7
        assert text.count("&bull;") == 4
        assert text.count("&pound;") == 2

    def test_one_entity_was_escaped_twice(self) -> None:
        """R&D needs two rounds."""
        assert html.unescape(html.unescape("R&amp;amp;D")) == "R&D"
        assert read(PRESS_RELEASE).count(b"R&amp;amp;D") == 1

    def test_an_address_is_a_trap(self) -> None:
        """The address holds `&region`, which HTML without its semicolon takes for a trade mark sign."""
        address = "https://www.clearmere.example/updates?stage=4&region=north"
        assert address.encode() in read(PRESS_RELEASE)
        assert html.unescape(address) != address

    def test_it_is_clean_beneath(self) -> None:
        """Entities with a semicolon, unescaped twice, give prose."""
        text = read(PRESS_RELEASE).decode("ascii")
        for _ in range(2):
            text = re.sub(r"&#?\w+;", lambda match: html.unescape(match[0]), text)
        assert stray(text) == set()


class TestHardWrapped:
    def test_lines_end_in_crlf(self) -> None:
        """All 57 lines do."""
        content = read(HARD_WRAPPED)
        assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r") == 57

    def test_lines_are_at_most_72_columns(self) -> None:
        """Text is wrapped at 72 columns, and most lines come near."""
        lines = read(HARD_WRAPPED).decode("ascii").splitlines()
        assert max(map(len, lines)) == 72
        assert sum(len(line) > 60 for line in lines) > len(lines) / 2

    def test_only_an_indent_begins_a_paragraph(self) -> None:
        """14 paragraphs of the body begin with four spaces; no blank line stands between them."""
        body = read(HARD_WRAPPED).decode("ascii").split("\r\n\r\n")[-1].split("\r\n")
        assert sum(line.startswith("    ") for line in body) == 14


class TestWebPage:
    def test_metadata_says_title_date_and_newspaper(self) -> None:
        """Meta tags hold what a reader of records finds in fields."""
        metadata = trafilatura.extract_metadata(read(WEB_PAGE).decode("utf-8"))
        assert metadata.title == "Seasonal workers’ hostel plan divides seaside town"
        assert metadata.sitename == "The Vantry Observer"
        assert metadata.date == "2025-06-28"

    def test_the_article_is_extracted(self) -> None:
        """Headings, paragraphs and the list come out in order."""
        text = self.extracted()
        assert text.startswith("# Seasonal workers’ hostel plan")
        assert text.count("\n## ") == 2
        assert text.count("\n- ") == 3
        assert text.endswith("when the caretaker turned out the lights.")

    @pytest.mark.parametrize("words", ["Tide tables", "Soundwell", "seagull terrorises", "loudmouth", "dataLayer", "©"])
    def test_what_surrounds_the_article_is_not(self, words: str) -> None:
        """Navigation, advertisement, teasers, comments, scripts and the foot are on the page, not in the text."""
        assert words in read(WEB_PAGE).decode("utf-8")
        assert words not in self.extracted()

    @staticmethod
    def extracted() -> str:
        page = read(WEB_PAGE).decode("utf-8")
        text = trafilatura.extract(page, output_format="markdown", include_comments=False)
        assert text is not None
        return text


class TestRecords:
    def test_each_line_is_an_article(self) -> None:
        """Six records, each with an id of its own, a title, a source, an ISO date and a text of 80 to 200 words."""
        assert len({record["id"] for record in records()}) == 6
        for record in records():
            assert set(record) == {"id", "title", "source", "date", "text"}
            assert date.fromisoformat(record["date"]).month == 6
            assert 80 <= len(record["text"].split()) <= 200
            assert stray(record["text"]) == set()

    def test_two_newspapers_on_the_same_days(self) -> None:
        """Both newspapers, which have folders here too, write on each of three days."""
        pairs = sorted((record["date"], record["source"]) for record in records())
        days = ("2025-06-03", "2025-06-10", "2025-06-14")
        assert pairs == [(day, source) for day in days for source in ("daily-klaxon", "halvern-press-agency")]
        assert all((RAW / source).is_dir() for _, source in pairs)


class TestCourtReport:
    def test_it_is_windows_1252(self) -> None:
        """Curly quotes, dashes, pound signs and accents are single bytes."""
        content = read(COURT_REPORT)
        assert content.count(b"\x91") == 16
        assert content.count(b"\x96") == 3
        assert content.count(b"\x85") == 1
        assert content.count(b"\xa3") == 4
        assert stray(content.decode("cp1252")) == set()

    def test_nothing_in_it_is_utf8(self) -> None:
        """No two bytes above 7F make a UTF-8 character, so it cannot be mistaken for UTF-8 with invalid bytes."""
        content = read(COURT_REPORT)
        _, invalid_bytes = decode_with_stray_bytes(content)
        assert len(invalid_bytes) == sum(byte > 0x7F for byte in content)


class TestObituary:
    def test_it_begins_with_a_byte_order_mark(self) -> None:
        """UTF-8 with a signature."""
        assert read(OBITUARY).startswith(b"\xef\xbb\xbf")

    def test_it_holds_what_pdf_readers_leave(self) -> None:
        """Ligatures, soft hyphens inside words, a zero-width space, a separate accent, a lost letter and an escape."""
        text = read(OBITUARY).decode("utf-8-sig")
        counts = {character: text.count(character) for character in stray(text)}
        assert counts == {
            "\N{LATIN SMALL LIGATURE FI}": 2,
            "\N{LATIN SMALL LIGATURE FL}": 3,
            "\N{LATIN SMALL LIGATURE FFI}": 1,
            "\N{SOFT HYPHEN}": 2,
            "\N{ZERO WIDTH SPACE}": 1,
            "\N{COMBINING ACUTE ACCENT}": 1,
            "\N{REPLACEMENT CHARACTER}": 1,
            "\\": 2,
        }

    def test_it_is_clean_beneath_except_for_losses(self) -> None:
        """Composed and without what is invisible, the text is prose but for the lost letter and the two escapes."""
        text = read(OBITUARY).decode("utf-8-sig")
        visible = text.replace("\N{SOFT HYPHEN}", "").replace("\N{ZERO WIDTH SPACE}", "")
        # NFKC composes the accent and expands the ligatures; this text has nothing else that it would change.
        assert stray(unicodedata.normalize("NFKC", visible)) == {"\N{REPLACEMENT CHARACTER}", "\\"}


class TestMarkdown:
    def test_front_matter_holds_title_date_and_source(self) -> None:
        """The YAML at the top has a date that YAML knows as one."""
        _, front, _ = read(MARKDOWN).decode("utf-8").split("---\n", 2)
        metadata = yaml.safe_load(front)
        assert metadata["title"] == "Why your hay fever starts earlier every year"
        assert metadata["date"] == date(2025, 4, 9)
        assert metadata["source"] == "plain-science"

    @pytest.mark.parametrize(
        ("mark", "n"),
        [(r"^# ", 1), (r"^## ", 5), (r"^- ", 4), (r"^\d\. ", 4), (r"^> ", 1), (r"\]\(https:", 1), (r"\*\*", 10)],
    )
    def test_marks_of_markdown(self, mark: str, n: int) -> None:
        """Headings, both kinds of list, a block quote, a link and emphasis."""
        assert len(re.findall(mark, read(MARKDOWN).decode("utf-8"), re.MULTILINE)) == n


class TestShort:
    def test_it_is_one_paragraph_of_two_sentences(self) -> None:
        """One line, two full stops."""
        text = read(SHORT).decode("ascii")
        assert text.count("\n") == 1
        assert text.count(".") == 2


class TestFrench:
    def test_its_spaces_are_french(self) -> None:
        """No-break spaces stand inside the guillemets, a narrow one inside the number: nothing is broken."""
        text = read(FRENCH).decode("utf-8")
        assert text.count("«\N{NO-BREAK SPACE}") == text.count("\N{NO-BREAK SPACE}»") == 3
        assert text.count("\N{NARROW NO-BREAK SPACE}") == 1


class TestSport:
    def test_six_bytes_are_not_utf8(self) -> None:
        """Apostrophes, a dash, a pound sign and a capital E with acute came in as cp1252."""
        text, invalid_bytes = decode_with_stray_bytes(read(SPORT))
        assert invalid_bytes == b"\x92\x96\xa3\xc9\x92\x92"
        assert stray(text) == set()

    def test_it_is_mostly_utf8(self) -> None:
        """More than five characters in six beyond ASCII are UTF-8."""
        text, invalid_bytes = decode_with_stray_bytes(read(SPORT))
        assert sum(character > "\x7f" for character in text) > 6 * len(invalid_bytes)

    def test_it_is_compressed_without_a_time(self) -> None:
        """The gzip header holds no time, so the bytes can be made again."""
        assert (RAW / SPORT).read_bytes()[4:8] == bytes(4)
