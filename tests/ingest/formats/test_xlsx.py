"""Excel workbooks: a record for each row below a header with a text column."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]


def workbook(package: Callable[..., bytes], sheets: dict[str, str], strings: str = "") -> bytes:
    """A workbook with the rows of each sheet as XML."""
    names = "".join(f'<sheet name="{name}" r:id="r{i}"/>' for i, name in enumerate(sheets))
    targets = "".join(f'<Relationship Id="r{i}" Target="worksheets/s{i}.xml"/>' for i in range(len(sheets)))
    styles = '<s><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;x&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></s>'
    return package(
        {
            "xl/workbook.xml": f'<workbook xmlns:r="urn:r"><sheets>{names}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{targets}</Relationships>",
            "xl/styles.xml": styles,
            "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
        }
        | {f"xl/worksheets/s{i}.xml": f"<w><sheetData>{rows}</sheetData></w>" for i, rows in enumerate(sheets.values())}
    )


def cell(place: str, value: str | int, kind: str = "", style: int = 0) -> str:
    """A cell with an inline text, or with a value of another kind."""
    if kind:
        return f'<c r="{place}" t="{kind}" s="{style}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def test_rows_of_sheets(package: Callable[..., bytes], articles: Articles) -> None:
    """The header may stand below a title; texts may be shared; numbers in the style of dates are dates."""
    strings = "<si><t>text</t></si><si><r><t>It </t></r><r><t>rained._x000A_All day.</t></r><rPh><t>x</t></rPh></si>"
    rows = (
        f"<row>{cell('A1', 'All articles')}</row>"
        f"<row>{cell('A2', 'date')}{cell('B2', 0, 's')}{cell('D2', 'headline')}</row>"
        f"<row>{cell('A3', 46146, 'n', 1)}{cell('B3', 1, 's')}{cell('D3', 'Rain')}</row><row/>"
        f"<row>{cell('A5', '46147.5', 'n', 2)}{cell('B5', 'It did not.')}</row>"
    )
    documents, failures = articles("a.xlsx", workbook(package, {"notes": "", "all": rows}, strings))
    assert failures == []
    assert [(d.title, d.text, str(d.published_at)[:16]) for d in documents] == [
        ("Rain", "It rained.\nAll day.", "2026-05-04 00:00"),
        (None, "It did not.", "2026-05-05 12:00"),
    ]


def test_a_workbook_without_texts(package: Callable[..., bytes], articles: Articles) -> None:
    """A workbook without a column of texts is a failure that names the columns of its sheets."""
    documents, [failure] = articles("a.xlsx", workbook(package, {"s": f"<row>{cell('A1', 'sales')}</row>"}))
    assert (documents, failure.error) == ([], "MissingField")
    assert "s.sales" in failure.message


def test_damaged_workbooks(package: Callable[..., bytes], articles: Articles) -> None:
    """A sheet that is not well-formed is a failure."""
    documents, [failure] = articles("a.xlsx", workbook(package, {"s": "<row>"}))
    assert (documents, failure.error) == ([], "FormatError")
