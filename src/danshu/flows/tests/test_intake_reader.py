"""A big file is read by a process beside the one that saves; what comes is the same, also when that process dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from signal import SIGCONT, SIGSTOP

import pytest
from django.utils import translation

from danshu.channels.files import recognise
from danshu.channels.files.translate import BadOrder
from danshu.channels.models import Shop
from danshu.core import clock, tables
from danshu.flows import intake_reader, intake_rows
from danshu.flows.intake_reader import HeadStart
from danshu.orders import prepared, receiver
from danshu.orders.prepared import Terms
from tests import exports

pytestmark = pytest.mark.slow
SHOP = Shop(pk=7, ship_hours=48)
SEALED, CANCELLED = prepared.COLUMNS.index("receiver_sealed"), prepared.COLUMNS.index("cancelled_at")


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Sixty orders in stretches of ten, one of them with an amount that is none."""
    monkeypatch.setattr(intake_reader, "STRETCH", 10)
    return write(tmp_path, "sales", lambda grid: grid[7].__setitem__(grid[0].index("订单应付金额"), "一百"))


def write(folder, name, spoil):
    (folder / name).mkdir()
    grid = exports.table("douyin", exports.sales("douyin", 60))
    spoil(grid)
    return exports.write(folder / name, "douyin", [], grid=grid)


def read(path, *, left, skip=0, scattered=None, head_start=None):
    layout = recognise.recognise(tables.read(path))
    stretches = intake_reader.stretches(path, layout, scattered or {}, head_start, shop=SHOP, skip=skip, left=left)
    return [outcome for stretch in stretches for outcome in stretch]


def plain(outcomes):
    return [(read.rows, asdict(read.result if isinstance(read.result, BadOrder) else read.result.order)) for read in outcomes]


def good(outcomes):
    return [outcome.result for outcome in outcomes if not isinstance(outcome.result, BadOrder)]


def test_it_says_what_reading_here_says(file):
    here = read(file, left=0)
    assert plain(read(file, left=intake_reader.WORTH)) == plain(here)
    assert len(here) - len(good(here)) == 1


def test_it_goes_on_where_an_import_stopped(file):
    assert plain(read(file, left=intake_reader.WORTH, skip=25)) == plain(read(file, left=0)[25:])


def test_what_it_prepares_is_what_intake_would_reckon(file):
    began = clock.now()
    for here, beside in zip(good(read(file, left=0)), good(read(file, left=intake_reader.WORTH)), strict=True):
        assert (beside.platform_no, beside.digest) == (here.order.platform_no, here.order.digest())
        ours, theirs = prepared.prepare(here.order, here.digest, Terms(7, 48, began)), beside._prepared
        assert receiver.opened(theirs.columns[SEALED]) == receiver.opened(ours.columns[SEALED])
        assert theirs._replace(columns=same(theirs)) == ours._replace(columns=same(ours))
        if ours.columns[CANCELLED] == clock.written(began):  # the file does not say when: the moment of reading counts
            assert clock.written(began) < theirs.columns[CANCELLED] < clock.written(clock.now())
        else:
            assert theirs.columns[CANCELLED] == ours.columns[CANCELLED]


def same(word):
    """What no key and no clock has a part in."""
    return [value for place, value in enumerate(word.columns) if place not in (SEALED, CANCELLED)]


def test_an_order_that_cannot_be_saved_is_refused_by_the_one_who_saves(tmp_path, monkeypatch):
    """A number of a line that is too long for its column is no reason for the file's reader."""
    path = write(tmp_path, "long", lambda grid: grid[3].__setitem__(grid[0].index("子订单编号"), "9" * 65))
    here, beside = good(read(path, left=0)), good(read(path, left=intake_reader.WORTH))
    assert [each.refusal() for each in beside] == [each.refusal() for each in here]
    assert [each.refusal().code for each in beside if each.refusal()] == ["order.number_too_long"]


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


SENDER = """
from queue import Queue
from danshu.flows.intake_beside import _write
frames = Queue()
for number in range(60):
    frames.put(bytes([number]) * (700_000 + number))
frames.put(None)
_write(frames, 1)
"""


def test_a_process_that_is_stopped_and_continued_sends_what_it_was_given():
    """As by Ctrl-Z, or a machine that is put to rest: each time what it is sending is cut."""
    with subprocess.Popen(
        [sys.executable, "-c", SENDER], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ) as sender:
        frames = []
        while (frame := intake_reader._frame(sender.stdout)) is not None:
            frames.append(frame)
            for signal in (SIGSTOP, SIGCONT):
                sender.send_signal(signal)
                time.sleep(0.005)
    assert [(frame[:1], set(frame), len(frame)) for frame in frames] == [(bytes([n]), {n}, 700_000 + n) for n in range(60)]


