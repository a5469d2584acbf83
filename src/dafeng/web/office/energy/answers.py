"""Answers of the ledger to a drill-down, within the rights of who asks, and their names for people."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest

from dafeng.metering import COLOURS, Owner, ask_owner, media
from dafeng.web.office.energy.asked import ELECTRICITY, Asked, read_asked
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.rights import actor_of
from dafeng.web.office.records.places import place_names
from dafeng.web.office.results.metered_units import ledger_owner, readable_units, warning_words
from dafeng.web.office.words import language, plain, say, texts

BEHIND = ("red", "orange", "yellow", "grey")
SHOWN_BEHIND, SHOWN_WARNINGS = 6, 3
Row = dict[str, Any]


@dataclass(frozen=True)
class Drill:
    """Question with the ledger that answers it and the units that the person may see."""

    owner: Owner
    asked: Asked
    units: tuple[Row, ...]
    address: str
    """Address of the page without its question."""

    @classmethod
    def of(cls, request: HttpRequest) -> "Drill | None":
        """Return the drill-down of a request; None where the ledger does not run. Raises: as `read_asked`."""
        owner = ledger_owner()
        if owner is None:
            return None
        units = readable_units(actor_of(request), owner)["units"]
        given = request.GET.get("from") and request.GET.get("to")  # as in every link of the page
        first_day = None if given else ask_owner(owner, "status", {})["first_day"]
        return cls(
            owner,
            read_asked(request.GET, units, first_day),
            tuple(units),
            request.build_absolute_uri("/energy/"),
        )

    def within(self) -> list[Row]:
        """Return the units of the scope."""
        asked = self.asked
        return [one for one in self.units if all(one[name] == getattr(asked, name) for name in ("county", "sector", "unit") if getattr(asked, name))]  # fmt: skip

    def _ask(self, what: str, **values: Any) -> Row:
        """Ask the ledger for figures of the units that the person may see."""
        seen = [one["unit"] for one in self.units]
        return ask_owner(self.owner, "drill", {"what": what, "owners": seen} | self.asked.scope() | values)

    def parts(self, **values: Any) -> Row:
        """Return the parts of the scope; of a point the parts of its unit. Raises: Http404 for a point that the unit has not."""
        asked = self.asked
        named = asked.parts or asked.choices[0] if asked.choices else "point"
        found = self._ask("parts", parts=named, measure=asked.measure, **values)
        if asked.point and asked.point not in found["points"]:
            raise Http404
        return found

    def course(self) -> Row:
        """Return the course of the scope."""
        return self._ask("course", period=self.asked.by, measure=self.asked.measure)

    def hours(self) -> Row:
        """Return the hours of the scope: of one medium, electricity where none is chosen."""
        asked = self.asked
        return self._ask("hours", **({} if asked.point else {"medium": asked.medium or ELECTRICITY}))

    def flows(self) -> Row:
        """Return the flows of the scope."""
        return self._ask("flows", measure=self.asked.measure)

    def shown(self, rows: list[Row]) -> list[Row]:
        """Return the rows that search and colour leave."""
        levels = {one["unit"]: one["level"] for one in self.units}
        wanted = self.asked.search.lower()
        return [
            row
            for row in rows
            if (not wanted or wanted in f"{row['name']} {row['group']}".lower())
            and (not self.asked.level or row["own"] is None or levels[row["group"]] == self.asked.level)
        ]

    def named(self, part: str, rows: list[Row]) -> list[Row]:
        """Return rows with name, link, and the colours of the units in them."""
        units = {one["unit"]: one for one in self.units}
        found = []
        for row in rows:
            group = row["group"]
            inside = [one for one in self.within() if part in {"county", "sector"} and one[part] == group]
            colours = Counter(one["level"] for one in inside)
            found.append(row | {
                "name": self.name(part, group, row), "link": self.asked.deeper(part, group), "own": units.get(group),
                "colours": [(one, colours[one]) for one in COLOURS if colours[one]],
            })  # fmt: skip
        return found

    def name(self, part: str, group: str, row: Row | None = None) -> str:
        """Return the name of a county, sector, unit, medium or point."""
        if part == "county":
            return place_names().get(group, group)
        if part == "sector":
            key = f"sector.{group}"
            return say(key) if key in texts() else group
        if part == "medium":
            return str(media()[group].get(f"name_{language().value}") or group) if group in media() else group
        if part == "unit":
            return next((str(one["name_zh"]) for one in self.units if one["unit"] == group), group)
        return str((row or {}).get("name_zh") or self._points.get(group) or group)

    @cached_property
    def _points(self) -> dict[str, str]:
        """Return the names of the points of the unit."""
        latest = ask_owner(self.owner, "unit_warnings", {"unit": self.asked.unit})["latest"] if self.asked.unit else []  # fmt: skip
        return {one["point"]: one["name_zh"] for one in latest}

    def place(self) -> str:
        """Return the name of the city."""
        found = office()
        return "" if found is None else plain(found.name_zh, found.name_en)

    def title(self) -> str:
        """Return the names of the scope from the city downwards."""
        asked = self.asked
        names = [self.name(level, getattr(asked, level)) for level in ("county", "sector", "unit", "point", "medium") if getattr(asked, level)]  # fmt: skip
        return " · ".join([self.place(), *names])

    def trail(self) -> list[tuple[str, str]]:
        """Return name and query of each level above, and of this one."""
        asked = self.asked
        levels = [level for level in ("county", "sector", "unit", "point") if getattr(asked, level)]
        return [(self.place(), asked.up("")), *((self.name(level, getattr(asked, level)), asked.up(level)) for level in levels)]  # fmt: skip

    def behind(self) -> list[Row]:
        """Return the units of the scope that are not green, the worst first, with why: warnings of the worst."""
        found = sorted((one for one in self.within() if one["level"] in BEHIND), key=lambda one: COLOURS.index(one["level"]))  # fmt: skip
        shown = []
        for at, one in enumerate(found[:SHOWN_BEHIND]):
            asks = at < SHOWN_WARNINGS and one["open_warnings"]
            warnings = ask_owner(self.owner, "unit_warnings", {"unit": one["unit"]})["warnings"] if asks else []  # fmt: skip
            shown.append(
                one
                | {
                    "query": self.asked.deeper("unit", one["unit"]),
                    "warnings": [row | {"words": warning_words(row)} for row in warnings],
                    "why": plain(one["reason_zh"], one["reason_en"]),
                }
            )
        return shown

    def unit_of_measure(self, row: Row | None = None) -> str:
        """Return the unit of the measure."""
        if self.asked.measure != "quantity":
            return {"tce": "tce", "tco2": "tCO2"}[self.asked.measure]
        medium = self.asked.medium or (row or {}).get("medium")
        return str(media()[medium]["unit"]) if medium in media() else ""
