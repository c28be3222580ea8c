"""What goes wrong between a platform and us. One bit says whether trying again can help: `is_passing`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from danshu.core.errors import DomainError


class ConnectorError(DomainError):
    """A whole call failed, so nothing is known of what it was about."""

    is_passing = True

    def __init__(self, message: str, code: str = "connector.failed", *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, code, details=details)


class RateLimited(ConnectorError):  # noqa: N818 - what the platform says, not what went wrong
    """Asked too often; `wait` seconds as the platform advised, 0 when it did not."""

    def __init__(self, message: str, *, wait: float = 0) -> None:
        super().__init__(message, "connector.rate_limited")
        self.wait = wait


class CredentialsExpired(ConnectorError):  # noqa: N818 - as above
    """The shop must be authorised again, by `refresh` or by a person; trying again does not help."""

    is_passing = False

    def __init__(self, message: str) -> None:
        super().__init__(message, "connector.credentials_expired")


class Refused(ConnectorError):  # noqa: N818 - as above
    """The platform says no to the call for good: a missing permission, a bad argument, a wrong signature."""

    is_passing = False

    def __init__(self, message: str, code: str = "connector.refused") -> None:
        super().__init__(message, code)


class TemporaryFailure(ConnectorError):  # noqa: N818 - as above
    """No connection, no answer in time, or an error on the platform's side."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "connector.temporary")


class BadAnswer(ConnectorError):  # noqa: N818 - as above
    """An answer that is not what the documents promise: garbage, a missing list. Never "no orders"."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "connector.bad_answer")


PASSING = ("connector.rate_limited", "connector.temporary", "connector.bad_answer")  # codes of those above that are `is_passing`


class BadPayload(DomainError):  # noqa: N818 - as above
    """One order or refund cannot be understood; the others of its page can. `code` "connector.payload"."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "connector.payload")


class BadCall(DomainError):  # noqa: N818 - as above
    """A call to us that the platform did not sign. `code` "connector.bad_call"."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "connector.bad_call")


class UnprovenCall(BadCall):
    """As `BadCall`, where the caller is a program of the seller's own: whoever writes it hears what is wrong. `code` "hook.unproven"."""

    def __init__(self, message: str) -> None:
        DomainError.__init__(self, message, "hook.unproven")


class BadMessage(DomainError):  # noqa: N818 - as above
    """A signed call that cannot be taken, and never will be; its sender hears why. `code` "hook.invalid"."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "hook.invalid")


class Unable(RuntimeError):  # noqa: N818 - as above
    """A mistake of ours: the adapter was asked for something that its abilities do not name."""
