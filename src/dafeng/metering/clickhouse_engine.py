"""Executors of statements on ClickHouse: a server over HTTP, in the form that the engine in a process has too."""

import io
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import Request, urlopen

import pyarrow as pa
import pyarrow.parquet as pq

from dafeng.evidence import DafengError


class Engine(Protocol):
    """Executor of statements: a server over HTTP, or the engine in the process."""

    def run(self, statement: str) -> None:
        """Run a statement that gives nothing back."""

    def table(self, query: str) -> pa.Table:
        """Return the result of a query."""

    def insert(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table by column names."""


class HttpEngine:
    """ClickHouse server by its HTTP interface. Raises: DafengError where `url` is not
    clickhouse://host[:port][/database].
    """

    def __init__(self, url: str, timeout_seconds: float = 600) -> None:
        parts = urlsplit(url)
        if parts.scheme != "clickhouse" or not parts.hostname:
            raise DafengError.at(
                "--store", url.split("@")[-1], "clickhouse://[user:password@]host[:8123][/database]"
            )
        self._where = f"http://{parts.hostname}:{parts.port or 8123}/"
        self._database = parts.path.strip("/") or "default"
        self._headers = {"Content-Type": "application/octet-stream"}
        if parts.username:
            self._headers |= {
                "X-ClickHouse-User": parts.username,
                "X-ClickHouse-Key": unquote(parts.password or ""),
            }
        self._timeout = timeout_seconds

    def _post(self, statement: str, body: bytes) -> bytes:
        query = urlencode({"database": self._database, "query": statement}, quote_via=quote)
        request = Request(f"{self._where}?{query}", data=body, headers=self._headers, method="POST")
        try:
            with urlopen(request, timeout=self._timeout) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            told = error.read().decode(errors="replace").splitlines() or [f"HTTP {error.code}"]
            raise DafengError.at(self._where, told[0][:300], "an answer of the server") from error
        except URLError as error:
            raise DafengError.at(self._where, str(error.reason), "a ClickHouse server") from error

    def run(self, statement: str) -> None:
        self._post(statement, b"")

    def table(self, query: str) -> pa.Table:
        return pq.read_table(io.BytesIO(self._post(f"{query} FORMAT Parquet", b"")))

    def insert(self, name: str, rows: pa.Table) -> None:
        stream = io.BytesIO()
        pq.write_table(rows, stream)
        self._post(f"INSERT INTO {name} ({', '.join(rows.column_names)}) FORMAT Parquet", stream.getvalue())
