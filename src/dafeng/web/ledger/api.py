"""HTTP interface for readings: JSON, NDJSON, CSV, XLSX or Parquet in, a receipt after the commit; queries."""

import hashlib
import logging
import tempfile
import time
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Any
from uuid import uuid4

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Status
from ninja.errors import HttpError, ValidationError
from ninja.params.functions import Body, Header, Path, Query

from dafeng import __version__
from dafeng.evidence import DafengError, Language, Problem, catalogue
from dafeng.metering import (
    KIND_OF_TYPE,
    Acceptance,
    By,
    KeyTakenError,
    NoRoomError,
    Period,
    Sending,
    act,
    answer_size,
    as_answer,
    ingest_body,
    latest_readings,
    max_age,
    operate,
    receipt_answer,
    stored_receipt,
    unit_status,
    unpack,
    warnings_of,
    write_error_file,
)
from dafeng.web.ledger.access import Bearer, OperatorBearer, RefusedError, unit_of
from dafeng.web.ledger.bodies import REQUEST_BODY, read_values
from dafeng.web.ledger.models import ApiKey
from dafeng.web.ledger.owned import owned
from dafeng.web.ledger.schemas import (
    ActIn,
    LatestListOut,
    ProblemsOut,
    ReceiptOut,
    RollupOut,
    StatusOut,
    TrailOut,
    WarningsOut,
)

MAX_SUMS = 200_000
"""Maximum number of sums in one answer."""

_TEXTS = catalogue("dafeng.web")
_log = logging.getLogger("dafeng.web")

api = NinjaAPI(
    title=_TEXTS.both("api.title"), version=__version__, docs_url=None, urls_namespace="dafeng",
    description=_TEXTS.both("api.description"),
)  # fmt: skip


def _errors(*more: int) -> dict[int, Any]:
    """Return the error responses of every route, and `more`."""
    return dict.fromkeys(sorted({400, 401, 403, 429, 500, 503, *more}), ProblemsOut)


