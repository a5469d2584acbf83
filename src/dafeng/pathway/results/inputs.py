"""Sections of the inputs: which of them carry the spread, and which data would help most."""

from collections.abc import Sequence

from dafeng.pathway.analysis.provenance import Origin
from dafeng.pathway.results.parts import T_PER_MT, Part


class Influence(Part):
    """Share of the variance of the headline account that one input causes."""

    parameter: str
    name_zh: str
    name_en: str
    share: float
    grade: str
    source: str
    year: int


class DataRequest(Part):
    """Data whose procurement would help most: `share` of the variance of timing, `level_share` of the level in 2030."""

    title_zh: str
    title_en: str
    holder_zh: str
    holder_en: str
    parameters: list[str]
    share: float
    level_share: float


class Swing(Part):
    """The number with one input at its 5 and 95 % end, or one measure at nothing and all, Mt CO2."""

    row: str
    name_zh: str
    name_en: str
    grade: str
    source: str
    at_low: float
    at_high: float


class Tornado(Part):
    """Inputs that move the headline account of a year most; `centre` is its central value with the plan, Mt CO2."""

    account: str
    year: int
    centre: float
    swings: list[Swing]

    @classmethod
    def of(cls, account: str, year: int, centre_t: float, origins: Sequence[Origin]) -> "Tornado | None":
        """Return the section of the inputs that move `account` most; None without any."""
        if not origins:
            return None
        return cls(
            account=account, year=year, centre=centre_t / T_PER_MT,
            swings=[
                Swing(
                    row=row.row, name_zh=row.name_zh, name_en=row.name_en, grade=row.grade, source=row.source,
                    at_low=row.at_low / T_PER_MT, at_high=row.at_high / T_PER_MT,
                )
                for row in origins
            ],
        )  # fmt: skip
