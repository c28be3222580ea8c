"""From 可售 to the number a listing shows, one step a line, as a person would reckon it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from danshu.channels.models import OfferRule
from danshu.flows.stock_sync_numbers import Number
from danshu.web.stock.showing import Told


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, and what is left after it."""

    said: str
    left: int
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One listing of a SKU with its reckoning, and how its platform stands to the number."""

    told: Told
    steps: list[Step]
    rule: str


def told_steps(told: Sequence[Told]) -> list[NumberRow]:
    return [NumberRow(one, steps(one.number), summary(one.number.rule)) for one in told]


def steps(number: Number) -> list[Step]:
    one, rule = number.allotment, number.rule
    found = [Step(_("可售"), number.sellable)]
    if number.here != number.sellable:
        found.append(Step(_("只算指定的仓库"), number.here))
    if number.unseen:
        said = _("店铺断流，可能已卖出或要留的 −%(n)d") if number.silent_since else _("别的店断流，可能已卖出 −%(n)d")
        found.append(Step(said % {"n": number.unseen}, one.pool, is_alarm=True))
    if one.kept:
        found.append(Step(_("这家店留底 −%(n)d") % {"n": one.kept}, one.pool - one.kept))
    if rule.mode == OfferRule.Mode.SHARE:
        found.append(Step(_share(number), one.granted))
    elif rule.mode == OfferRule.Mode.QUOTA:
        said = _("定额 %(quota)d，已卖 %(sold)d，还能给 %(left)d")
        found.append(Step(said % {"quota": rule.quota, "sold": number.sold, "left": one.terms.quota_left}, one.granted))
    if one.terms.per_item > 1:
        found.append(Step(_("平台上一件含 %(n)d 件，向下取整") % {"n": one.terms.per_item}, one.items))
    if one.is_stopped:
        found.append(Step(_("低于停售线 %(n)d，按 0") % {"n": one.terms.stop_line}, 0, is_alarm=True))
    if one.is_capped:
        found.append(Step(_("最多显示 %(n)d") % {"n": one.terms.cap}, one.number))
    return found


def _share(number: Number) -> str:
    one = number.allotment
    if one.percents > 100:
        said = _("按比例 %(share)d%%；各店合计 %(all)d%%，超过 100%%，按 %(share)d / %(all)d 算")
        return said % {"share": one.terms.percent, "all": one.percents}
    return _("按比例 %(share)d%%，向下取整") % {"share": one.terms.percent}


def summary(rule: OfferRule | None) -> str:
    """The rule in a line."""
    if rule is None:
        return _("共享：可售全部都能卖")
    said = [
        {
            "share": _("按比例 %(n)d%%") % {"n": rule.percent},
            "quota": _("定额 %(n)d 件") % {"n": rule.quota},
        }.get(rule.mode, _("共享"))
    ]
    if rule.keep:
        said.append(_("留底 %(n)d") % {"n": rule.keep})
    if rule.stop_line:
        said.append(_("停售线 %(n)d") % {"n": rule.stop_line})
    if rule.cap is not None:
        said.append(_("最多 %(n)d") % {"n": rule.cap})
    if rule.warehouse_ids:
        said.append(_("指定 %(n)d 个仓库") % {"n": len(rule.warehouse_ids)})
    if not rule.is_pushed:
        said.append(_("不推送"))
    return " · ".join(said)
