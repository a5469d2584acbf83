"""Look-up of dated rows by place: of the county or city, else province, else nation; place reported."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dafeng.rules.validity import Day, valid_rows

R = TypeVar("R", bound=Mapping[str, Any])
NATION = "CN"


@dataclass(frozen=True, slots=True)
class AtPlace(Generic[R]):
    """Rows of the nearest place that has any; `place` is "" where none has."""

    rows: tuple[R, ...]
    place: str
    wanted: str

    @property
    def of_another_place(self) -> bool:
        """Check whether the rows are those of a wider place than the one requested."""
        return bool(self.rows) and self.place != self.wanted


def place_chain(code: str) -> tuple[str, ...]:
    """Return the GB/T 2260 codes from a place outwards: itself, county, city, province, CN.

    Parameters
    ----------
    code
        Code of a place (GB/T 2260), or CN.

    Returns
    -------
    Codes from the nearest place to the nation.

    Examples
    --------
    >>> place_chain("360402001"), place_chain("360400"), place_chain("CN")
    (('360402001', '360402', '360400', '360000', 'CN'), ('360400', '360000', 'CN'), ('CN',))
    """
    if code == NATION:
        return (NATION,)
    wider = (code, code[:6], f"{code[:4]}00", f"{code[:2]}0000")
    return (*dict.fromkeys(wider), NATION)


def rows_at(rows: Iterable[R], place: str, on: Day, column: str = "region") -> AtPlace[R]:
    """Return the rows valid on the day `on` at the nearest of `place_chain(place)` that has any.

    A place's own rows replace those of the wider place as a whole: rules of a city are not mixed with those
    of the province. An empty `column` means the whole nation.

    Parameters
    ----------
    rows
        Dated rows with a column of places.
    place
        Code of a place (GB/T 2260).
    on
        Day or moment of validity.
    column
        Name of the column of places.

    Returns
    -------
    Rows, the place that they belong to, and the place asked for; no rows where no place has any.
    """
    by_place: dict[str, list[R]] = {}
    for row in valid_rows(rows, on):
        by_place.setdefault(str(row.get(column) or NATION), []).append(row)
    for code in place_chain(place):
        if code in by_place:
            return AtPlace(tuple(by_place[code]), code, place)
    return AtPlace((), "", place)
