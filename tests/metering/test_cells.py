"""Contract: what is read at once and what the engine reads are the same moments, numbers and words, whatever their type."""

from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from dafeng.metering.intake.cell_parsing import EMPTY, NEVER, UNKNOWN, coded, moments, numbers, wholes, words

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
MOMENTS = st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - cut to seconds, with an offset below


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        yield connection


def column(*cells, kind=None):
    return pa.chunked_array([pa.array(cells, kind)])


def fifteen(cells):
    return np.full(len(cells), 15, np.int32)


def us(at):
    return (at - EPOCH) // timedelta(microseconds=1)


@given(ats=st.lists(MOMENTS, min_size=1, max_size=5), offset=st.sampled_from([None, 0, 8, -5]))
def test_plain_moments_are_read_as_the_engine_reads_them(engine, ats, offset):
    zone = BEIJING if offset is None else timezone(timedelta(hours=offset))
    ats = [at.replace(microsecond=0, tzinfo=zone) for at in ats]
    texts = [(at.replace(tzinfo=None) if offset is None else at).isoformat() for at in ats]
    plain = moments(engine, column(*texts), fifteen(texts))
    by_engine = moments(engine, column(*texts, "no time"), fifteen([*texts, ""]))
    assert plain.tolist() == by_engine[:-1].tolist() == [us(at) for at in ats]
    assert by_engine[-1] == NEVER


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_typed_moments_in_any_unit(engine, unit, zone):
    at = datetime(2025, 3, 1, 4, 15, tzinfo=UTC)
    kind = pa.timestamp(unit, zone)
    told = at if zone else at.astimezone(BEIJING).replace(tzinfo=None)
    found = moments(engine, column(told, None, kind=kind), fifteen(" " * 2))
    assert found.tolist() == [us(at), NEVER]


def test_moments_beyond_all_years_are_none(engine):
    far = pa.chunked_array([pa.array([1 << 62, -(1 << 62), 0], pa.int64()).cast(pa.timestamp("s", "UTC"))])
    assert moments(engine, far, fifteen(" " * 3)).tolist() == [NEVER, NEVER, 0]
    assert moments(engine, column(date(2025, 1, 1)), fifteen(" ")).tolist() == [
        us(datetime(2025, 1, 1, tzinfo=BEIJING))
    ]


@pytest.mark.parametrize(
    ("cells", "kind", "found"),
    [
        ([1, None], pa.int64(), [1.0, None]), ([1.5, float("nan")], pa.float32(), [1.5, None]),
        (["1.5", "2e3"], pa.string(), [1.5, 2000.0]), ([" 1.5 ", "x"], pa.string(), [1.5, None]),
        (["1.5", None], pa.large_string(), [1.5, None]), ([True, False], pa.bool_(), [None, None]),
        (["1.5", "1.5"], pa.dictionary(pa.int32(), pa.string()), [1.5, 1.5]),
        ([b"7", b"8"], pa.binary(), [7.0, 8.0]), ([2, 3], pa.decimal128(5, 0), [2.0, 3.0]),
    ],
    ids=str,
)  # fmt: skip
def test_numbers_of_any_type(engine, cells, kind, found):
    values = numbers(engine, column(*cells, kind=kind))
    assert [None if np.isnan(value) else value for value in values.tolist()] == found


def test_whole_numbers_say_where_nothing_is_given(engine):
    found = wholes(engine, column("3", " 4 ", "", None, "x", "-2", "1.5", "1_0", "1e3", "2.0", "9" * 19))
    assert found.given.tolist() == [True, True, False, False, *[True] * 7]
    assert found.values[[0, 1, *range(4, 11)]].tolist() == [3, 4, -1, -1, -1, -1, -1, 2, -1]


def test_words_are_told_once_and_by_their_meaning(engine):
    told = words(engine, column(" 日 ", "15", "", None, "fortnight", "日"))
    assert coded(told, "period").tolist() == [1440, 15, EMPTY, EMPTY, UNKNOWN, 1440]
    assert coded(words(engine, column("手工", "auto")), "origin").tolist()[1] == 0


def test_a_slice_leaves_the_texts_of_other_rows_behind(engine):
    many = pa.array([f"P{number}" for number in range(5000)]).dictionary_encode()
    told = words(engine, pa.chunked_array([many.slice(10, 3)]))
    assert [told.texts[place] for place in told.places] == ["P10", "P11", "P12"]
    assert len(told.texts) == 4
