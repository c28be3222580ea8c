"""Rows kept by a preview are the file's rows, whatever becomes of what was kept."""

from __future__ import annotations

import pytest

from danshu.core.tables import Damaged
from danshu.flows import intake_rows

ROWS = [[f"69{n:017d}", "文轩路 27 号\n麓谷", "", Damaged("6.91E+18") if n % 700 == 3 else "58.00"] for n in range(5200)]


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "0123456789ab-01234567.xlsx"


def refuse():
    raise AssertionError("The file was read again.")


def keep(copy, rows=ROWS):
    assert list(intake_rows.keeping(rows, copy)) == rows


def test_they_come_back_as_they_were(copy):
    keep(copy)
    found = list(intake_rows.kept(copy, refuse))
    assert found == ROWS
    assert [type(cell) for row in found for cell in row] == [type(cell) for row in ROWS for cell in row]
    assert intake_rows.beside(copy).stat().st_mode & 0o077 == 0


def test_few_rows_are_not_kept(copy):
    keep(copy, ROWS[:1000])
    assert not intake_rows.beside(copy).exists()
    assert list(intake_rows.kept(copy, lambda: ROWS[:1000])) == ROWS[:1000]


def test_too_many_are_dropped_again(copy, monkeypatch):
    monkeypatch.setattr(intake_rows, "MOST", sum(map(len, map(intake_rows._frame, [ROWS[n : n + 500] for n in range(0, 4500, 500)]))) - 1)
    keep(copy)
    assert not intake_rows.beside(copy).exists()


def test_a_preview_that_broke_off_leaves_nothing_to_be_believed(copy):
    rows = intake_rows.keeping(ROWS, copy)
    for _row, _n in zip(rows, range(4600), strict=False):
        pass
    rows.close()
    assert list(intake_rows.kept(copy, lambda: ROWS)) == ROWS


HURT = {
    "cut short": lambda kept: kept[:-20],
    "a hole": lambda kept: kept[:100_000] + b"\0" * 9 + kept[100_009:],
    "another Python's": lambda kept: b"old" + kept[3:],
    "empty": lambda _kept: b"",
}


@pytest.mark.parametrize("hurt", HURT.values(), ids=HURT)
def test_damage_is_seen_and_the_file_is_read_from_there(copy, hurt):
    keep(copy)
    kept = intake_rows.beside(copy)
    kept.write_bytes(hurt(kept.read_bytes()))
    assert list(intake_rows.kept(copy, lambda: ROWS)) == ROWS


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path):
    keep(tmp_path / "nowhere" / "copy.xlsx")
