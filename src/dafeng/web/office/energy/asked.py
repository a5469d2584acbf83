"""Question of a drill-down as its address holds it: scope, span, length of bucket, measure, parts, search, page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone

from dafeng.evidence import DafengError
from dafeng.metering import COLOURS, media
from dafeng.web.office.words import both

LEVELS = ("county", "sector", "unit", "point")
"""From the city downwards."""
PERIODS = ("day", "month", "year")
MEASURES = ("tce", "tco2")
YEARS = 5
"""Years that are shown where none are chosen."""
ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class Asked:
    """Question of a page; `last` is the last day itself."""

    first: date
    last: date
    by: str = "day"
    measure: str = "tce"
    county: str = ""
    sector: str = ""
    unit: str = ""
    point: str = ""
    medium: str = ""
    parts: str = ""
    search: str = ""
    level: str = ""
    page: int = 1

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the parts into which the scope may be divided, the natural one first."""
        if self.point:
            return ()
        if self.unit:
            return ("point", "medium")
        below = tuple(one for one in ("county", "sector", "unit") if not getattr(self, one))
        return (*below, "medium")

    @property
    def end(self) -> date:
        """Return the day after the last."""
        return self.last + timedelta(days=1)

    def scope(self) -> dict[str, Any]:
        """Return span and scope as the ledger is asked."""
        parts = {name: getattr(self, name) or None for name in (*LEVELS, "medium")}
        return {"first": str(self.first), "last": str(self.end), **parts}

    def query(self, **changes: object) -> str:
        """Return the query of the address with changes; what is empty is left out."""
        found = replace(self, page=1)
        values = {
            "county": found.county, "sector": found.sector, "unit": found.unit, "point": found.point, "medium": found.medium, "by": found.by,
            "from": str(found.first), "to": str(found.last), "measure": found.measure, "parts": found.parts, "q": found.search, "level": found.level,
        } | changes  # fmt: skip
        return urlencode({name: value for name, value in values.items() if value})

    def deeper(self, part: str, group: str) -> str:
        """Return the query of one of the parts."""
        return self.query(parts="", q="", level="", **{part: group})

    def up(self, level: str) -> str:
        """Return the query of the scope down to a level, without those below; "" is the city."""
        kept = LEVELS[: LEVELS.index(level) + 1] if level else ()
        return self.query(parts="", q="", level="", **{one: "" for one in LEVELS if one not in kept})


def read_asked(given: QueryDict, units: Sequence[dict[str, Any]], first_day: str | None) -> Asked:
    """Read the question of a page.

    Parameters
    ----------
    given
        Parameters of the address.
    units
        Units that the person may see.
    first_day
        First day of the ledger.

    Raises
    ------
    Http404
        For a county, sector, unit or medium that is not among those that the person may see.
    DafengError
        For a day, length, measure or part that is none.
    """
    scope = {name: given.get(name, "") for name in (*LEVELS, "medium")}
    within = [
        one for one in units if all(one[name] == scope[name] for name in ("county", "sector", "unit") if scope[name])
    ]  # fmt: skip
    if any(scope[name] for name in ("county", "sector", "unit")) and not within:
        raise Http404
    if (scope["medium"] and scope["medium"] not in media()) or (scope["point"] and not scope["unit"]):
        raise Http404
    if scope["unit"]:  # a unit has one county and one sector
        scope |= {name: within[0][name] for name in ("county", "sector")}
    by = _one_of("by", given.get("by") or "day", PERIODS)
    physical = bool(scope["medium"] or scope["point"])  # only of one medium
    measure = _one_of("measure", given.get("measure") or ("quantity" if physical else "tce"), (*MEASURES, "quantity"))  # fmt: skip
    if measure == "quantity" and not physical:
        measure = "tce"
    newest = max((one["last"][:10] for one in within or units if one["last"]), default=None)
    first, last = _default_span(by, date.fromisoformat(newest) if newest else timezone.localdate(), first_day)  # fmt: skip
    asked = Asked(
        _day(given, "from", first), _day(given, "to", last), by, measure, **scope, search=given.get("q", "").strip()[:100],
        level=_one_of("level", given.get("level", ""), ("", *COLOURS)), page=_page(given.get("page", "1")),
    )  # fmt: skip
    parts = given.get("parts", "")
    return replace(asked, parts=_one_of("parts", parts, asked.choices)) if parts else asked


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise DafengError.at(name, value[:60], ", ".join(one for one in known if one) or both("problem.nothing"))  # fmt: skip
    return value


def _day(given: QueryDict, name: str, usual: date) -> date:
    text = given.get(name, "")
    if not text:
        return usual
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1990 <= found.year < 2090:
        raise DafengError.at(name, text[:40], both("problem.a_day"))
    return found


def _page(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def _default_span(by: str, newest: date, first_day: str | None) -> tuple[date, date]:
    """Return the span that is shown where none is chosen: the last whole month, the last twelve, or the last years."""
    begins = date.fromisoformat(first_day) if first_day else newest
    if by == "year":
        return date(max(begins.year, newest.year - YEARS + 1), 1, 1), date(newest.year, 12, 31)
    end = (newest + timedelta(days=1)).replace(day=1)  # the first day after the last whole month
    if end <= begins:
        return begins, newest
    last = end - timedelta(days=1)
    earliest = last.replace(day=1) if by == "day" else end.replace(year=end.year - 1)
    return max(earliest, begins.replace(day=1)), last
