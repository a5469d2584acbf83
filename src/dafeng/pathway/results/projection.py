"""The answer of the annual model: its sections, and the samples that targets are judged on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from dafeng.evidence import Finding
from dafeng.pathway.results.bands import Indicator
from dafeng.pathway.results.causes import Causes
from dafeng.pathway.results.costs import CostCurve
from dafeng.pathway.results.emissions import Observed, PowerTrack, SectorTrack, Track
from dafeng.pathway.results.inputs import DataRequest, Influence, Tornado
from dafeng.pathway.results.parts import Part, Range
from dafeng.pathway.results.peaks import DeliveryLevel, PathFall, Peak, PolicyAim, Stress
from dafeng.pathway.results.reconciliation import Reconciliation
from dafeng.pathway.results.shares import Attribution, Unquantified, Wedge


class Results(Part):
    """The sections of a run; a new quantity is a field here, whose name is its key in `summary.json`.

    Rows of `sectors` add up to the mean of their track: `import` is the net electricity import times the grid factor and
    is absent in account B, `process` is absent in account A. Rows that are zero throughout are left out.
    """

    base: dict[str, Range] = Field(description="account → base-year emissions, Mt CO2")
    observed: list[Observed]
    tracks: list[Track]
    sectors: list[SectorTrack]
    peaks: list[Peak]
    attribution: Attribution | None
    wedge_years: list[int]
    wedges: list[Wedge]
    unquantified: list[Unquantified]
    electricity: list[PowerTrack]
    mean_delivery: float | None = Field(description="mean degree of delivery in the scenario plan-expected")
    effective_samples: float | None = Field(
        default=None,
        description="independent samples that the observations since the base year leave; null: none was learned from",
    )
    delivery_levels: list[DeliveryLevel]
    delivery_needed: float | None = Field(
        description="uniform delivery from which on P(<= 2029) >= 90 %; null: none"
    )
    influences: list[Influence] = Field(description="shares of the variance of the level in 2030, whole plan")
    timing_influences: list[Influence] = Field(
        description="shares of the variance of the change from as_of to 2030"
    )
    causes: Causes | None = None
    tornado: Tornado | None = None
    cost_curve: CostCurve | None = None
    data_requests: list[DataRequest]
    reconciliation: list[Reconciliation] = Field(
        default=[],
        description="levels of one account and year that the report shows, and the changes between them",
    )
    policy: list[PolicyAim] = Field(default_factory=list, description="aims of policy beside the scenarios")
    plausibility: list[PathFall] = Field(
        default_factory=list, description="falls per GDP of each path and baseline beside what provinces did"
    )
    stress: list[Stress] = Field(default_factory=list, description="the chance under single changes")

    def peak_of(self, scenario: str, account: str) -> Peak:
        """Return the peak of `account` in `scenario`. Raises: KeyError."""
        for item in self.peaks:
            if (item.scenario, item.account) == (scenario, account):
                return item
        raise KeyError((scenario, account))

    def track(self, scenario: str, account: str) -> Track:
        """Return the track of `account` in `scenario`. Raises: KeyError where the run has no such track."""
        for item in self.tracks:
            if (item.scenario, item.account) == (scenario, account):
                return item
        raise KeyError((scenario, account))


@dataclass(frozen=True, slots=True)
class Projection:
    """Everything that assessment and report need from the annual model.

    - `results` are its sections, in the units that people read.
    - `years` [year] are the model years; `indicators` by id are the samples that targets are judged on.
    - `peaked[scenario][sample]`: whether the headline account peaks in 2029 or before.
    - `inputs` are the hashes of the case's files.
    """

    case: str
    release: str
    seed: int
    samples: int
    base_year: int
    as_of: int
    horizon: int
    headline_account: str
    scenarios: tuple[str, ...]
    accounts: tuple[str, ...]
    years: NDArray[np.int64]
    results: Results
    indicators: Mapping[str, Indicator]
    findings: tuple[Finding, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    peaked: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
