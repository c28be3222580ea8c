"""Table files as a person drops them: every kind of file, every kind of cell, and files that are broken."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from danshu.core import tables
from danshu.core.errors import DomainError

ROWS = [["订单编号", "标题", "金额"], ["3515313147329357901", "雪平锅，18cm", "201.12"]]


def sheet(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return tables.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_text_tables_in_every_encoding_and_delimiter(tmp_path, encoding, delimiter):
    path = tmp_path / "a.csv"
    path.write_text("\r\n".join(delimiter.join(row) for row in ROWS) + "\r\n", encoding=encoding, newline="")
    book = tables.read(path)
    assert book.kind == "csv"
    assert book.sheets[0].rows == ROWS
    assert book.encoding == {"gbk": "gb18030"}.get(encoding, encoding)


def test_three_lines_of_gbk_are_not_taken_for_korean(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("订单号,数量\n1,2\n".encode("gbk"))
    assert tables.read(path).sheets[0].rows == [["订单号", "数量"], ["1", "2"]]


def test_two_files_pasted_together_in_two_encodings(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("订单号,标题\n1,雪平锅\n".encode() + "2,炒锅锅盖\n".encode("gbk"))
    book = tables.read(path)
    assert book.encoding == "mixed"
    assert book.sheets[0].rows == [["订单号", "标题"], ["1", "雪平锅"], ["2", "炒锅锅盖"]]


def test_spreadsheet_armour_comes_off_and_quoted_line_breaks_stay(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('"=""35153131473293579""","\t6917926768823643751",\'139****0165,"上\n下"\n1,2,3,4\n', encoding="utf-8")
    assert tables.read(path).sheets[0].rows[0] == ["35153131473293579", "6917926768823643751", "139****0165", "上\n下"]


def test_cells_of_a_workbook_read_as_a_person_reads_them(tmp_path):
    moment = datetime(2026, 7, 8, 0, 42, 32)
    row = [5, 12.0, 0.1 + 0.2, 17.8, True, moment, date(2026, 7, 8), "  空格 ", None, "007"]
    assert sheet(tmp_path / "a.xlsx", [row, ["x"]]).sheets[0].rows[0] == [
        "5", "12", "0.3", "17.8", "TRUE", "2026-07-08 00:42:32", "2026-07-08", "空格", "", "007",
    ]  # fmt: skip


def test_a_long_number_cell_is_marked_as_damaged(tmp_path):
    cells = sheet(tmp_path / "a.xlsx", [[6917926768823643751, 123456789012345, "6917926768823643751"]]).sheets[0].rows[0]
    assert [isinstance(cell, tables.Damaged) for cell in cells] == [True, False, False]
    assert cells == ["6.91792676882364E+18", "123456789012345", "6917926768823643751"]


def test_rows_keep_their_numbers_when_the_first_ones_are_empty(tmp_path):
    rows = sheet(tmp_path / "a.xlsx", [[], [None, None], ["", "订单号"], ["", "1"]]).sheets[0].rows
    assert [cell for cell in rows[2] if cell] == ["订单号"]


def test_every_sheet_is_there(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    book.create_sheet("订单信息").append(["订单号"])
    book.save(tmp_path / "a.xlsx")
    read = tables.read(tmp_path / "a.xlsx")
    assert [(s.name, s.rows) for s in read.sheets] == [("Sheet", [["说明"]]), ("订单信息", [["订单号"]])]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_web_page_that_calls_itself_xls(tmp_path, encoding):
    path = tmp_path / "a.xls"
    path.write_text("<html><body><table><tr><th>订单号<th>标题</tr><tr><td>'123<td>a<br>b</table></html>", encoding=encoding)
    book = tables.read(path)
    assert book.kind == "html"
    assert book.sheets[0].rows == [["订单号", "标题"], ["123", "a\nb"]]


def zipped(**members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


def truncated(tmp_path):
    sheet(tmp_path / "whole.xlsx", [["订单号"] * 30] * 200)
    return (tmp_path / "whole.xlsx").read_bytes()[:-900]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table.empty"),
        (bytes(range(256)) * 40, "table.unknown"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 600, "table.unknown"),
        (b"%PDF-1.7\n" + bytes(range(200, 256)) * 50, "table.unknown"),
        (b"PK\x03\x04 and nothing more", "table.broken"),
        (truncated, "table.broken"),
        (zipped(readme__txt="x"), "table.archive"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 2000, "table.broken"),
        (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook>', "table.xml"),
        (b"<html><p>please sign in</p></html>", "table.unknown"),
    ],
)
def test_broken_files_say_what_to_do(tmp_path, content, code):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content(tmp_path) if callable(content) else content)
    with pytest.raises(DomainError) as refused:
        list(tables.read(path).sheets[0])
    assert refused.value.code == code
    assert "请" in refused.value.message


def test_a_file_that_unpacks_too_big_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("danshu.core.tables.MAX_UNPACKED", 1000)
    with pytest.raises(DomainError, match="分成几份"):
        sheet(tmp_path / "a.xlsx", ROWS)


def test_written_text_is_never_a_formula(tmp_path):
    danger = ["=1+1", "+86 138", "-x", "@SUM(A1)", "\tx", "\rx", "-", "-12.50", "13800138000", "王*婷"]
    safe = ["'=1+1", "'+86 138", "'-x", "'@SUM(A1)", "'\tx", "'\rx", "-", "-12.50", "13800138000", "王*婷"]
    tables.write_xlsx(tmp_path / "a.xlsx", {"订单": [["表头"], *[[cell] for cell in danger]]})
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active][1:]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value[:1] for cell in cells[:6]] == ["'"] * 6
    tables.write_csv(tmp_path / "a.csv", [[cell] for cell in danger])
    assert [tables.neutral(cell) for cell in danger] == safe
    assert (tmp_path / "a.csv").read_bytes()[:3] == b"\xef\xbb\xbf"


def test_what_was_written_reads_back(tmp_path):
    rows = [
        ["订单号", "金额", "件数", "时间"],
        ["6917926768823643751", Decimal("12.30"), 3, datetime(2026, 1, 1, 16, tzinfo=UTC)],
    ]
    tables.write_xlsx(tmp_path / "a.xlsx", {"订单/1": rows}, text_columns={"订单号"})
    tables.write_csv(tmp_path / "a.csv", rows)
    assert tables.read(tmp_path / "a.xlsx").sheets[0].rows[1] == [
        "6917926768823643751",
        "12.3",
        "3",
        "2026-01-02 00:00:00",
    ]
    assert tables.read(tmp_path / "a.csv").sheets[0].rows[1] == [
        "6917926768823643751",
        "12.30",
        "3",
        "2026-01-02 00:00:00",
    ]
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").active["A2"]
    assert (cell.value, cell.number_format) == ("6917926768823643751", "@")
