"""Contract: only a valid key with the right scope writes, and only to its units; bodies are bounded; the answer
comes after the commit; every attempt is in the audit log; tokens are nowhere in the database."""

import gzip
import io
import json

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.web import SCOPES, database_of, list_keys, new_key, revoke_key
from dafeng.web.ledger.models import ApiKey, AuditEntry
from dafeng.web.ledger.owned import RateLimiter

ROW = {"point": "P1", "start": "2025-01-01T00:00:00+08:00", "value": 1.5}


def post(client, token, body=None, kind="application/json", query="", **headers):
    body = json.dumps([ROW]) if body is None else body
    return client.post(
        f"/api/v1/readings{query}", body, content_type=kind,
        headers={"Authorization": f"Bearer {token}", **headers},
    )  # fmt: skip


def stored(served):
    return served.store.rows("SELECT count(*) AS n FROM reading")[0]["n"]


def test_a_batch_in_and_its_receipt_again(client, served, token):
    answer = post(client, token).json()
    assert (answer["new"], answer["status"], answer["first"]) == (1, "accepted", True)
    assert stored(served) == 1
    assert post(client, token).json() == answer | {"first": False}
    assert (
        client.get(f"/api/v1/batches/{answer['batch']}", headers={"Authorization": f"Bearer {token}"}).json()
        == answer
    )


@pytest.mark.parametrize("token", ["", "nonsense", "' OR 1=1 --", "x" * 5000])
def test_no_key_no_entry(client, served, token):
    assert post(client, token).status_code == 401
    assert stored(served) == 0
    assert AuditEntry.objects.filter(status=401).count() == 1


def test_a_revoked_key_is_shut_out(client, served, token):
    revoke_key(ApiKey.objects.get().id)
    assert post(client, token).status_code == 401
    with pytest.raises(DafengError):
        revoke_key(ApiKey.objects.get().id)


def test_a_key_needs_the_scope(client, served):
    _, reader = new_key("reader", units=["U1"], scopes=["read"])
    answer = post(client, reader)
    assert (answer.status_code, answer.json()["problems"][0]["where"]) == (403, "key")


def test_a_key_writes_and_reads_its_units_only(client, served, token):
    answer = post(client, token, json.dumps([ROW | {"point": "P2"}]))
    assert (answer.status_code, answer.json()["problems"][0]["where"]) == (422, "row 1:point")
    _, other = new_key("other", units=["U2"], scopes=["write", "read"])
    batch = post(client, token).json()["batch"]
    assert (
        client.get(f"/api/v1/batches/{batch}", headers={"Authorization": f"Bearer {other}"}).status_code
        == 404
    )
    refused = client.get("/api/v1/rollup?unit=U1", headers={"Authorization": f"Bearer {other}"})
    assert refused.status_code == 403
    own = client.get("/api/v1/rollup?unit=U1", headers={"Authorization": f"Bearer {token}"})
    assert own.json()["rows"][0]["quantity"] == 1.5


def test_tokens_are_kept_as_hashes_only(served, token, tmp_path):
    assert token not in str(list_keys())
    content = b"".join(path.read_bytes() for path in tmp_path.glob("keys.sqlite3*"))
    assert token.encode() not in content


def test_bodies_are_bounded(client, served, token):
    assert post(client, token, b"x" * 200_001).status_code == 413
    bomb = gzip.compress(b"[" + b" " * 5_000_000 + b"]")
    answer = post(client, token, bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, "unpacked" in answer.json()["problems"][0]["found"]) == (400, True)
    assert post(client, token, b"x", **{"Content-Encoding": "br"}).status_code == 400
    assert stored(served) == 0


def test_a_gzip_body_is_taken(client, served, token):
    body = gzip.compress(json.dumps([ROW]).encode())
    assert post(client, token, body, **{"Content-Encoding": "gzip"}).json()["new"] == 1


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", "x", 415), ("application/json", "{", 400), ("application/json", " ", 400),
        ("application/json", b"\xff", 400), ("text/csv", "a,b\n1,2\n", 400), ("text/csv", "\n", 400),
        ("application/vnd.apache.parquet", "no", 400), ("application/x-ndjson", "no json", 422),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "no", 400),
    ],
)  # fmt: skip
def test_bad_bodies_get_a_problem(client, served, token, kind, body, status):
    answer = post(client, token, body, kind)
    assert answer.status_code == status
    assert answer.json()["problems"][0]["expected"]


def test_partial_and_idempotency_key(client, served, token):
    body = json.dumps([ROW, ROW | {"value": "x", "start": "2025-01-01T00:15:00"}])
    assert post(client, token, body).status_code == 422
    answer = post(client, token, body, query="?accept=partial", **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["new"], answer.json()["refused"]) == (200, 1, 1)
    assert post(client, token, json.dumps([ROW]), **{"Idempotency-Key": "k"}).status_code == 409
    assert post(client, token, query="?accept=some").status_code == 400


