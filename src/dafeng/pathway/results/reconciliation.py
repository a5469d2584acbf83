"""Section of the reconciliation: how the levels of one account and year that a report shows follow from each other."""

from typing import Literal

from dafeng.pathway.results.parts import Part


class Step(Part):
    """A level, or the change to the next one with its cause, Mt CO2 (`inventory_all_gases` and `other_gases`: CO2e).

    Levels: `inventory_all_gases`, `inventory` (CO2), `start` (the model's central case), `median` and `mean` of the samples.
    Changes: `other_gases` (not CO2), `combustion`, `process` (carried where the inventory has none), `import` (generation
    that the inventory does not list), `sampling` (median less central case), `skew` (mean less median). Of a year to come:
    level `central` (all inputs at their central values), changes `sampling` and `model_error` (the model's own error and what
    independent readings taught of it).
    """

    id: str
    kind: Literal["level", "change"]
    value: float


class Reconciliation(Part):
    """The levels of `account` in `year` in their order; each level is the one before it plus the changes between them."""

    account: str
    year: int
    scenario: str | None = None
    """Scenario of a year to come; none where all scenarios agree."""
    steps: list[Step]
