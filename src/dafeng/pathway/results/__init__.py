"""The sections of a result: each quantity of a run is one model here, in the units that people read.

`Results` has them all; `report.Summary` adds what inventory and assessment know. Page, terminal and workbook show a
section by its registered renderer.
"""

from dafeng.pathway.results.bands import CARRIED_ON, EXPECTED, PLAN, QUANTILES, Band, Indicator
from dafeng.pathway.results.causes import Cause, Causes
from dafeng.pathway.results.costs import CostCurve, CostedMeasure
from dafeng.pathway.results.emissions import Observed, PowerTrack, SectorTrack, Track
from dafeng.pathway.results.inputs import DataRequest, Influence, Swing, Tornado
from dafeng.pathway.results.parts import (
    MWH_PER_TWH,
    T_PER_MT,
    Estimate,
    Part,
    Range,
    finite_or_none,
    series,
)
from dafeng.pathway.results.peaks import ChanceParts, DeliveryLevel, Peak, PolicyAim, Stress, YearShare
from dafeng.pathway.results.projection import Projection, Results
from dafeng.pathway.results.reconciliation import Reconciliation, Step
from dafeng.pathway.results.shares import Attribution, Contribution, Unquantified, Wedge

__all__ = [
    "CARRIED_ON",
    "EXPECTED",
    "MWH_PER_TWH",
    "PLAN",
    "QUANTILES",
    "T_PER_MT",
    "Attribution",
    "Band",
    "Cause",
    "Causes",
    "ChanceParts",
    "Contribution",
    "CostCurve",
    "CostedMeasure",
    "DataRequest",
    "DeliveryLevel",
    "Estimate",
    "Indicator",
    "Influence",
    "Observed",
    "Part",
    "Peak",
    "PolicyAim",
    "PowerTrack",
    "Projection",
    "Range",
    "Reconciliation",
    "Results",
    "SectorTrack",
    "Step",
    "Stress",
    "Swing",
    "Tornado",
    "Track",
    "Unquantified",
    "Wedge",
    "YearShare",
    "finite_or_none",
    "series",
]
