"""The door for readings: JSON, NDJSON, CSV, XLSX or Parquet in, a receipt out after the commit."""

import json
import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema, Status
from ninja.params.functions import Header, Query
from ninja.security import HttpBearer

from dafeng import __version__
from dafeng.evidence import DafengError
from dafeng.metering import Acceptance, KeyTakenError, Sending, ingest_body, operate
from dafeng.metering.doors import KIND_OF_TYPE, max_age, unpack
from dafeng.web.keys import key_of
from dafeng.web.owned import owned


class Bearer(HttpBearer):
    """A sender's key with the scope of the route, within its rate."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key = key_of(token)
        if key is None:
            return None
        request.audit = {"key": key}
        if self.scope not in key.scopes.split():
            raise RefusedError(403, "key", f"scopes {key.scopes}", f"scope {self.scope}")
        if not owned().rate.allows(key.id, key.per_minute):
            raise RefusedError(
                429, "key", f"more than {key.per_minute} requests a minute", "fewer, larger batches"
            )
        return key


class OperatorBearer(HttpBearer):
    """The token of the process that owns the store: for its command line."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002 - signature of ninja
        return token if owned().is_operator(token) else None


class RefusedError(Exception):
    """A request that ends here, with a status and a problem."""

    def __init__(self, status: int, where: str, found: str, expected: str) -> None:
        super().__init__(where)
        self.status = status
        self.error = DafengError.at(where, found, expected)


class ProblemOut(Schema):
    """What is wrong, where, what would be right, how to mend it."""

    where: str
    found: str
    expected: str
    mend: str = ""


class ProblemsOut(Schema):
    """All problems of a request."""

    problems: list[ProblemOut]


class ReceiptOut(Schema):
    """What became of each row of a batch; `first` is false where the batch was known already."""

    batch: int
    status: str
    key: str
    sender: str
    received: str
    first: bool
    new: int
    same: int
    replaced: int
    older: int
    refused: int
    quarantined: int
    derived: int
    synthetic: int
    digest: str
    problems: list[ProblemOut]


api = NinjaAPI(title="dafeng 达峰", version=__version__, docs_url=None, urls_namespace="dafeng")
_ERRORS = {400: ProblemsOut, 403: ProblemsOut, 404: ProblemsOut, 409: ProblemsOut, 413: ProblemsOut, 415: ProblemsOut,
           422: ProblemsOut, 429: ProblemsOut, 507: ProblemsOut}  # fmt: skip


def _problems(request: HttpRequest, error: DafengError, status: int) -> HttpResponse:
    notes = getattr(request, "audit", {})
    request.audit = notes | {"detail": str(error)}
    return api.create_response(
        request, {"problems": [one.as_dict() for one in error.problems]}, status=status
    )


@api.exception_handler(DafengError)
def _on_error(request: HttpRequest, error: DafengError) -> HttpResponse:
    no_room = any("room on the disk" in problem.expected for problem in error.problems)
    return _problems(request, error, 409 if isinstance(error, KeyTakenError) else 507 if no_room else 400)


@api.exception_handler(RefusedError)
def _on_refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    return _problems(request, error.error, error.status)


@api.post("/readings", auth=Bearer("write"), response={200: ReceiptOut, **_ERRORS, 422: ReceiptOut}, tags=["readings"],
          openapi_extra={"requestBody": {"required": True, "content": {
              kind: {"schema": {"type": "string", "format": "binary"}} for kind in KIND_OF_TYPE}}})  # fmt: skip
def post_readings(
    request: HttpRequest,
    accept: Acceptance = Query(Acceptance.WHOLE, description="whole: all or nothing; partial: the good rows"),  # noqa: B008 - ninja's way
    idempotency_key: str | None = Header(None, max_length=200, description="the sender's id of the batch"),
) -> Status[dict[str, Any]]:
    """Take a batch. The answer comes after the commit; the same batch again gets its first receipt."""
    key, body, kind = request.auth, _body(request), _kind(request)
    sending = Sending(
        sender=f"key:{key.id}", key=idempotency_key, acceptance=accept, owners=key.owners,
        max_age=max_age(owned().limits.max_age_days),
    )  # fmt: skip
    begun = time.perf_counter()
    receipt = ingest_body(owned().store, body, kind, sending)
    owned().commit_seconds.observe(time.perf_counter() - begun)
    answer = receipt.as_dict()
    if receipt.first:
        for outcome in ("new", "same", "replaced", "older", "refused"):
            owned().readings.labels(outcome).inc(answer[outcome])
    request.audit |= {"batch": receipt.batch, "detail": receipt.status}
    return Status(422 if receipt.status == "refused" else 200, answer)


def _body(request: HttpRequest) -> bytes:
    limits = owned().limits
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > limits.body:
        raise RefusedError(
            413, "body", f"{length} bytes", f"at most {limits.body} bytes; send smaller batches"
        )
    return unpack(request.body, request.headers.get("Content-Encoding", ""), limits.unpacked)


def _kind(request: HttpRequest) -> str:
    kind = KIND_OF_TYPE.get((request.content_type or "").lower())
    if kind is None:
        raise RefusedError(415, "Content-Type", request.content_type or "nothing", ", ".join(KIND_OF_TYPE))
    return kind


@api.get(
    "/batches/{int:batch}", auth=Bearer("read"), response={200: ReceiptOut, **_ERRORS}, tags=["readings"]
)
def get_batch(request: HttpRequest, batch: int) -> dict[str, Any]:
    """The receipt of a batch of one's own."""
    rows = owned().store.rows(
        "SELECT receipt FROM batch WHERE id = $batch AND (sender = $sender OR $all)",
        {
            "batch": min(batch, 2**31 - 1),
            "sender": f"key:{request.auth.id}",
            "all": request.auth.owners is None,
        },
    )
    if not rows:
        raise RefusedError(404, "batch", str(batch), "the number of a batch of this key")
    found: dict[str, Any] = json.loads(rows[0]["receipt"])
    return found


@api.get("/rollup", auth=Bearer("read"), response={200: dict[str, Any], **_ERRORS}, tags=["sums"])
def get_rollup(
    request: HttpRequest,
    unit: str | None = None,
    by: str = "unit",
    period: str = "day",
    first: str | None = Query(None, alias="from"),
    last: str | None = Query(None, alias="to"),
) -> dict[str, Any]:
    """Sums with their coverage. A key of single units names the unit it asks for."""
    owners = request.auth.owners
    if owners is not None and unit not in owners:
        raise RefusedError(403, "unit", str(unit), f"one of {', '.join(sorted(owners))}")
    return operate(
        owned().store, "rollup", {"by": by, "period": period, "first": first, "last": last, "unit": unit}
    )


@api.post("/operate/{verb}", auth=OperatorBearer(), include_in_schema=False)
def post_operate(request: HttpRequest, verb: str) -> dict[str, Any]:
    """What the command line asks while this process owns the store."""
    request.audit = {"detail": verb}
    values = json.loads(request.body or b"{}")
    return operate(owned().store, verb, values)
