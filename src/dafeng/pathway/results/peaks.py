"""Sections of the peak: when, how high, how surely, and at which delivery."""

from dafeng.pathway.results.parts import Estimate, Part, Range


class YearShare(Part):
    """Share of all samples that peak in `year`."""

    year: int
    share: float


class Peak(Part):
    """When one account peaks in one scenario. `year` and `level` are null where no sample peaks in time."""

    scenario: str
    account: str
    year: Range | None
    level: Range | None
    before_2030: Estimate
    by_2030: Estimate
    already_past: float
    not_within_horizon: float
    plateau_years: float | None
    distribution: list[YearShare]

    def before(self, year: int) -> float:
        """Return the share of samples that peak before `year`."""
        return sum(item.share for item in self.distribution if item.year < year)


class DeliveryLevel(Part):
    """The chance of a peak in 2029 or before with every measure delivered to the same degree, a fraction."""

    delivery: float
    before_2030: Estimate
