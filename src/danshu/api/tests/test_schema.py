"""What the OpenAPI document promises holds for whatever Schemathesis thinks of: no 500, no answer of another shape, no status that is
not told of. `DANSHU_API_EXAMPLES` asks each endpoint more often."""

from __future__ import annotations

import os

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as examples

from danshu.api import document

# many requests rather than quick ones; what they find is never tried away
pytestmark = [pytest.mark.slow, pytest.mark.flaky(reruns=0)]
MANY = int(os.environ.get("DANSHU_API_EXAMPLES", "4"))
WRITTEN = document.document("zh-hans")["paths"]
ASKED = [
    pytest.param(method, path, mode, id=f"{method} {path} {mode}")
    for path, methods in WRITTEN.items()
    for method, found in methods.items()
    for mode in ("positive", "negative")
    if mode == "positive" or found["parameters"] or "requestBody" in found  # without either nothing can be wrong
]
# a request of the right shape may still name goods, shops and couriers that do not exist, or go beyond what is there
SAID_NO = ["2xx", "404", "409", "422"]


@pytest.fixture
def promised(house, program, settings):
    import schemathesis  # noqa: PLC0415 - it takes a second, also of runs that leave these tests out
    from schemathesis import config  # noqa: PLC0415 - same

    settings.API_RATE = 1000
    acceptance = config.PositiveDataAcceptanceConfig(expected_statuses=SAID_NO)
    project = config.ProjectConfig(
        headers={"Authorization": program().client.defaults["HTTP_AUTHORIZATION"]},
        generation=config.GenerationConfig(with_security_parameters=False),
        # our token goes with every request, also where the check thinks that it sent another: test_access.py tries those
        checks=config.ChecksConfig(positive_data_acceptance=acceptance, ignored_auth=config.SimpleCheckConfig(enabled=False)),
    )
    whole = config.SchemathesisConfig(projects=config.ProjectsConfig(default=project))
    for signal in (request_started, request_finished):  # a server would close the connection that holds the test's transaction
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=whole)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("method", "path", "mode"), ASKED)
def test_every_endpoint_keeps_its_promise(promised, method, path, mode):
    from schemathesis import GenerationMode  # noqa: PLC0415 - as above

    @given(case=promised[path][method].as_strategy(generation_mode=GenerationMode(mode)))
    @examples(max_examples=MANY, deadline=None, derandomize=MANY < 10, suppress_health_check=list(HealthCheck))
    def ask(case):
        case.call_and_validate()

    ask()
