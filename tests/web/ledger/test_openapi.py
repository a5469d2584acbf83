"""Contract: the OpenAPI description is true: requests made from it, right and wrong ones, get the answers it names."""

import hypothesis
import pytest
from django.core.wsgi import get_wsgi_application

from dafeng.metering import Store
from dafeng.web import new_key, use_database
from dafeng.web.ledger import access
from dafeng.web.ledger.owned import Limits, Owned, own

READING = {"point": "P1", "start": "2025-01-01T00:00:00+08:00", "value": 1.5}
TEXTS = ("application/x-ndjson", "text/csv")
ROUTES = {
    ("post", "/api/v1/readings"), ("get", "/api/v1/batches/{batch}"), ("get", "/api/v1/batches/{batch}/errors.xlsx"), ("get", "/api/v1/rollup"), ("get", "/api/v1/latest"),
    ("get", "/api/v1/status"), ("get", "/api/v1/warnings"), ("post", "/api/v1/warnings/{warning}/acknowledge"),
}  # fmt: skip


def test_every_route_names_its_answers(client, served):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    found = {(method, path) for path, methods in paths.items() for method in methods}
    assert found == ROUTES
    for method, path in found:
        assert {"200", "400", "401", "403", "429", "500", "503"} <= set(paths[path][method]["responses"])
    assert {"409", "413", "415", "422", "507"} <= set(paths["/api/v1/readings"]["post"]["responses"])


@pytest.mark.slow
@pytest.mark.oracle
def test_requests_made_from_the_description(tmp_path, registry, monkeypatch):
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import CHECKS

    monkeypatch.setattr(access, "WRONG_KEYS_PER_MINUTE", 10**9)
    use_database(f"sqlite:///{tmp_path / 'keys.sqlite3'}")
    with Store.create(tmp_path / "s.duckdb", registry) as store:
        own(Owned(store, Limits(max_age_days=100_000)))
        _, token = new_key("all", units=["*"], scopes=["write", "read", "acknowledge"], per_minute=10**9)
        for kind in TEXTS:
            schemathesis.serializer(kind)(lambda ctx, value: str(value).encode())
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
        checks = [check for check in CHECKS.get_all() if check.__name__ != "positive_data_acceptance"]
        assert len(checks) > 8
        seen = set()
        for result in schema.get_all_operations():
            operation = result.ok()
            seen.add((operation.method, operation.path))

            @hypothesis.given(
                case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
                | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
            )
            @hypothesis.settings(max_examples=100, deadline=None, suppress_health_check=list(hypothesis.HealthCheck),
                                 derandomize=True, database=None)  # fmt: skip
            def obeys(case):
                # Of lines of text none is of a wrong type: the receipt refuses the row, not the request.
                fit = [
                    one
                    for one in checks
                    if case.media_type not in TEXTS or one.__name__ != "negative_data_rejection"
                ]
                case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=fit)

            obeys()
        own(None)
    assert seen == ROUTES
