"""What Django would examine at the start of every command is examined here, once: it reads every page and endpoint for that."""

from django.core import checks
from django.core.management import get_commands, load_command_class


def test_django_finds_nothing_wrong():
    assert checks.run_checks() == []


def test_our_commands_begin_without_that():
    ours = {name: app for name, app in get_commands().items() if app.startswith("danshu.")}
    assert {name for name, app in ours.items() if load_command_class(app, name).requires_system_checks} == set()
    assert "worker" in ours
