"""A big file is read by a process beside the one that saves; what comes is the same, also when that process dies."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from django.utils import translation

from danshu.channels.files import recognise
from danshu.channels.files.translate import BadOrder
from danshu.core import tables
from danshu.flows import intake_reader
from danshu.orders import receiver
from tests import exports

pytestmark = pytest.mark.slow
SHOP = 7


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Sixty orders in stretches of ten, one of them with an amount that is none."""
    monkeypatch.setattr(intake_reader, "STRETCH", 10)
    grid = exports.table("douyin", exports.sales("douyin", 60))
    grid[7][grid[0].index("订单应付金额")] = "一百"
    return exports.write(tmp_path, "douyin", [], grid=grid)


def read(path, *, left, skip=0):
    layout = recognise.recognise(tables.read(path))
    stretches = intake_reader.stretches(path, layout, {}, shop_id=SHOP, skip=skip, left=left)
    return [outcome for stretch in stretches for outcome in stretch]


def plain(outcomes):
    return [(outcome.rows, asdict(outcome.result)) for outcome in outcomes]


def test_it_says_what_reading_here_says(file):
    here = read(file, left=0)
    assert plain(read(file, left=intake_reader.WORTH)) == plain(here)
    assert sum(isinstance(outcome.result, BadOrder) for outcome in here) == 1


def test_it_goes_on_where_an_import_stopped(file):
    assert plain(read(file, left=intake_reader.WORTH, skip=25)) == plain(read(file, left=0)[25:])


def test_what_it_reckons_beforehand_is_what_intake_would_reckon(file):
    for here, beside in zip(read(file, left=0), read(file, left=intake_reader.WORTH), strict=True):
        if isinstance(here.result, BadOrder):
            continue
        assert beside.result.known == here.result.digest()
        sealed, *others = beside.result.receiver.values
        assert receiver.opened(sealed) == receiver.opened(receiver.columns(SHOP, here.result.receiver)[0])
        assert others == list(receiver.columns(SHOP, here.result.receiver))[1:]
        assert receiver.columns(SHOP, beside.result.receiver) is beside.result.receiver.values
        assert receiver.columns(SHOP + 1, beside.result.receiver) is not beside.result.receiver.values  # blind indexes are a shop's own
        assert replace(beside.result, paid_fen=1).digest() == replace(here.result, paid_fen=1).digest() != here.result.digest()


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "不是数字"), ("en", "is not a number")])
def test_reasons_are_in_the_language_of_the_work(file, language, words):
    with translation.override(language):
        (bad,) = (outcome.result for outcome in read(file, left=intake_reader.WORTH) if isinstance(outcome.result, BadOrder))
    assert words in bad.reason


def test_the_rest_is_read_here_when_it_ends_early(file, monkeypatch):
    real, frames = intake_reader._frame, []

    def cut(pipe):
        frames.append(1)
        return real(pipe) if not frames[1:] else None

    monkeypatch.setattr(intake_reader, "_frame", cut)
    assert plain(read(file, left=intake_reader.WORTH)) == plain(read(file, left=0))


def test_a_file_that_is_gone_is_said_by_the_one_who_asks(file):
    layout = recognise.recognise(tables.read(file))
    file.unlink()
    with pytest.raises(OSError, match=file.name):
        list(intake_reader.stretches(file, layout, {}, shop_id=SHOP, skip=0, left=intake_reader.WORTH))
