"""Readings: observed quantities of years after the base year, each with its error."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """Observed quantity of one year: `value` and `sigma` (one standard deviation) in canonical units.

    `independent` is false where the same figure, or one it was made from, calibrates the model. With
    `relative_to` the value is that of the year over that of an earlier year (a growth, in which a source's
    level bias falls out). Of a growth's relative error, `base_sigma` is the part that all years of its series
    share through the earlier year, and `yearly_sigma` the part that each year adds and later years keep (a
    place that grows otherwise than its province). `carried_on` is what the series' own growth of the five
    years before would have made of it (NaN where not available); `scope` is `province` where the growth is
    that of the province, which the city need not share.
    """

    quantity: str
    year: int
    value: float
    sigma: float
    source: str
    independent: bool = True
    origin: str = "observed"
    relative_to: int | None = None
    base_sigma: float = 0.0
    yearly_sigma: float = 0.0
    carried_on: float = float("nan")
    scope: str = "city"
