"""The bit and the codes say the same."""

import pytest

from danshu.channels import connector_errors as errors


@pytest.mark.parametrize(
    "kind", [errors.RateLimited, errors.CredentialsExpired, errors.Refused, errors.TemporaryFailure, errors.BadAnswer]
)
def test_a_failure_is_passing_by_its_code_as_by_its_class(kind):
    error = kind("说明")
    assert (error.code in errors.PASSING) == error.is_passing
