"""Section of the causes: what drove a change of an account."""

from dafeng.pathway.analysis.drivers_of_change import Drivers
from dafeng.pathway.results.parts import T_PER_MT, Part, finite_or_none


class Cause(Part):
    """What one factor drove of a change, mean and 5–95 % over the draws, Mt CO2."""

    factor: str
    effect: float
    low: float | None
    high: float | None


class Causes(Part):
    """Exact decomposition (LMDI) of an account's change with the plan; the items add up to end less start, Mt CO2."""

    scenario: str
    account: str
    start: int
    end: int
    start_value: float
    end_value: float
    items: list[Cause]

    @classmethod
    def of(cls, scenario: str, found: Drivers, start_t: float) -> "Causes":
        """Return the section of a decomposition whose account was `start_t` in its first year."""
        return cls(
            scenario=scenario, account=found.account, start=found.start, end=found.end, start_value=start_t / T_PER_MT,
            end_value=(start_t + found.change_t) / T_PER_MT,
            items=[
                Cause(
                    factor=factor, effect=effect / T_PER_MT, low=finite_or_none(found.low_t[factor] / T_PER_MT),
                    high=finite_or_none(found.high_t[factor] / T_PER_MT),
                )
                for factor, effect in found.effect_t.items()
            ],
        )  # fmt: skip