def test_a_key_is_held_to_its_rate(client, served):
    _, slow = new_key("slow", units=["*"], scopes=["write"], per_minute=2)
    assert [post(client, slow).status_code for _ in range(3)] == [200, 200, 429]


def test_the_rate_is_of_the_last_minute():
    limiter = RateLimiter()
    assert [limiter.allows(1, 2, at) for at in (0.0, 1.0, 59.9, 60.1, 61.1, 61.2)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    assert limiter.allows(2, 1, 0.0)


def test_every_attempt_is_in_the_log(client, served, token):
    post(client, token)
    post(client, "wrong")
    client.get("/api/v1/nothing")
    entries = [(entry.status, entry.key_id is not None, entry.batch) for entry in AuditEntry.objects.all()]
    assert entries == [(200, True, 1), (401, False, None), (404, False, None)]


def test_metrics_need_a_key_and_count(client, served, token):
    assert client.get("/metrics").status_code == 401
    post(client, token)
    _, watcher = new_key("watcher", units=["*"], scopes=["metrics"])
    text = client.get("/metrics", headers={"Authorization": f"Bearer {watcher}"}).content.decode()
    assert 'dafeng_readings_total{outcome="new"} 1.0' in text


def test_the_operator_token_is_for_the_operator(client, served, token):
    for wrong in (token, "", "x"):
        assert client.post("/api/v1/operate/status", "{}", "application/json",
                           headers={"Authorization": f"Bearer {wrong}"}).status_code == 401  # fmt: skip
    right = {"Authorization": f"Bearer {served.operator_token}"}
    assert (
        client.post("/api/v1/operate/status", "{}", "application/json", headers=right).json()["points"] == 2
    )
    assert client.post("/api/v1/operate/drop", "{}", "application/json", headers=right).status_code == 400
    drill = {"what": "parts", "first": "2025-01-01", "last": "2025-01-02", "parts": "unit", "owners": None}
    answer = client.post("/api/v1/operate/drill", json.dumps(drill), "application/json", headers=right)
    assert answer.status_code == 200, answer.content
    for verb, body, told in (
        ("status", "[1]", "body"), ("status", "{", "body"), ("status", b"\xff", "body"), ("status", "[" * 5000, "body"),
        ("judge", "{}", "argument year"), ("judge", '{"year": "2025"}', "argument year"), ("judge", '{"year": null}', "argument year"),
        ("judge", '{"year": 2025, "yaer": 1, "__class__": 2}', "argument yaer"), ("receipt", '{"batch": [1]}', "argument batch"),
    ):  # fmt: skip
        answer = client.post(f"/api/v1/operate/{verb}", body, "application/json", headers=right)
        assert answer.status_code == 400, (verb, body, answer.content)
        assert told in answer.content.decode(), (verb, body)


def test_bad_keys_and_databases_are_refused():
    for scopes in ([], ["root"]):
        with pytest.raises(DafengError):
            new_key("x", units=["U1"], scopes=scopes)
    with pytest.raises(DafengError):
        new_key("x", units=["U 1"], scopes=[SCOPES[0]])
    with pytest.raises(DafengError, match="sqlite"):
        database_of("mysql://x/y")


def test_the_error_file_of_a_batch(client, served, token):
    batch = post(client, token, json.dumps([ROW | {"value": "=1+1"}])).json()["batch"]

    def cells(path, token=token):
        answer = client.get(f"/api/v1/batches/{path}", headers={"Authorization": f"Bearer {token}"})
        if answer.status_code != 200:
            return answer.status_code
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        return {header.value: cell for header, cell in zip(sheet[2], sheet[3], strict=True)}

    found = cells(f"{batch}/errors.xlsx")
    assert (found["数值"].value, found["数值"].data_type, found["位置"].value) == ("=1+1", "s", "第 1 行数值")
    assert "应为有限的数值" in found["问题与办法"].value
    assert "expected a finite number" in cells(f"{batch}/errors.xlsx?lang=en")["problem and mend"].value
    assert cells(f"{batch + 1}/errors.xlsx") == 404
    _, other = new_key("other", units=["U2"], scopes=["read"])
    assert cells(f"{batch}/errors.xlsx", other) == 404


def test_a_null_among_the_readings_is_counted(client, served, token):
    answer = post(client, token, json.dumps([ROW, None]), query="?accept=partial").json()
    assert (answer["new"], answer["refused"], answer["problems"][0]["where"]) == (1, 1, "row 2")
