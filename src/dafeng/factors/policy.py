"""Aims of dual control as issued: dated policy facts by place, quantity and period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from dafeng.evidence import DafengError, Grade
from dafeng.factors.tables import grade, rows

KINDS = ("cumulative_fall", "annual_fall", "amount")


@dataclass(frozen=True, slots=True)
class PolicyAim:
    """Issued policy target of dual control.

    `value` is a fall as a share of the level before the period (`cumulative_fall`), from year to year
    (`annual_fall`), or an amount in `unit`. `place` is CN or a GB/T 2260 code; `supersedes` the id of the aim
    that this one replaces from `issued` on.
    """

    id: str
    place: str
    zh: str
    en: str
    quantity: str
    kind: str
    period_from: int
    period_to: int
    value: float
    unit: str
    binding: bool
    issued: date
    document: str
    source: str
    supersedes: str
    grade: Grade
    note: str

    @property
    def annual(self) -> float:
        """Return the annual reduction [1] that reaches the aim in even steps: 1 − (1 − F)^(1/n).

        NaN for an amount.
        """
        if self.kind == "amount":
            return float("nan")
        return float(1.0 - (1.0 - self.value) ** (1.0 / (self.period_to - self.period_from + 1)))


@cache
def policy_aims() -> tuple[PolicyAim, ...]:
    """Return every issued aim of the package, in the order of the table `policy_aims`.

    Raises
    ------
    DafengError
        For a row of an unknown kind, or whose period ends before it begins.
    """
    aims = tuple(_aim(row) for row in rows("policy_aims"))
    for aim in aims:
        if aim.kind not in KINDS or aim.period_to < aim.period_from:
            raise DafengError.at(f"policy_aims:{aim.id}", f"{aim.kind} {aim.period_from}–{aim.period_to}", f"one of {', '.join(KINDS)} over a period")  # fmt: skip
    return aims


def _aim(row: Mapping[str, str]) -> PolicyAim:
    return PolicyAim(
        row["id"], row["place"], row["zh"], row["en"], row["quantity"], row["kind"], int(row["period_from"]), int(row["period_to"]),
        float(row["value"]), row["unit"], row["binding"] == "yes", date.fromisoformat(row["issued"]),
        row["document"], row["source"], row["supersedes"], grade(row["status"]), row["note"],
    )  # fmt: skip


def aims_in_force(
    quantity: str, place: str, year: int, on: date, aims: tuple[PolicyAim, ...] | None = None
) -> tuple[PolicyAim, ...]:
    """Return the aims of `quantity` for `year` that are in force on the day `on`, of the nearest place.

    The city's own aims come first, then the province's, then the nation's; aims of two levels are not mixed,
    and an aim that a later one supersedes is left out from the day on which the later one is issued.

    Parameters
    ----------
    quantity : str
        `co2_per_gdp`, `energy_per_gdp`, …
    place : str
        GB/T 2260 code of six digits.
    year : int
        Year that the period of the aim holds.
    on : date
        Day of judgement: an aim issued later does not exist yet.
    aims : tuple of PolicyAim, optional
        Aims to look in; by default those of the package.

    Returns
    -------
    tuple of PolicyAim
        Binding aims first; empty where no level has issued one.

    Examples
    --------
    >>> [aim.id for aim in aims_in_force("co2_per_gdp", "360400", 2026, date(2026, 6, 1))]
    ['national_15fyp_carbon', 'national_2026_carbon']
    >>> aims_in_force("co2_per_gdp", "360400", 2026, date(2026, 1, 1))
    ()
    """
    issued = [
        aim
        for aim in (policy_aims() if aims is None else aims)
        if aim.quantity == quantity and aim.issued <= on and aim.period_from <= year <= aim.period_to
    ]
    superseded = {aim.supersedes for aim in issued if aim.supersedes}
    for level in (place, f"{place[:2]}0000", "CN"):
        found = [aim for aim in issued if aim.place == level and aim.id not in superseded]
        if found:
            return tuple(
                sorted(found, key=lambda aim: (not aim.binding, aim.kind != "cumulative_fall", aim.id))
            )
    return ()
