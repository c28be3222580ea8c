"""What the OpenAPI document promises holds for whatever Schemathesis thinks of: no 500, no answer of another shape, no status that is
not told of. `DANSHU_API_EXAMPLES` asks each endpoint more often."""

from __future__ import annotations

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from schemathesis import GenerationMode
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    SimpleCheckConfig,
)

from danshu.api import document

# many requests rather than quick ones; what they find is never tried away
pytestmark = [pytest.mark.slow, pytest.mark.flaky(reruns=0)]
MANY = int(os.environ.get("DANSHU_API_EXAMPLES", "4"))
WRITTEN = document.document("zh-hans")["paths"]
ASKED = [
    pytest.param(method, path, mode, id=f"{method} {path} {mode.value}")
    for path, methods in WRITTEN.items()
    for method, found in methods.items()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode == GenerationMode.POSITIVE or found["parameters"] or "requestBody" in found  # without either nothing can be wrong
]
# a request of the right shape may still name goods, shops and couriers that do not exist, or go beyond what is there
SAID_NO = PositiveDataAcceptanceConfig(expected_statuses=["2xx", "404", "409", "422"])


@pytest.fixture
def promised(house, program, settings):
    settings.API_RATE = 1000
    project = ProjectConfig(
        headers={"Authorization": program().client.defaults["HTTP_AUTHORIZATION"]},
        generation=GenerationConfig(with_security_parameters=False),
        # our token goes with every request, also where the check thinks that it sent another: test_access.py tries those
        checks=ChecksConfig(positive_data_acceptance=SAID_NO, ignored_auth=SimpleCheckConfig(enabled=False)),
    )
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    for signal in (request_started, request_finished):  # a server would close the connection that holds the test's transaction
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=config)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("method", "path", "mode"), ASKED)
def test_every_endpoint_keeps_its_promise(promised, method, path, mode):
    @given(case=promised[path][method].as_strategy(generation_mode=mode))
    @examples(max_examples=MANY, deadline=None, derandomize=MANY < 10, suppress_health_check=list(HealthCheck))
    def ask(case):
        case.call_and_validate()

    ask()
