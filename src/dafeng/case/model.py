"""Data model of a loaded case: decided or published facts of a place, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from dafeng.case.city import City
from dafeng.case.schemas import TABLES
from dafeng.evidence import DafengError, Finding, Source
from dafeng.plan import Plan
from dafeng.tables import empty_frame, nearest


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Case: a place with its tables, its parent and its plan.

    `release` is the sha256 of the folder, `hashes` that of each file. `parent` is None for a place that
    inherits nothing. `plan` is None where the folder has no `plan.yaml`.
    """

    name: str
    path: Path
    city: City
    tables: Mapping[str, pd.DataFrame]
    parent: "Case | None" = None
    plan: Plan | None = None
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    release: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Return the case's own rows of the table `name`; no rows where it has no such file.

        Raises
        ------
        DafengError
            For a name that is no table of a case.
        """
        if name not in TABLES:
            raise DafengError.at("table", repr(name), "a table of a case", nearest(name, TABLES))
        own = self.tables.get(name)
        # written to, it is copied: pandas copies on write
        return (_empty(name) if own is None else own).copy(deep=False)

    def power_units(self) -> pd.DataFrame:
        """Return the case's own power and heat units: rows of plants.csv of the branches power and heat."""
        plants = self.table("plants")
        return plants[plants["branch"].isin(("", "power", "heat"))]

    def inherited(self, name: str) -> pd.DataFrame:
        """Return the rows of the nearest ancestor that has the table, with its name in `inherited_from`."""
        ancestor = self.parent
        while ancestor is not None:
            rows = ancestor.table(name)
            if len(rows):
                return rows.assign(inherited_from=ancestor.name)
            ancestor = ancestor.parent
        return self.table(name).iloc[:0].assign(inherited_from="")

    def effective(self, name: str) -> pd.DataFrame:
        """Return own rows where there are any, else the inherited ones.

        `inherited_from` is "" for own rows.
        """
        own = self.table(name)
        return own.assign(inherited_from="") if len(own) else self.inherited(name)

    def energy(self) -> pd.DataFrame:
        """Return the energy inventory: the case's own, else its parent's."""
        return self.effective("energy")

    @property
    def sources(self) -> dict[str, Source]:
        """Return the sources of the case and its ancestors by id; the nearer one holds where both name it."""
        return dict(_sources(self))


@lru_cache(maxsize=16)
def _sources(case: Case) -> Mapping[str, Source]:
    found = dict(case.parent.sources) if case.parent else {}
    columns = ["id", "citation", "licence", "terms", "url"]
    for line in case.table("sources")[columns].astype(object).itertuples(index=False, name=None):
        source = Source(*map(str, line))
        found[source.id] = source
    return found


@cache
def _empty(name: str) -> pd.DataFrame:
    return empty_frame(TABLES[name])
