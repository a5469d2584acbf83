"""Contract: a small body that unfolds to something huge is refused with a reason before it unfolds; plain bodies pass."""

import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from dafeng.evidence import DafengError
from dafeng.metering import Sending, ingest_body
from dafeng.metering.intake import size_limits as bounds

HEADER = ("point", "start", "value")


def workbook(*cells, rows=(("P1", "2025-01-01", 1.0),)):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADER, *rows)):
            sheet.write_row(number, 0, row)
        for row, column, text in cells:
            sheet.write(row, column, text)
    return buffer.getvalue()


def parquet(table, groups=1, **options):
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, **options) as writer:
        for _ in range(groups):
            writer.write_table(table)
    return buffer.getvalue()


def repacked(body, change):
    """The archive with its entries changed by `change(name, content) -> content`."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    return target.getvalue()


def refused(store, body, kind, expected):
    with pytest.raises(DafengError, match=expected):
        ingest_body(store, body, kind, Sending("t"))
    assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 0}]


def test_plain_bodies_pass(store):
    assert ingest_body(store, workbook(), "xlsx", Sending("t")).counts.new == 1
    table = pa.table({"point": ["P2"], "start": ["2025-01-01"], "value": [1.0]})
    assert ingest_body(store, parquet(table), "parquet", Sending("t")).counts.new == 1


def test_a_lone_cell_in_the_last_corner(store):
    refused(store, workbook((1_048_575, 16_383, "x")), "xlsx", "cells in the sheet")


def test_the_corner_is_found_in_any_spelling(store):
    def lower(name, content):
        return content.replace(b'r="C2"', b"r = 'xfd1048576'") if "sheet1" in name else content

    refused(store, repacked(workbook(), lower), "xlsx", "cells in the sheet")


def test_a_workbook_of_blanks_with_a_false_size(store, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_BODY_UNPACKED", 4 << 20)
    body = bytearray(
        repacked(workbook(), lambda name, content: b" " * (5 << 20) if "styles" in name else content)
    )
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        size = archive.getinfo("xl/styles.xml").file_size.to_bytes(4, "little")
    assert size in body
    refused(store, bytes(body).replace(size, (5).to_bytes(4, "little")), "xlsx", "at most 4194304 bytes")


def test_a_long_text_in_many_cells(store):
    long = "x" * 30_000
    body = workbook(rows=[(long, long, long)] * 5000)
    assert len(body) < 200_000
    refused(store, body, "xlsx", "texts up to")


def test_rows_that_repeat_one_value(store):
    table = pa.table({"point": pa.array(["P1"] * 1_000_000), "start": ["2025-01-01"] * 1_000_000,
                      "value": [1.0] * 1_000_000})  # fmt: skip
    body = parquet(table, 5)
    assert len(body) < 200_000
    refused(store, body, "parquet", "at most 4000000 rows")


def test_a_long_text_in_many_rows(store):
    table = pa.table({"point": ["P1"] * 1000, "start": ["2" * 20_000] * 1000, "value": [1.0] * 1000})
    refused(store, parquet(table), "parquet", "a text of 20000 bytes")


def test_lists_are_no_cells(store):
    table = pa.table({"point": [["P1"]], "start": ["2025-01-01"], "value": [1.0]})
    refused(store, parquet(table), "parquet", "plain columns")


@pytest.mark.parametrize(("kind", "body"), [
    ("json", b"[" + b"1," * 20_000 + b"1]"), ("ndjson", b"1\n" * 20_000), ("csv", b"point,start,value\n" + b"a\n" * 20_000),
])  # fmt: skip
def test_many_rows_that_are_none(store, kind, body):
    refused(store, body, kind, "at most 10000|CSV with a header")


def test_points_of_a_simulation_come_with_the_operator_only(store, tmp_path):
    from dafeng.metering import simulate

    simulate(tmp_path / "r.parquet", points=1, days=1, seed=1, counties=["360402"])
    body = (tmp_path / "r.parquet").read_bytes()
    receipt = ingest_body(store, body, "parquet", Sending("key:1", owners=frozenset({"U1"})))
    assert receipt.status == "refused"
    assert "SIM" not in str(store.rows("SELECT id FROM point"))
