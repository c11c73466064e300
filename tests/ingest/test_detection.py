"""Encodings that are recognized by the language of the text or by their form."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

import pytest

from tasks.ingest import decode
from tasks.ingest.decoding import take_invalid_bytes
from tasks.ingest.detection import (
    _LABELS,
    CANDIDATES,
    encoding_of_invalid,
    is_multi_byte,
    known_encoding,
    likely_encoding,
    seven_bit_encoding,
    wide_encoding,
)
from tasks.ingest.formats.html import declared_charset

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "cs": "Ředitelka školy řekla, že žáci dostanou přes léto nové učebnice.",
    "pl": "Dyrektorka szkoły powiedziała, że uczniowie dostaną latem nowe podręczniki i zeszyty.",
    "hu": "Az iskola igazgatónője azt mondta, hogy a diákok nyáron új tankönyveket és tűzőgépet kapnak.",
    "hr": "Ravnateljica škole rekla je da će učenici tijekom ljeta dobiti nove udžbenike.",
    "es": "La directora de la escuela dijo que los niños recibirán libros nuevos mañana por la mañana.",
    "fr": "La directrice de l'école a déclaré que les élèves recevront des livres où qu'ils soient.",
    "lv": "Skolas direktore teica, ka skolēni vasarā saņems jaunas mācību grāmatas.",
    "ru": "Директор школы сказала, что семья Ивановых и ученики получат летом новые учебники.",
    "el": "Η διευθύντρια του σχολείου είπε ότι οι μαθητές θα πάρουν νέα βιβλία.",
    "tr": "Okulun müdürü öğrencilerin yazın yeni ders kitapları alacağını söyledi.",
    "th": "ครูใหญ่บอกว่านักเรียนจะได้รับหนังสือใหม่",
    "zh": "校长说学生夏天会得到新的课本，家长们都很高兴。",
    "ja": "校長は生徒が夏に新しい教科書をもらうと言った。",
    "ko": "교장은 학생들이 여름에 새 교과서를 받을 것이라고 말했다.",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *(
            (language, encoding)
            for language in ("cs", "pl", "hu", "hr")
            for encoding in ("cp1250", "iso8859_2", "cp852")
        ),
        *((language, encoding) for language in ("es", "fr") for encoding in ("cp1252", "mac_roman", "cp850")),
        *(("ru", encoding) for encoding in ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")),
        *(("lv", encoding) for encoding in ("cp1257", "iso8859_13", "cp775")),
        *(("el", encoding) for encoding in ("cp1253", "iso8859_7", "cp737")),
        *(("tr", encoding) for encoding in ("cp1254", "cp857")),
        *(("zh", encoding) for encoding in ("gbk", "gb18030")),
        *(("ja", encoding) for encoding in ("shift_jis", "euc_jp")),
        ("th", "cp874"),
        ("ko", "euc_kr"),
    ],
)
def test_news_in_many_languages(language: str, encoding: str) -> None:
    """A sentence is read in the encoding in which it was written, or in one that has the same characters for it."""
    raw = TEXTS[language].encode(encoding)
    assert decode(raw).text == TEXTS[language]
    assert 0.5 <= decode(raw).confidence <= 1


@pytest.mark.parametrize(
    ("language", "encoding", "declared"),
    [
        ("ru", "cp1251", "koi8-r"),
        ("pl", "cp1250", "iso-8859-1"),
        ("zh", "gbk", "gb2312"),
        ("fr", "cp1252", "x-unknown"),
    ],
)
def test_a_wrong_declaration_is_dropped(language: str, encoding: str, declared: str) -> None:
    """The bytes disprove a declaration in which they would be no language, and one that nobody knows does not count."""
    assert decode(TEXTS[language].encode(encoding), declared).text == TEXTS[language]


def test_a_declaration_decides_where_the_bytes_do_not() -> None:
    """One byte is not enough evidence against what a page declares."""
    assert decode("Plain words and 5 €.".encode("iso8859_15"), "latin-9").text.endswith("5 €.")


def test_labels_are_read_as_browsers_read_them() -> None:
    """Declared names of subsets mean the encoding that extends them, in any spelling."""
    names = {
        "Shift_JIS": "cp932",
        "KS_C_5601-1987": "cp949",
        "Big5": "big5hkscs",
        "TIS-620": "cp874",
        "latin1": "cp1252",
    }
    assert {name: known_encoding(name) for name in names} == names
    assert not any(map(known_encoding, ("none", "unicode", "utf-16", "utf-8", "rot13", "\N{SNOWMAN}", "")))


def test_the_encodings_of_the_data_are_known() -> None:
    """Python has a codec for each candidate and for what each label means."""
    assert all(codecs.lookup(encoding) for encoding in [*CANDIDATES, *_LABELS.values()])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("language", ["ru", "el", "zh", "ja", "th", "fr"])
def test_wide_encodings_without_a_mark(language: str, encoding: str) -> None:
    """UTF-16 and UTF-32 are recognized without a byte order mark, in any script."""
    assert wide_encoding(TEXTS[language].encode(encoding)) == encoding
    assert decode(TEXTS[language].encode(encoding)).text == TEXTS[language]


@pytest.mark.parametrize("raw", [b"one\0two and three", b"", b"\0\0\0", b"\x01\x02\x03\x04plain words", b"a\x0bb" * 40])
def test_controls_alone_are_no_wide_encoding(raw: bytes) -> None:
    """A few NULs or other controls do not make a text UTF-16."""
    assert wide_encoding(raw) is None


def test_seven_bit_encodings() -> None:
    """HZ and UTF-7 are recognized by their sequences, and plain text with the same signs is not taken for them."""
    assert decode(TEXTS["zh"].encode("hz")).text == TEXTS["zh"]
    assert decode("Škoda’s café".encode("utf-7")).text == "Škoda’s café"
    for plain in (b"~{not closed", b"call +44-20 or +1-800", b"C+ and C++-", b"x+y-z and a+b-c and +AB-"):
        assert seven_bit_encoding(plain) is None


def test_lines_of_another_encoding() -> None:
    """In a file joined from UTF-8 and another encoding, each line is read in its own, and each byte has a row."""
    raw = f"{TEXTS['ru']}\n\n".encode() + TEXTS["ru"].encode("cp1251") + b"\nPlain.\n"
    text, invalid_bytes = take_invalid_bytes(decode(raw).text)
    assert text == f"{TEXTS['ru']}\n\n{TEXTS['ru']}\nPlain.\n"
    assert {text[invalid.position] for invalid in invalid_bytes} == {invalid.after for invalid in invalid_bytes}
    assert len(invalid_bytes) == sum(byte > 0x7F for byte in TEXTS["ru"].encode("cp1251"))


def test_single_invalid_bytes_are_windows_1252() -> None:
    """A single byte is too little evidence for another encoding."""
    assert encoding_of_invalid("It\udc92s") == "cp1252"


def test_multi_byte_encodings_are_told_from_others() -> None:
    """Chinese bytes are no letters of an alphabet, and Czech ones are no ideographs."""
    assert is_multi_byte(TEXTS["zh"].encode("gbk"))
    assert not is_multi_byte(TEXTS["cs"].encode("cp1250"))


def test_the_sample_of_a_long_file_has_its_rare_bytes() -> None:
    """A byte that occurs once in a long file counts for the evidence like frequent ones."""
    raw = ("It’s over, she said. " * 2000 + TEXTS["fr"] + " It’s over. " * 2000).encode("cp1252")
    assert likely_encoding(raw, None)[0] == "cp1252"


def test_shared_files(shared: Path) -> None:
    """Of the files with unusual or undeclared encodings, at least this many are read right."""
    lines = (shared / "cases" / "encodings_turn2.jsonl").read_text("utf-8").split("\n")
    cases = [case for case in map(json.loads, filter(None, lines)) if case["kind"].startswith("file")]
    right = 0
    for case in cases:
        raw = bytes.fromhex(case["bytes_hex"])
        is_page = "HTML page" in case["note"]
        text = take_invalid_bytes(decode(raw, declared_charset(raw) if is_page else None).text)[0]
        right += case["right"] in text.removeprefix("\ufeff").replace("\ufeff", "")
    assert right >= 60
