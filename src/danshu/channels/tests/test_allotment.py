"""Numbers of shops: never more than there is, never negative, whole."""

from hypothesis import given
from hypothesis import strategies as st

from danshu.channels.allotment import Terms, allot, held_back, sets

pieces = st.integers(0, 100_000)
terms = st.builds(
    Terms,
    mode=st.sampled_from(["shared", "share", "quota"]),
    percent=st.integers(0, 100),
    quota_left=pieces,
    keep=st.integers(0, 500),
    stop_line=st.integers(0, 500),
    cap=st.none() | st.integers(0, 5000),
    per_item=st.integers(1, 12),
)


@given(pieces, st.lists(terms, max_size=12))
def test_shares_together_never_exceed_what_is_sellable(pool, rules):
    shown = allot([(pool, rule) for rule in rules])
    promised = sum(one.number * one.terms.per_item for one in shown if one.terms.mode == "share")
    assert promised <= pool


@given(st.lists(st.tuples(st.integers(-50, 100_000), terms), max_size=12))
def test_no_number_is_negative_broken_or_more_than_its_pool(claims):
    for (pool, rule), one in zip(claims, allot(claims), strict=True):
        assert type(one.number) is int
        assert 0 <= one.number * rule.per_item <= max(0, pool)
        assert rule.cap is None or one.number <= rule.cap
        assert one.number == 0 or one.items >= rule.stop_line


@given(st.dictionaries(st.integers(1, 6), pieces), st.lists(st.tuples(st.integers(1, 6), st.integers(1, 20)), min_size=1, max_size=5))
def test_a_bundle_sells_what_its_scarcest_part_can_make(free, parts):
    made = sets(parts, free)
    assert all(made * each <= free.get(part, 0) for part, each in parts)
    assert any((made + 1) * each > free.get(part, 0) for part, each in parts)


@given(pieces, st.integers(0, 10**7))
def test_what_a_silent_shop_may_have_sold_is_rounded_up(sold, gap):
    assert 86_400 * held_back(sold, 86_400, gap) >= sold * gap
    assert 86_400 * (held_back(sold, 86_400, gap) - 1) < sold * gap or sold == 0


def test_the_steps_as_a_person_reads_them():
    (one,) = allot([(95, Terms("share", percent=50, keep=5, per_item=2, cap=20))])
    assert (one.kept, one.granted, one.items, one.is_capped, one.number) == (5, 45, 22, True, 20)


def test_9_5_is_never_rounded_to_10():
    assert [one.number for one in allot([(19, Terms("share", percent=50)), (19, Terms("share", percent=50))])] == [9, 9]


def test_percents_above_a_hundred_shrink_to_fit():
    assert [one.number for one in allot([(100, Terms("share", percent=80)), (100, Terms("share", percent=80))])] == [50, 50]


def test_below_the_stop_line_nothing_is_shown():
    assert [one.number for one in allot([(7, Terms(stop_line=8)), (8, Terms(stop_line=8))])] == [0, 8]