def test_a_file_that_is_gone_is_said_by_the_one_who_asks(file):
    layout = recognise.recognise(tables.read(file))
    file.unlink()
    with pytest.raises(OSError, match=file.name):
        list(intake_reader.stretches(file, layout, {}, shop=SHOP, skip=0, left=intake_reader.WORTH))


# --- a head start ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch):
    """The tasks that processes got."""
    tasks = []
    real = intake_reader._Beside.begin

    def note(process, task):
        tasks.append(task)
        real(process, task)

    monkeypatch.setattr(intake_reader._Beside, "begin", note)
    monkeypatch.setattr(intake_reader, "BIG", 1)
    monkeypatch.setattr(intake_rows, "WORTH", 20)
    monkeypatch.setattr(intake_rows, "STRETCH", 5)
    return tasks


def survey(head_start, path, *, shop=SHOP):
    layout = recognise.recognise(tables.read(path))
    (sheet,) = tables.read(path).sheets
    for _row in head_start.following(intake_rows.keeping(sheet, path), path, layout, shop):
        pass


def test_what_begins_while_the_rows_are_written_is_what_the_import_gets(file, started):
    with HeadStart(file) as head_start:
        survey(head_start, file)
        assert plain(read(file, left=intake_reader.WORTH, head_start=head_start)) == plain(read(file, left=0))
    assert len(started) == 1


def test_what_waits_for_rows_that_are_few_gets_the_import_itself(file, started, monkeypatch):
    monkeypatch.setattr(intake_rows, "WORTH", 1000)
    with HeadStart(file) as head_start:
        process = head_start._process
        survey(head_start, file)
        assert started == []
        assert plain(read(file, left=intake_reader.WORTH, head_start=head_start)) == plain(read(file, left=0))
        assert head_start._process is None
    assert len(started) == 1
    assert process._process.poll() is not None


def test_a_file_that_is_not_big_or_not_there_starts_nothing(file):
    for path in (file, file.with_name("gone.xlsx")):
        with HeadStart(path) as head_start:
            assert head_start._process is None


def test_an_import_that_asks_otherwise_begins_anew(file, started):
    """Orders that stand on rows apart are known at the end of the survey only; so are a person's columns, and a place to go on from."""
    for more in ({"scattered": {"69": 9}}, {"skip": 10}):
        with HeadStart(file) as head_start:
            survey(head_start, file)
            found = read(file, left=intake_reader.WORTH, head_start=head_start, **more)
        assert plain(found) == plain(read(file, left=0, **more))
    assert len(started) == 4


def test_orders_on_rows_apart_are_found_whole(tmp_path, started):
    """The last row of the file belongs to the first order."""
    path = write(tmp_path, "apart", lambda grid: grid.append([f"{cell}9" if at == 1 else cell for at, cell in enumerate(grid[1])]))
    scattered = recognise_scattered(path)
    assert scattered
    with HeadStart(path) as head_start:
        survey(head_start, path)
        found = read(path, left=intake_reader.WORTH, scattered=scattered, head_start=head_start)
    assert plain(found) == plain(read(path, left=0, scattered=scattered))
    assert max(len(outcome.rows) for outcome in found) > 1


def recognise_scattered(path):
    layout = recognise.recognise(tables.read(path))
    return intake_reader.intake_beside.Translation(layout).survey(tables.read(path).sheets[0]).scattered


def test_a_survey_that_breaks_off_leaves_no_process(file, started):
    layout = recognise.recognise(tables.read(file))

    def rows():
        yield from list(tables.read(file).sheets[0])[:30]
        raise OSError("The disk is gone.")

    with pytest.raises(OSError, match="gone"), HeadStart(file) as head_start:
        list(head_start.following(intake_rows.keeping(rows(), file), file, layout, SHOP))
    assert len(started) == 1
    assert head_start._process._process.poll() is not None


def test_rows_that_cannot_be_kept_are_read_from_the_file(file, started, monkeypatch):
    monkeypatch.setattr(intake_rows, "MOST", 6000)
    with HeadStart(file) as head_start:
        survey(head_start, file)
        assert not intake_rows.beside(file).exists()
        assert plain(read(file, left=intake_reader.WORTH, head_start=head_start)) == plain(read(file, left=0))
    assert len(started) == 1


def test_a_shop_that_promises_otherwise_meanwhile_is_heard(file, started):
    with HeadStart(file) as head_start:
        survey(head_start, file, shop=Shop(pk=7, ship_hours=24))
        read(file, left=intake_reader.WORTH, head_start=head_start)
    assert [task["ship_hours"] for task in started] == [24, 48]


def test_a_replaced_copy_of_an_opened_order_is_digested_anew(file):
    (first, *_others) = good(read(file, left=intake_reader.WORTH))
    assert replace(first.order, paid_fen=1).digest() != first.digest
