"""Links that make accounts."""

from datetime import timedelta

import pytest

from danshu.accounts import operations as accounts
from danshu.accounts.models import Invite, User
from danshu.core import clock
from danshu.core.errors import DomainError

GOOD = "correct-horse-battery"


@pytest.fixture
def token(owner):
    [(_invite, token)] = accounts.invite([accounts.Draft("warehouse", (3, 7), "小王")], by=owner.actor, now=clock.now())
    return token


def test_the_first_link_makes_an_owner_and_is_gone_once_somebody_is_there(db):
    token = accounts.first_invite(clock.now())
    boss = accounts.accept(token, username="Boss", name="李建明", password=GOOD, now=clock.now())
    assert (boss.username, boss.role, boss.check_password(GOOD)) == ("boss", "owner", True)
    assert accounts.first_invite(clock.now()) is None


def test_a_second_first_link_replaces_the_one_before(db):
    before, after = accounts.first_invite(clock.now()), accounts.first_invite(clock.now())
    with pytest.raises(DomainError) as error:
        accounts.find_invite(before, now=clock.now())
    assert error.value.code == "invite.not_found"
    assert accounts.find_invite(after, now=clock.now()).role == "owner"


def test_the_token_itself_is_kept_nowhere(token):
    [row] = Invite.objects.values()
    assert token not in str(row)


def test_the_account_gets_role_and_shops_of_the_invite(token):
    user = accounts.accept(token, username="xiaowang", name="小王", password=GOOD, now=clock.now())
    assert (user.role, user.shop_ids, user.is_active) == ("warehouse", [3, 7], True)


def test_a_link_works_once(token):
    accounts.accept(token, username="xiaowang", name="小王", password=GOOD, now=clock.now())
    with pytest.raises(DomainError) as error:
        accounts.accept(token, username="another", name="小张", password=GOOD, now=clock.now())
    assert error.value.code == "invite.not_found"
    assert not User.objects.filter(username="another").exists()


def test_a_link_ends_after_seven_days(token):
    with pytest.raises(DomainError) as error:
        accounts.find_invite(token, now=clock.now() + timedelta(days=7, minutes=1))
    assert error.value.code == "invite.expired"


def test_a_withdrawn_link_works_no_more(token, owner):
    assert accounts.withdraw([Invite.objects.get().pk], by=owner.actor, now=clock.now()) == 1
    with pytest.raises(DomainError):
        accounts.find_invite(token, now=clock.now())


@pytest.mark.parametrize(
    ("username", "name", "password", "code"),
    [
        ("x", "小王", GOOD, "people.username"),
        ("有 空格", "小王", GOOD, "people.username"),
        ("xiaowang", "  ", GOOD, "people.name"),
        ("xiaowang", "小王", "short", "people.password"),
        ("xiaowang", "小王", "password123", "people.password"),
        ("owner", "小王", GOOD, "people.username_taken"),
    ],
)
def test_bad_answers_make_no_account_and_leave_the_link(token, username, name, password, code):
    with pytest.raises(DomainError) as error:
        accounts.accept(token, username=username, name=name, password=password, now=clock.now())
    assert error.value.code == code
    assert User.objects.count() == 1
    assert accounts.find_invite(token, now=clock.now()).used_at is None


def test_fifty_invites_cost_the_statements_of_one(owner, same_queries):
    draft = accounts.Draft("viewer")
    same_queries(
        lambda: accounts.invite([draft], by=owner.actor, now=clock.now()),
        lambda: accounts.invite([draft] * 50, by=owner.actor, now=clock.now()),
    )
