"""Wide tables: a line of a point and a day, a column for each time of the day (24, 48 or 96 of them)."""

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from dafeng.evidence import DafengError, Problem
from dafeng.metering.intake.column_names import DELIMITERS, ONE_TABLE, day_text, meaning, places_of_wide
from dafeng.metering.intake.rows import Decoded
from dafeng.metering.intake.size_limits import MAX_ROWS

DAY = 1440
_CLOCK = re.compile(r"(?:[01]?\d|2[0-4])(?:[:：][0-5]\d(?:[:：]00)?|[时点](?:[0-5]\d分?)?)")
_STEPS = {24: 60, 48: 30, 96: 15}


def minute_of(heading: str) -> int | None:
    """Return the minute of the day of a heading as 8:15, 08:15:00 or 8时15分; 1440 for 24:00, None for
    another text.
    """
    text = heading.strip()
    if not _CLOCK.fullmatch(text):
        return None
    hour, *rest = [int(part) for part in re.findall(r"\d+", text)]
    minute = hour * 60 + (rest[0] if rest else 0)
    return minute if minute <= DAY else None


def is_wide(headings: Sequence[str]) -> bool:
    """Check whether a header names a point, a day, and at least 24 times of the day; a column of values is then a total."""
    clocks = sum(minute_of(heading) is not None for heading in headings)
    columns = {meaning(heading)[0] for heading in headings if minute_of(heading) is None}
    return clocks >= min(_STEPS) and {"point", "start"} <= columns


def swallowed(name: str, text: str) -> DafengError:
    """Return the error of a cell that holds whole lines of its table."""
    return DafengError.at(
        name, " ".join(text.split())[:80], "cells of one line", "close or remove the quote before this text"
    )


def decode_wide(
    header: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]], name: str, unit: str | None = None
) -> Decoded:
    """Read a wide table whose lines have a number; an empty cell is a missing reading. `unit` is that of its title.

    Times from 00:00 are the beginnings of their periods. Times that end with 24:00 are the ends, as meters of
    the grid label them: each is moved by its period, where it is no register. The distance of the times is the period of
    the amounts: a point of another one takes none of them.

    Raises
    ------
    DafengError
    XX"""
    clocks = {
        index: minute for index, heading in enumerate(header) if (minute := minute_of(heading)) is not None
    }
    step = _STEPS.get(len(clocks))
    minutes = list(clocks.values())
    first = minutes[0]
    if step is None or first not in {0, step} or minutes != list(range(first, first + DAY, step)):
        raise DafengError.at(
            name, f"{len(clocks)} times of the day from {header[next(iter(clocks))]}",
            "every 15, 30 or 60 minutes of a day, from 00:00, or from the first period's end to 24:00",
        )  # fmt: skip
    columns, left = places_of_wide([heading for heading in header if minute_of(heading) is None], name)
    left += [columns.pop(column) for column in ("value", "end") if column in columns]
    if unit is not None and "unit" in columns:
        raise DafengError.at(name, f"{unit} and {columns['unit']}", "the unit in one place")
    _refuse_odd_lines(header, lines, next(iter(clocks)), name)
    if len(lines) * len(clocks) > MAX_ROWS:
        raise DafengError.at(
            name, f"more than {MAX_ROWS} readings", f"at most {MAX_ROWS}", "send less at once"
        )
    malformed = [
        Problem(f"row {number}", f"{len(line)} cells", f"{len(header)} columns")
        for number, line in lines
        if len(line) != len(header) and any(cell.strip() for cell in line)
    ]
    places = {column: header.index(heading) for column, heading in columns.items()}
    whole = [(number, line) for number, line in lines if len(line) == len(header)]
    found = list(_readings(whole, places, clocks))
    names = [column for column in places if column != "start"]
    data = {
        column: pa.array([row[2][place] for row in found], pa.string()) for place, column in enumerate(names)
    }
    table = pa.table(
        data
        | {
            "row": pa.array([row[0] for row in found], pa.int64()),
            "start": pa.array([row[1] for row in found], pa.string()),
            "value": pa.array([row[3] for row in found], pa.string()),
            "until": pa.array([first > 0] * len(found), pa.bool_()),
        }
        | ({} if "period" in data else {"period": pa.array([str(step)] * len(found), pa.string())})
        | ({} if unit is None else {"unit": pa.array([unit] * len(found), pa.string())})
    )
    return Decoded(iter([table]), malformed, not_read=left)


def _refuse_odd_lines(
    header: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]], first: int, name: str
) -> None:
    """Refuse a table with another header below; `first` is its first column of a time."""
    for number, line in lines:
        again = len(line) > first and minute_of(line[first]) is not None and is_wide(line)
        if again and list(line) != list(header):
            where, expected = f"{name}:{number}", "one header above the readings"
            raise DafengError.at(where, ", ".join(line)[:200], expected, ONE_TABLE)
        for cell in line:
            if "\n" in cell and sum(map(cell.count, DELIMITERS)) >= len(header) - 1:
                raise swallowed(name, cell)


_Row = tuple[int, str, list[str], str]


def _readings(
    lines: Sequence[tuple[int, Sequence[str]]], places: dict[str, int], clocks: dict[int, int]
) -> Iterator[_Row]:
    others = [place for column, place in places.items() if column != "start"]
    for number, line in lines:
        day = day_text(re.sub(r"[ T]0?0:00(:00(\.0+)?)?$", "", line[places["start"]].strip()))
        day = re.sub(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3", day)
        for index, minute in clocks.items():
            value = line[index].strip()
            if value:
                yield (
                    number,
                    f"{day} {minute // 60:02}:{minute % 60:02}",
                    [line[place] for place in others],
                    value,
                )