def answer_problems(request: HttpRequest, error: DafengError, status: int) -> HttpResponse:
    """Return problems as JSON with their sentences."""
    request.audit = getattr(request, "audit", {}) | {"detail": str(error)}
    problems = [as_answer(_without_path(problem)) for problem in error.problems]
    response = api.create_response(request, {"problems": problems}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        response["Retry-After"] = "60" if status == HTTPStatus.TOO_MANY_REQUESTS else "5"
    return response


def _without_path(problem: Problem) -> Problem:
    """Remove the path of the store from every part of a problem: it is not for senders."""
    path = owned().store.path
    if str(problem.where) == str(path):
        problem = replace(problem, where="server")
    folders = {f"{path.resolve().parent}/", f"{path.parent}/"} - {"./", "/"}
    parts = {name: getattr(problem, name) for name in ("where", "found", "expected", "mend")}
    for name, part in parts.items():
        for folder in folders:
            if isinstance(part, str) and folder in part:
                parts[name] = part = part.replace(folder, "")
    return replace(problem, **parts)


@api.exception_handler(DafengError)
def _on_error(request: HttpRequest, error: DafengError) -> HttpResponse:
    status = 409 if isinstance(error, KeyTakenError) else 507 if isinstance(error, NoRoomError) else 400
    return answer_problems(request, error, status)


@api.exception_handler(RefusedError)
def _on_refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    return answer_problems(request, error.error, error.status)


@api.exception_handler(ValidationError)
def _on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [
        Problem(f"parameter {'.'.join(str(part) for part in one['loc'][1:])}", "another value", one["msg"])
        for one in error.errors
    ]
    return answer_problems(request, DafengError(problems), 400)


@api.exception_handler(HttpError)
def _on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    where = "body" if "body" in str(error) else "server"
    return answer_problems(
        request,
        DafengError.at(where, str(error), _TEXTS.both("problem.a_request_as_described")),
        error.status_code,
    )


@api.exception_handler(DatabaseError)
def _on_no_keys(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    _log.error("database of keys: %s", error)
    problem = DafengError.at(
        "server", _TEXTS.both("problem.the_database_of_keys_does_not"), _TEXTS.both("problem.a_database_of_keys_that_answers"),
        _TEXTS.both("problem.send_again_later_a_batch_is"),
    )  # fmt: skip
    return answer_problems(request, problem, 503)


@api.exception_handler(Exception)
def _on_defect(request: HttpRequest, error: Exception) -> HttpResponse:
    reference = uuid4().hex[:12]
    _log.error("error %s at %s", reference, request.path, exc_info=error)
    problem = DafengError.at(
        "server", f"error {reference}", "an answer",
        _TEXTS.both("problem.tell_the_operator_this_reference_nothing"),
    )  # fmt: skip
    return answer_problems(request, problem, 500)


@api.post(
    "/readings", auth=Bearer("write", "accept"), tags=["readings"], openapi_extra={"requestBody": REQUEST_BODY},
    response={200: ReceiptOut, **_errors(409, 413, 415, 507), 422: ReceiptOut},
)  # fmt: skip
def post_readings(
    request: HttpRequest,
    accept: Acceptance = Query(Acceptance.WHOLE, description="whole: all or nothing; partial: the good rows"),  # noqa: B008 - ninja's way
    idempotency_key: str | None = Header(
        None,
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="the sender's id of the batch; 1–200 visible ASCII characters",
    ),
) -> Status[dict[str, Any]]:
    """Take a batch. The answer comes after the commit; the same batch again gets its first receipt. 422: no row was stored."""
    answer = take(request, request.auth, _body(request), _kind(request), accept, idempotency_key)
    return Status(422 if answer["status"] == "refused" else 200, answer)


def take(
    request: HttpRequest, key: ApiKey, body: bytes, kind: str, accept: Acceptance, batch_key: str | None
) -> dict[str, Any]:
    """Store a batch of `key`, count it, and return the receipt.

    Raises
    ------
    DafengError
    """
    if batch_key is None:
        # without an id of its own a batch is known by its content, among the batches of this key only
        batch_key = f"{kind}-sha256-{hashlib.sha256(body).hexdigest()}"
    sending = Sending(
        sender=f"key:{key.id}", key=batch_key, acceptance=accept, owners=key.owners,
        max_age=max_age(owned().limits.max_age_days),
    )  # fmt: skip
    begun = time.perf_counter()
    receipt = ingest_body(owned().store, body, kind, sending)
    owned().commit_seconds.observe(time.perf_counter() - begun)
    answer = receipt_answer(receipt.as_dict())
    owned().batches.labels(receipt.status if receipt.first else "known").inc()
    if receipt.first:
        for outcome in ("new", "same", "replaced", "older", "refused"):
            owned().readings.labels(outcome).inc(answer[outcome])
    request.audit |= {"batch": receipt.batch, "detail": receipt.status}
    return answer


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
        found = (request.content_type or "nothing")[:100]
        raise RefusedError(415, "Content-Type", found, f"one of {', '.join(KIND_OF_TYPE)}")
    return kind


def receipt_of(key: ApiKey, batch: int) -> dict[str, Any]:
    """Return the receipt of a batch that `key` sent (or any, for a key of all units).

    Raises
    ------
    RefusedError
    """
    try:
        found = stored_receipt(owned().store, batch, None if key.owners is None else f"key:{key.id}")
    except DafengError as error:
        raise RefusedError(404, "batch", str(batch), "the number of a batch of this key") from error
    return receipt_answer(found)


@api.get(
    "/batches/{batch}", auth=Bearer("read"), response={200: ReceiptOut, **_errors(404)}, tags=["readings"]
)
def get_batch(request: HttpRequest, batch: int = Path(..., ge=1)) -> dict[str, Any]:
    """The receipt of a batch of one's own."""
    return receipt_of(request.auth, batch)


def error_file(receipt: dict[str, Any], language: Language) -> bytes:
    """Return refused rows as a workbook."""
    with tempfile.TemporaryDirectory(prefix="dafeng-") as folder:
        path = FilePath(folder) / "errors.xlsx"
        write_error_file(path, receipt, language)
        return path.read_bytes()


_XLSX = next(media for media, kind in KIND_OF_TYPE.items() if kind == "xlsx")
_WORKBOOK = {
    "200": {"description": "OK", "content": {_XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


@api.get(
    "/batches/{batch}/errors.xlsx", auth=Bearer("read", "lang"), response=_errors(404), tags=["readings"],
    openapi_extra={"responses": _WORKBOOK},
)  # fmt: skip
def get_errors(
    request: HttpRequest,
    batch: int = Path(..., ge=1),
    lang: Language = Query(Language.ZH, description="language of the texts"),  # noqa: B008 - ninja's way
) -> HttpResponse:
    """The refused rows of a batch of one's own as a workbook: where, what was found, what is right."""
    content = error_file(receipt_of(request.auth, batch), lang)
    return HttpResponse(content, content_type=_XLSX)


_DAY = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_UNIT = Query(None, max_length=100, description="a unit of the key; a key of one unit need not name it")


@api.get(
    "/rollup",
    auth=Bearer("read", "unit", "by", "period", "from", "to"),
    response={200: RollupOut, **_errors(404)},
    tags=["sums"],
)
def get_rollup(
    request: HttpRequest,
    unit: str | None = _UNIT,
    by: By = By.UNIT,
    period: Period = Period.DAY,
    first: str | None = Query(
        None, alias="from", pattern=_DAY, description="a day as 2025-01-31, Beijing time"
    ),
    last: str | None = Query(None, alias="to", pattern=_DAY, description="the day after the last"),
) -> dict[str, Any]:
    """Sums with their coverage over [from, to); by default over all that is stored."""
    unit = unit_of(request.auth, unit)
    _check_span(unit, by, period, first, last)
    values = {"by": by, "period": period, "first": first, "last": last, "unit": unit}
    found = operate(owned().store, "rollup", values)
    return {"begin": found.pop("from"), "end": found.pop("to"), **found}


def _check_span(unit: str | None, by: By, period: Period, first: str | None, last: str | None) -> None:
    """Check the size of the answer. Raises: RefusedError where it would be beyond `MAX_SUMS`."""
    groups, days, sums = answer_size(owned().store, by, period, first, last, unit)
    if sums > MAX_SUMS:
        raise RefusedError(
            400, "rollup", _TEXTS.both("problem.days_by", groups=groups, days=days, period=str(period)),
            f"at most {MAX_SUMS} sums; fewer days, a longer period or one unit",
        )  # fmt: skip


@api.get(
    "/latest", auth=Bearer("read", "unit"), response={200: LatestListOut, **_errors(404)}, tags=["units"]
)
def get_latest(request: HttpRequest, unit: str | None = _UNIT) -> dict[str, Any]:
    """The newest reading of each point, null where it never sent one."""
    return {"rows": latest_readings(owned().store, unit_of(request.auth, unit))}


@api.get("/status", auth=Bearer("read", "unit"), response={200: StatusOut, **_errors(404)}, tags=["units"])
def get_status(request: HttpRequest, unit: str | None = _UNIT) -> dict[str, Any]:
    """Coverage and colour of each unit over the 30 days up to yesterday; grey where readings ended."""
    return unit_status(owned().store, unit_of(request.auth, unit))


@api.get(
    "/warnings", auth=Bearer("read", "unit"), response={200: WarningsOut, **_errors(404)}, tags=["warnings"]
)
def get_warnings(request: HttpRequest, unit: str | None = _UNIT) -> dict[str, Any]:
    """Warnings that nobody has released, worst first; a unit sees its own."""
    return {"rows": warnings_of(owned().store, unit_of(request.auth, unit))}


@api.post(
    "/warnings/{warning}/acknowledge", auth=Bearer("acknowledge"), response={200: TrailOut, **_errors(404)},
    tags=["warnings"],
)  # fmt: skip
def post_acknowledge(
    request: HttpRequest,
    warning: int = Path(..., ge=1),
    said: ActIn = Body(...),  # noqa: B008 - ninja's way
) -> dict[str, Any]:
    """Take note of a warning with one's name. It stays open until the office releases it."""
    return acknowledge(request, request.auth, warning, said.person, said.note)


def acknowledge(request: HttpRequest, key: ApiKey, warning: int, person: str, note: str) -> dict[str, Any]:
    """Acknowledge a warning of the key's units.

    Raises
    ------
    RefusedError
        For any other warning.
    """
    subjects = {row["id"]: row["subject"] for row in warnings_of(owned().store, None)}
    owners = key.owners
    if warning not in subjects or not (
        owners is None
        or (subjects[warning].removeprefix("unit:") in owners and subjects[warning].startswith("unit:"))
    ):
        raise RefusedError(404, "warning", str(warning), "the number of an open warning of this key's units")
    if not person.strip():
        raise RefusedError(400, "person", "nothing", "the name of a person")
    request.audit |= {"detail": f"acknowledge warning {warning} by {person}"}
    return act(owned().store, warning, "acknowledge", person=person[:200], note=note[:2000])


@api.post("/operate/{verb}", auth=OperatorBearer(), include_in_schema=False)
def post_operate(request: HttpRequest, verb: str) -> dict[str, Any]:
    """What the command line asks while this process owns the store."""
    request.audit = {"detail": verb}
    return operate(owned().store, verb, read_values(verb, request.body))
