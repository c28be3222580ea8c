"""What people decide for themselves."""

import pytest

from danshu.accounts import operations as accounts
from danshu.core import clock
from danshu.core.errors import DomainError
from tests.people import PASSWORD


def test_choices_are_kept_and_the_rest_stays(picker):
    user = accounts.change_profile(picker.pk, by=picker.actor, now=clock.now(), theme="dark", density="cozy")
    user.refresh_from_db()
    assert (user.theme, user.density, user.language, user.name) == ("dark", "cozy", "zh-hans", picker.name)


@pytest.mark.parametrize("choice", [{"theme": "pink"}, {"language": "fr"}, {"role": "owner"}, {"name": " "}])
def test_nothing_else_can_be_chosen(picker, choice):
    with pytest.raises(DomainError):
        accounts.change_profile(picker.pk, by=picker.actor, now=clock.now(), **choice)
    picker.refresh_from_db()
    assert (picker.theme, picker.language, picker.role) == ("auto", "zh-hans", "warehouse")


def test_a_new_password_needs_the_old_one(picker):
    with pytest.raises(DomainError) as error:
        accounts.change_password(picker.pk, old="wrong", new="another-long-secret", by=picker.actor, now=clock.now())
    assert error.value.code == "people.password_wrong"
    changed = accounts.change_password(picker.pk, old=PASSWORD, new="another-long-secret", by=picker.actor, now=clock.now())
    assert changed.check_password("another-long-secret")
