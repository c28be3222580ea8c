"""Roles, scopes, and people who come and go."""

import pytest

from danshu.accounts import operations as accounts
from danshu.accounts import queries
from danshu.accounts.models import User
from danshu.core import clock
from danshu.core.errors import DomainError
from tests import people


def test_a_role_brings_its_permissions_and_shops(owner, viewer):
    accounts.change_role([viewer.pk], role="operations", shop_ids=[2, 1], by=owner.actor, now=clock.now())
    viewer.refresh_from_db()
    assert (viewer.may("orders.edit"), queries.shops_of(viewer)) == (True, [1, 2])


def test_the_owner_sees_all_shops_whatever_was_chosen(owner):
    owner.shop_ids = [1]
    assert queries.shops_of(owner) is None


def test_the_last_owner_stays_owner(owner):
    with pytest.raises(DomainError) as error:
        accounts.change_role([owner.pk], role="viewer", by=owner.actor, now=clock.now())
    assert error.value.code == "people.last_owner"
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_the_last_owner_cannot_be_deactivated_by_somebody_else(owner, operator):
    with pytest.raises(DomainError) as error:
        accounts.deactivate([owner.pk], by=operator.actor, now=clock.now())
    assert error.value.code == "people.last_owner"


def test_nobody_deactivates_themselves(owner):
    with pytest.raises(DomainError) as error:
        accounts.deactivate([owner.pk], by=owner.actor, now=clock.now())
    assert error.value.code == "people.self"


def test_with_two_owners_one_may_go(owner):
    second = people.make("owner", username="second")
    accounts.deactivate([second.pk], by=owner.actor, now=clock.now())
    assert list(User.objects.filter(is_active=True)) == [owner]


def test_deactivated_people_may_nothing_and_come_back(owner, picker):
    accounts.deactivate([picker.pk], by=owner.actor, now=clock.now())
    picker.refresh_from_db()
    assert not picker.may("orders.view")
    accounts.activate([picker.pk], by=owner.actor, now=clock.now())
    picker.refresh_from_db()
    assert picker.may("orders.view")


def test_fifty_people_cost_the_statements_of_one(owner, same_queries):
    crowd = [people.make("viewer", username=f"v{i}").pk for i in range(51)]
    same_queries(
        lambda: accounts.change_role(crowd[:1], role="service", by=owner.actor, now=clock.now()),
        lambda: accounts.change_role(crowd[1:], role="service", by=owner.actor, now=clock.now()),
    )
