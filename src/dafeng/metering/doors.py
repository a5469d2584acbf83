"""What every door does with a body before it is decoded: know its kind, unpack it within bounds."""

from datetime import timedelta

from dafeng.evidence import DafengError
from dafeng.metering.intake.decoding import unzip

KIND_OF_TYPE = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
}
"""Media type → kind of body."""


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """The body itself. Raises: DafengError for an unknown encoding or more than `limit` bytes unpacked."""
    if encoding.strip().lower() == "gzip":
        return unzip(body, limit)
    if encoding.strip().lower() not in {"", "identity"}:
        raise DafengError.at("Content-Encoding", encoding[:80], "gzip or nothing")
    return body


def max_age(days: int) -> timedelta:
    """How old a reading may be at this door."""
    return timedelta(days=days)
