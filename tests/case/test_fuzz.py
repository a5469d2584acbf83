"""Contract: whatever bytes a table or YAML file holds, loading gives a case or a DafengError, never another exception."""

import contextlib
import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.case.conftest import CITY, PROVINCE, write_case

from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.tables import read_csv

CELL = st.one_of(
    st.text(max_size=8), st.sampled_from(["NE", "1", "-1e308", "1e400", "nan", "2020", "%", "s1", "A", '"', "\r", "=1", "#REF!"])
)  # fmt: skip


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_table_or_problems(content: bytes) -> None:
    reading = read_csv("proxies", "proxies.csv", content)
    assert (reading.table is None) == bool(reading.problems)


@given(st.text(alphabet='a1,"\n\r; \t', max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_commas_quotes_and_line_ends_give_a_table_or_problems(text: str) -> None:
    reading = read_csv("proxies", "proxies.csv", text.encode())
    assert (reading.table is None) == bool(reading.problems)


@given(
    st.lists(
        st.lists(st.text(alphabet=' a1,"\n九', max_size=5), min_size=3, max_size=3), min_size=1, max_size=6
    )
)
@settings(max_examples=200, deadline=None)
def test_what_is_written_as_csv_is_read_back(rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    table = read_csv("t", "t.csv", stream.getvalue().encode()).table
    assert table is not None
    assert [tuple(row) for row in table.cells.itertuples(index=False)] == [
        tuple(row) for row in rows if any(row)
    ]


def _load_or_refuse(files: dict[str, str | bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_case(Path(folder) / "province", dict(PROVINCE))
        city = write_case(Path(folder) / "city", {**CITY, **files})
        with contextlib.suppress(DafengError):
            load(city)


@given(
    st.sampled_from(
        ["proxies.csv", "observations.csv", "plants.csv", "drivers.csv", "measures.csv", "sources.csv"]
    ),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_any_cells_give_a_case_or_problems(file: str, data: st.DataObject) -> None:
    header, *body = list(csv.reader(io.StringIO(CITY[file])))
    width = len(header)
    body += data.draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=3))
    row, column = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, width - 1))
    body[row][column] = data.draw(CELL)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *body])
    _load_or_refuse({file: stream.getvalue().encode("utf-8", "surrogatepass")})


@given(st.sampled_from(["city.yaml", "plan.yaml", "scenarios.yaml"]), st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_to_yaml_gives_a_case_or_problems(file: str, data: st.DataObject) -> None:
    text = CITY[file]
    at = data.draw(st.integers(0, len(text)))
    inserted = data.draw(
        st.one_of(
            st.text(max_size=6),
            st.sampled_from(["[", "{", "&a *a", "\t", ": ", "!!x ", "- ", "? ", "9" * 50]),
        )
    )
    _load_or_refuse(
        {file: (text[:at] + inserted + text[at + data.draw(st.integers(0, 5)) :]).encode("utf-8", "replace")}
    )
