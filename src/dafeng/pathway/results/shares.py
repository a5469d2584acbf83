"""Sections of the reduction: what measures, tasks, departments and counties take of it, and what is not quantified."""

from pydantic import Field

from dafeng.pathway.results.parts import Estimate, Part


class Wedge(Part):
    """What one task takes off the headline account, Mt CO2 by year of `wedge_years`."""

    task: str
    title: str
    values: list[float]


class Contribution(Part):
    """Shapley share of a measure, task or department, Mt CO2, with its standard error.

    For a measure `tasks` has its one task; for a task `departments` has those jointly responsible (equal shares).
    `first_in` is what a measure (or task, all its measures together) takes off alone, `last_in` what is lost when it
    alone is missing from the plan, both over fewer draws than the share; null for departments and counties.
    """

    id: str
    name_zh: str
    name_en: str
    reduction: float
    standard_error: float
    tasks: list[str] = Field(default=[])
    departments: list[str] = Field(default=[])
    grade: str = ""
    basis: str = ""
    first_in: float | None = None
    last_in: float | None = None


class Attribution(Part):
    """Share the reduction out to measures, tasks and departments; the measures add up to `total`."""

    account: str
    quantity: str
    total: Estimate
    permutations: int
    measures: list[Contribution]
    tasks: list[Contribution]
    departments: list[Contribution]
    counties: list[Contribution] = Field(default=[])


class Unquantified(Part):
    """A measure without a figure for its effect, and why."""

    id: str
    task: str
    name_zh: str
    name_en: str
    reason: str
