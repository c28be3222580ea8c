"""Every write about people, one file per story."""

from danshu.accounts.operations.answers import Answer, Request, forget_answers, once
from danshu.accounts.operations.house import name_house
from danshu.accounts.operations.invites import Draft, accept, find_invite, first_invite, invite, withdraw
from danshu.accounts.operations.people import activate, change_role, deactivate
from danshu.accounts.operations.profile import change_password, change_profile
from danshu.accounts.operations.tokens import Bearer, TokenDraft, issue, recognise, revoke

__all__ = [
    "Answer",
    "Bearer",
    "Draft",
    "Request",
    "TokenDraft",
    "accept",
    "activate",
    "change_password",
    "change_profile",
    "change_role",
    "deactivate",
    "find_invite",
    "first_invite",
    "forget_answers",
    "invite",
    "issue",
    "name_house",
    "once",
    "recognise",
    "revoke",
    "withdraw",
]
