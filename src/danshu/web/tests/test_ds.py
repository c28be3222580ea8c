"""Tags and filters of the design system."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from danshu.core import clock
from danshu.web import drawing, moments


def draw(text, **context):
    return Template(text).render(Context(context))


def test_what_people_typed_is_escaped_everywhere():
    bad = "<script>alert(1)</script>"
    for text in (
        "{% pill 'rose' bad %}",
        "{% platform bad %}",
        "{% thumb bad bad %}",
        "{% nothing bad bad bad bad %}",
        "{% icon bad %}",
        "{% progress 1 2 bad %}",
    ):
        assert "<script>" not in draw(text, bad=bad)


def test_pictures_from_elsewhere_are_not_loaded():
    assert "<img" not in draw("{% thumb 'https://elsewhere.example/a.png' %}")
    assert "<img" not in draw("{% thumb '//elsewhere.example/a.png' %}")
    assert 'src="/products/pictures/mug.png"' in draw("{% thumb 'mug.png' %}")


def test_money_and_nothing():
    assert draw("{{ fen|yuan }}|{{ none|yuan }}", fen=123456, none=None) == "1,234.56|"


@pytest.mark.parametrize(
    ("minutes", "css", "text"),
    [
        (-38, "over", "已超时 38分"),
        (112, "hot", "剩 1时5"),
        (388, "warm", "剩 6时2"),
        (830, "calm", "剩 13时"),
        (3063, "calm", "剩 2天3时"),
    ],
)
def test_a_countdown_says_how_late_it_is(minutes, css, text):
    html = draw("{% countdown at %}", at=clock.now() + timedelta(minutes=minutes, seconds=5 if minutes > 0 else -5))
    assert f'class="cd {css} num"' in html
    assert text in html


def test_a_deadline_that_was_met_says_so():
    now = clock.now()
    assert "按时" in draw("{% countdown at done %}", at=now, done=now - timedelta(minutes=1))
    assert "晚了 2时00分" in draw("{% countdown at done %}", at=now, done=now + timedelta(hours=2))


@pytest.mark.parametrize(
    ("seconds", "text"), [(250, "4 分 10 秒"), (60, "1 分 0 秒"), (9, "9 秒"), (7500, "2 时 5 分"), (0, "开始了"), (-5, "开始了")]
)
def test_what_remains_is_told_to_the_second_until_it_is_there(seconds, text, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    drawn = draw("{% remaining at '开始了' %}", at=now + timedelta(seconds=seconds))
    assert f">{text}<" in drawn
    assert 'data-units="时|分|秒"' in drawn


def test_moments_are_as_short_as_they_stay_clear():
    now = clock.now()
    assert len(moments.short(now)) == 5
    assert moments.ago(now - timedelta(minutes=3)) == "3 分钟前"
    with translation.override("en"):
        assert moments.ago(now - timedelta(minutes=3)) == "3 minutes ago"


def test_the_query_string_changes_and_paging_begins_again():
    request = RequestFactory().get("/orders/?v=short&after=xyz&shop=3")
    assert draw("{% qs request shop=None open='1122' %}", request=request) == "?v=short&amp;open=1122"
    assert draw("{% qs request v=None shop=None %}", request=request) == "/orders/"


def test_a_sparkline_needs_two_values():
    assert drawing.spark([1]) == ("", "", None)
    line, _area, level = drawing.spark([0, 10], 5)
    assert (line, level) == ("2.0,48.0 294.0,6.0", 27.0)


def test_parts_of_the_house_are_named_in_the_readers_language_and_people_as_they_are_called():
    house = ["系统", "监控文件夹", "命令行", "小雅"]
    assert [draw("{{ who|actor }}", who=who) for who in house] == house
    with translation.override("en"):
        names = [draw("{{ who|actor }}", who=who) for who in ("系统", "监控文件夹", "命令行", "terminal", "小雅")]
    assert names == ["System", "Watched folder", "Command line", "Command line", "小雅"]
