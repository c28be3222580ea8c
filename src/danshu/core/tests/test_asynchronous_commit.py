"""Long work need not wait for the disk at each of its commits; whoever comes after it does."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from danshu.core import database


def waits():
    return database.fetch("SHOW synchronous_commit" if database.ON_POSTGRES else "PRAGMA synchronous")[0][0]


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_the_work():
    usual = waits()
    with database.asynchronous_commit(), transaction.atomic():
        assert waits() in ("off", 1) != usual
    assert waits() == usual


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_work_that_fails():
    usual = waits()
    with pytest.raises(ZeroDivisionError), database.asynchronous_commit(), transaction.atomic():
        1 / 0  # noqa: B018 - it raises
    assert waits() == usual


def fail_in_a_transaction():
    connection.connection.execute("BEGIN")
    if database.ON_POSTGRES:  # a transaction that an error has broken takes no more statements
        connection.connection.execute("SELECT * FROM nowhere")
    raise DatabaseError("nowhere")


@pytest.mark.django_db(transaction=True)
def test_a_connection_left_in_a_transaction_is_closed_so_that_the_next_is_a_usual_one():
    usual = waits()
    with pytest.raises(Exception, match="nowhere"), database.asynchronous_commit():
        fail_in_a_transaction()
    assert connection.connection is None
    assert waits() == usual


@pytest.mark.django_db
def test_a_callers_transaction_ends_as_the_caller_wants():
    usual = waits()
    with database.asynchronous_commit():
        assert waits() == usual
