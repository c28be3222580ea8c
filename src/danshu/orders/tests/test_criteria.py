"""The compiled condition and a plain reading of the tree agree, row by row."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danshu.catalogue.models import Sku
from danshu.channels.models import Shop
from danshu.core.errors import DomainError
from danshu.fields import criteria
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Issue
from tests.chance import examples

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def sample(db):
    """Orders that differ in every way the trees ask about."""
    shop = Shop.objects.create(name="a", platform="taobao", created_at=NOW)
    skus = [Sku.objects.create(code=code, loose_code=code, name=code, created_at=NOW, updated_at=NOW) for code in ("MUG", "MAT")]
    orders = []
    for i in range(12):
        order = Order.objects.create(
            no=f"261122-{i:04d}",
            shop=shop,
            platform=["taobao", "pdd"][i % 2],
            platform_no=str(i),
            payment=["paid", "unpaid", "cod"][i % 3],
            fulfilment=["waiting", "printed", "shipped", "cancelled"][i % 4],
            issues=[0, 2, 6][i % 3],
            flag=["", "red"][i % 2],
            buyer_message=["", "请快点 50%", "谢谢"][i % 3],
            tags=[[], ["易碎"], ["vip", "易碎"]][i % 3],
            paid_fen=i * 1000,
            placed_at=NOW - timedelta(hours=i),
            ship_by=None if i % 3 == 1 else NOW + timedelta(hours=i * 5 - 20),
            created_at=NOW,
            updated_at=NOW,
            is_held=i % 5 == 0,
            courier_code=["", "zto"][i % 2],
        )
        for at in range(i % 3):
            OrderLine.objects.create(order=order, oid=str(at), title="杯", quantity=at + 1, sku=[skus[0], skus[1], None][(i + at) % 3])
        orders.append(order)
    return Order.objects.prefetch_related("lines__sku").order_by("pk")


def moment(value):
    return criteria.span(value, NOW)


READ = {
    "order.payment": lambda o: o.payment,
    "order.fulfilment": lambda o: o.fulfilment,
    "order.flag": lambda o: o.flag,
    "order.buyer_message": lambda o: o.buyer_message,
    "order.paid_fen": lambda o: o.paid_fen,
    "order.is_held": lambda o: o.is_held,
    "order.ship_by": lambda o: o.ship_by,
    "order.courier": lambda o: o.courier_code,
    "order.is_open": lambda o: o.fulfilment in ("waiting", "printed"),
    "order.tags": lambda o: o.tags,
    "order.issues": lambda o: [i.name.lower() for i in Issue if o.issues & i],
    "order.platform": lambda o: o.platform,
    "line.sku_code": lambda line: line.sku and line.sku.code,
    "line.quantity": lambda line: line.quantity,
}

TESTS = {
    "is": lambda a, b: a == b,
    "is_not": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "contains": lambda a, b: a is not None and b.lower() in a.lower(),
    "not_contains": lambda a, b: not (a is not None and b.lower() in a.lower()),
    "starts": lambda a, b: a is not None and a.lower().startswith(b.lower()),
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "is_empty": lambda a, _b: a in (None, "", []),
    "is_set": lambda a, _b: a not in (None, "", []),
    "has": lambda a, b: b in a,
    "has_not": lambda a, b: b not in a,
    "has_any": lambda a, b: bool(set(a) & set(b)),
    "has_all": lambda a, b: set(b) <= set(a),
    "before": lambda a, b: a is not None and a < moment(b)[0],
    "from": lambda a, b: a is not None and a >= moment(b)[0],
    "on": lambda a, b: a is not None and moment(b)[0] <= a < moment(b)[1],
    "until": lambda a, b: a is not None and (a < moment(b)[1] if moment(b)[0] != moment(b)[1] else a <= moment(b)[1]),
    "after": lambda a, b: a is not None and (a >= moment(b)[1] if moment(b)[0] != moment(b)[1] else a > moment(b)[1]),
}


def holds(tree, order):
    if "field" in tree:
        test = lambda thing: TESTS[tree["op"]](READ[tree["field"]](thing), tree.get("value"))  # noqa: E731 - a short name for this test alone
        if not tree["field"].startswith("line."):
            return test(order)
        found = [test(line) for line in order.lines.all()]
        many = tree.get("lines", "any")
        return any(found) if many == "any" else bool(found) and all(found) if many == "all" else not any(found)
    ((joint, parts),) = tree.items()
    results = [holds(part, order) for part in parts]
    return all(results) if joint == "all" else any(results) if joint == "any" else not any(results)


def leaf(field, op, value=None, **more):
    given = {"field": field, "op": op} | more
    return given if op in ("is_empty", "is_set") else given | {"value": value}


words = st.sampled_from(["", "50%", "谢谢", "zto", "_"])
moments = st.one_of(
    st.integers(-30, 60).map(lambda h: {"within_hours": h} if h >= 0 else {"hours_ago": -h}),
    st.sampled_from(["today", "yesterday", "tomorrow", "2026-11-23", 2]).map(lambda day: {"day": day}),
    st.integers(-30, 30).map(lambda h: (NOW + timedelta(hours=h)).isoformat()),
)
many = st.sampled_from(["any", "all", "none"])
payments, tags, issues = ["unpaid", "deposit", "paid", "cod"], ["易碎", "vip", "别的"], ["short", "address", "unmapped"]
leaves = st.one_of(
    st.builds(leaf, st.just("order.payment"), st.sampled_from(["is", "is_not"]), st.sampled_from(payments)),
    st.builds(leaf, st.just("order.payment"), st.sampled_from(["in", "not_in"]), st.lists(st.sampled_from(payments))),
    st.builds(
        leaf,
        st.sampled_from(["order.buyer_message", "order.courier"]),
        st.sampled_from(["is", "is_not", "contains", "not_contains", "starts", "is_empty", "is_set"]),
        words,
    ),
    st.builds(leaf, st.just("order.paid_fen"), st.sampled_from(["is", "is_not", "gt", "gte", "lt", "lte"]), st.integers(-1, 12_000)),
    st.builds(leaf, st.sampled_from(["order.is_held", "order.is_open"]), st.sampled_from(["is", "is_not"]), st.booleans()),
    st.builds(leaf, st.just("order.ship_by"), st.sampled_from(["before", "from", "until", "after", "is_empty", "is_set"]), moments),
    st.builds(leaf, st.just("order.ship_by"), st.just("on"), st.sampled_from(["today", "tomorrow"]).map(lambda day: {"day": day})),
    st.builds(leaf, st.just("order.tags"), st.sampled_from(["has", "has_not", "is_empty", "is_set"]), st.sampled_from(tags)),
    st.builds(leaf, st.just("order.tags"), st.sampled_from(["has_any", "has_all"]), st.lists(st.sampled_from(tags))),
    st.builds(leaf, st.just("order.issues"), st.sampled_from(["has", "has_not", "is_empty", "is_set"]), st.sampled_from(issues)),
    st.builds(leaf, st.just("order.issues"), st.sampled_from(["has_any", "has_all"]), st.lists(st.sampled_from(issues))),
    st.builds(
        leaf,
        st.just("line.sku_code"),
        st.sampled_from(["is", "is_not", "contains", "not_contains", "is_empty", "is_set"]),
        st.sampled_from(["MUG", "M", "x"]),
        lines=many,
    ),
    st.builds(leaf, st.just("line.quantity"), st.sampled_from(["gt", "lte", "is"]), st.integers(0, 3), lines=many),
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(lambda joint, parts: {joint: parts}, st.sampled_from(["all", "any", "none"]), st.lists(inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tree=trees)
def test_the_condition_and_the_plain_reading_agree(sample, tree):
    rows = list(sample)
    wanted = [order.pk for order in rows if holds(tree, order)]
    assert list(sample.filter(criteria.compile(tree, now=NOW)).values_list("pk", flat=True)) == wanted
    assert criteria.describe(tree)


@pytest.mark.parametrize(
    "tree",
    [
        None,
        {},
        [],
        {"all": {}},
        {"all": [], "any": []},
        {"field": "order.nothing", "op": "is", "value": 1},
        {"field": "order.payment", "op": "gt", "value": "paid"},
        {"field": "order.payment", "op": "is", "value": "maybe"},
        {"field": "order.ship_by", "op": "before", "value": "soon"},
        {"field": "order.ship_by", "op": "before", "value": "2026-11-22T04:00:00"},
        {"field": "order.ship_by", "op": "on", "value": {"within_hours": 4}},
        {"field": "order.payment", "op": "in", "value": "paid"},
        {"field": "order.payment", "op": "is", "value": "paid", "lines": "all"},
        {"field": "order.paid_fen", "op": "is", "value": True},
        {"field": "order.payment", "op": "is", "value": "paid", "sql": "1=1"},
        {"field": "order.buyer_message", "op": "is", "value": "\x00"},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(tree):
    with pytest.raises(DomainError) as error:
        criteria.compile(tree, now=NOW)
    assert error.value.code == "criteria.bad"


def test_a_tree_too_deep_is_refused():
    tree = {"field": "order.is_open", "op": "is", "value": True}
    for _ in range(12):
        tree = {"all": [tree]}
    with pytest.raises(DomainError):
        criteria.validate(tree)


def test_a_tree_reads_as_a_sentence():
    tree = {
        "all": [
            {"field": "order.payment", "op": "is", "value": "paid"},
            {"any": [{"field": "order.flag", "op": "is", "value": "red"}, {"field": "order.issues", "op": "has", "value": "short"}]},
            {"field": "line.sku_code", "op": "contains", "value": "MUG", "lines": "all"},
        ]
    }
    assert criteria.describe(tree) == "付款 是 已付款，且（旗标 是 红旗，或异常 带有 缺货），且全部明细的商家编码 包含 MUG"
