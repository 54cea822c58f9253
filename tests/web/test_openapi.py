"""The OpenAPI document: it names every route for programs, and says what they really answer."""

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from tests.web import seed
from tests.web.conftest import SECRET
from tests.web.test_incidents import OPEN, OVER
from watchdog.core.memory import TagMemory
from watchdog.core.operator import Operator
from watchdog.core.self_condition import SelfCode, SelfCondition, Trouble
from watchdog.core.telling import Followed
from watchdog.store.channels import channels_writes
from watchdog.store.incidents import incident_writes
from watchdog.store.records import Records
from watchdog.store.self_conditions import checked_writes
from watchdog.web.app import close_app, create_app
from watchdog.web.openapi import document
from watchdog.web.operators import Doors
from watchdog.web.problem import PREFIXES

TOKEN = "alice-0123456789abc"
EXAMPLES = 8
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
FOR_PROGRAMS = (*PREFIXES, "/healthz")
AS_OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
OPERATIONS = [
    (path, method.upper()) for path, methods in document()["paths"].items() for method in methods
]

# What is wrong with a body or a query can be made up; any text is a path.
REFUSING = [(path, method) for path, method in OPERATIONS if method == "POST"]
REFUSING += [("/api/v1/history", "GET"), ("/api/v1/incidents", "GET")]
GENERATED = [
    pytest.param(path, method, mode, id=f"{mode.value} {method} {path}")
    for mode, operations in {
        GenerationMode.POSITIVE: OPERATIONS,
        GenerationMode.NEGATIVE: REFUSING,
    }.items()
    for path, method in operations
]


@pytest.fixture
def app(redis_client):
    """The application on a store that has something of everything."""
    now = Records(redis_client).now()
    seed.fill(redis_client, now)
    low = SelfCondition(Trouble(SelfCode.DISK_LOW, "node", "full", "well"), now)
    writes = [
        *checked_writes({low.trouble.name: low}, now),
        *channels_writes({"slack": "slack"}),
        *incident_writes(seed.ACQUACOTTA, None, Followed(TagMemory(incident=OPEN))),
        *incident_writes(seed.ACQUACOTTA, None, Followed(TagMemory(incident=OVER))),
    ]
    for write in writes:
        redis_client.execute_command(*write)
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=redis_client,
        hook_secrets=(SECRET,),
        doors=Doors((Operator("alice", TOKEN),)),
    )
    yield app
    close_app(app)


@pytest.fixture
def schema(app):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def test_every_route_for_programs_is_in_it_and_no_other(app):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(FOR_PROGRAMS)
    }
    assert set(OPERATIONS) == routes


def test_it_is_a_valid_document_whose_every_schema_is_used(schema):
    schema.validate()
    text = str(schema.raw_schema)
    for name in schema.raw_schema["components"]["schemas"]:
        assert f"#/components/schemas/{name}'" in text


REAL = [
    ("/api/v1/status", {}, {}),
    ("/api/v1/tags", {}, {}),
    *(
        ("/api/v1/tags/{reference}", {"reference": str(tag)}, {})
        for tag in (seed.ROTV, seed.UNSEEN)
    ),
    ("/api/v1/history", {}, {"tag": str(seed.ACQUACOTTA)}),
    ("/api/v1/incidents", {}, {"all": "1"}),
    ("/api/v1/health", {}, {}),
    ("/badge/{reference}.svg", {"reference": str(seed.ROTV)}, {}),
]


@pytest.mark.parametrize(("path", "parameters", "query"), REAL)
def test_what_is_really_answered_is_as_it_says(schema, path, parameters, query):
    case = schema[path]["GET"].Case(path_parameters=parameters, query=query)
    answer = case.call_and_validate()
    assert answer.status_code == 200
    assert len(answer.content) > 10


@pytest.mark.parametrize(("path", "method", "mode"), GENERATED)
def test_whatever_is_sent_is_answered_as_it_says(schema, path, method, mode):
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def answered(case):
        headers = {"Authorization": f"Bearer {SECRET}"} if "hooks" in path else AS_OPERATOR
        case.call_and_validate(headers=headers, checks=CHECKS)

    answered()
