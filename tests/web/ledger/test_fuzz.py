"""Contract: whatever bytes come in, the answer is a receipt or a problem, never a defect; the store stays whole: sums are
those of its readings."""

import gzip
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dafeng.metering.intake.decoding import KIND_OF_TYPE
from dafeng.web import new_key

from .test_door import post

TYPES = {kind: media for media, kind in KIND_OF_TYPE.items()}
OFTEN = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
NAUGHTY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.lists(st.integers(), max_size=3),
    st.sampled_from([
        "P1", "P2", "'; DROP TABLE reading; --", '"', "\\", "\0", "‮", "=1+1", "2025-01-01", "2025-01-01T00:15:00+08:00",
        "9999-12-31T23:59:59Z", "-infinity", "NaN", "1e308", "0x10", "1,5", "15", "month", "register", "kWh", "MWh", "", " ",
    ]),
)  # fmt: skip
COLUMNS = ("point", "start", "value", "period", "unit", "origin", "version")
ROWS = st.lists(
    st.dictionaries(st.sampled_from([*COLUMNS, "readings", "x"]), NAUGHTY, max_size=8), max_size=6
)


@pytest.fixture
def writer(served):
    return new_key("fuzz", units=["U1", "it's"], scopes=["write"], per_minute=10**9)[1]


def csv_of(rows):
    lines = [",".join(COLUMNS)]
    lines += [",".join(str(row.get(column, "")) for column in COLUMNS) for row in rows]
    return "\n".join(lines).encode("utf-8", "replace")


def parquet_of(rows):
    buffer = io.BytesIO()
    columns = {
        column: [None if row.get(column) is None else str(row[column]) for row in rows] for column in COLUMNS
    }
    clean = {
        column: pa.array([text and text.encode("utf-8", "replace").decode() for text in texts], pa.string())
        for column, texts in columns.items()
    }
    pq.write_table(pa.table(clean), buffer)
    return buffer.getvalue()


def xlsx_of(rows):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.active.append(COLUMNS)
    for row in rows:
        cells = [row.get(column) for column in COLUMNS]
        book.active.append(
            [cell if type(cell) in (int, float, bool) and abs(cell) < 1e300 else "x" for cell in cells]
        )
    book.save(buffer)
    return buffer.getvalue()


MAKERS = {
    "json": lambda rows: json.dumps(rows).encode(),
    "ndjson": lambda rows: "\n".join(json.dumps(row) for row in rows).encode(),
    "csv": csv_of, "parquet": parquet_of, "xlsx": xlsx_of,
}  # fmt: skip


def check(client, served, writer, body, kind, **headers):
    answer = post(client, writer, body, TYPES[kind], "?accept=partial", **headers)
    # the test client sends no content type with an empty body
    assert answer.status_code in ({200, 400, 409, 413, 422} if body else {415}), (answer.content, body)
    found = answer.json()
    if answer.status_code in {200, 422}:
        assert found["status"] in {"accepted", "partial", "refused"}
    else:
        assert found["problems"]
    assert served.store.rows(
        "SELECT count(*) AS n FROM (SELECT point, period, CAST(start + INTERVAL 8 HOUR AS DATE) AS day, "
        "count(*) FILTER ((flags & 64) = 0) AS n, count(*) FILTER ((flags & 64) > 0) AS q FROM reading WHERE period > 0 "
        "GROUP BY ALL) FULL JOIN day_sum d USING (point, period, day) WHERE n IS DISTINCT FROM d.count "
        "OR q IS DISTINCT FROM d.quarantined"
    ) == [{"n": 0}]


@pytest.mark.parametrize("kind", MAKERS)
def test_rows_of_anything(client, served, writer, kind):
    @OFTEN
    @given(ROWS)
    def holds(rows):
        check(client, served, writer, MAKERS[kind](rows), kind)

    holds()


@pytest.mark.parametrize("kind", MAKERS)
def test_bytes_of_anything(client, served, writer, kind):
    good = MAKERS[kind](
        [
            {"point": "P1", "start": "2025-01-01", "value": 1.5},
            {"point": "P1", "start": "2025-01-02", "value": 2},
        ]
    )

    @OFTEN
    @given(st.integers(0, len(good)), st.integers(0, len(good)), st.binary(max_size=20), st.booleans())
    def holds(first, last, middle, packed):
        body = good[:first] + middle + good[last:]
        check(client, served, writer, gzip.compress(body) if packed else body, kind,
              **({"Content-Encoding": "gzip"} if packed else {}))  # fmt: skip

    holds()
