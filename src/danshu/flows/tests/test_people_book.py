"""What happens among people stands in the book of deeds."""

from danshu.accounts import operations as accounts
from danshu.accounts.events import PeopleChanged
from danshu.audit.models import Entry
from danshu.core import clock, jobs
from danshu.flows import people_book


def test_what_was_done_stands_in_the_book_once(owner, picker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        accounts.deactivate([picker.pk], by=owner.actor, now=clock.now())
    jobs.drain()
    [entry] = Entry.objects.filter(verb="person.deactivated")
    assert (entry.actor_name, entry.target_id, entry.target_label) == (owner.name, picker.pk, picker.name)


def test_a_fact_handed_over_twice_is_written_once(owner):
    deed = ("person.changed", "person", owner.pk, owner.name, {"role": ["viewer", "owner"]}, "")
    fact = PeopleChanged((deed,), owner.pk, owner.name, clock.now().isoformat())
    people_book.record([fact])
    people_book.record([fact])
    assert Entry.objects.filter(verb="person.changed").count() == 1
