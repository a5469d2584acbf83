"""Annual emission model: peak year of a city, its probability, and attribution of reductions to measures.

Every scenario is a point in the cube of measures, and one vectorised function evaluates them all. Functions
on plain arrays are available separately: peaks, LMDI decomposition, Shapley shares, stock turnover,
abatement cost curves and sensitivity.

>>> from dafeng.pathway import lmdi, peak, shapley
>>> peak([2028, 2029, 2030], [[1.0, 3.0, 2.0], [1.0, 2.0, 3.0]]).year
array([2029.,   nan])
>>> lmdi([[2.0], [3.0]], [[4.0], [1.5]]).sum()
np.float64(0.0)
>>> shapley(lambda rows, draw: rows[:, 0] * rows[:, 1], 2).value
array([0.5, 0.5])
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.pathway import results
    from dafeng.pathway.analysis.compare import Point, compare
    from dafeng.pathway.analysis.costs import Costs, MeasureCost, cost_curve, cost_limits, measure_costs
    from dafeng.pathway.analysis.coupling import couple, coupling_findings
    from dafeng.pathway.analysis.delivery_levels import delivery_levels, delivery_needed
    from dafeng.pathway.analysis.drivers_of_change import (
        Drivers,
        decompose,
        decompose_past,
        decompose_sectors,
    )
    from dafeng.pathway.analysis.electricity_rooms import electricity_findings, electricity_rooms
    from dafeng.pathway.analysis.feasibility import (
        Gap,
        LeastDelivery,
        gaps,
        least_delivery,
        peak_probability,
    )
    from dafeng.pathway.analysis.indicators import indicator_names, quantity_unit, quantity_units
    from dafeng.pathway.analysis.joint_feasibility import Given, Relaxation, Requirement, relax
    from dafeng.pathway.analysis.learning import (
        Calibration,
        Outlook,
        Score,
        calibration,
        one_sided,
        outlook,
        score,
    )
    from dafeng.pathway.analysis.missing_targets import MissingTarget, MissingTargets, missing_targets
    from dafeng.pathway.analysis.observations import readings_of
    from dafeng.pathway.analysis.observed_trend import History, history
    from dafeng.pathway.analysis.provenance import Origin, explain, made_of
    from dafeng.pathway.analysis.sobol_of_case import sobol_of
    from dafeng.pathway.compile.compile import check_tables
    from dafeng.pathway.compile.county_shares import Places, places
    from dafeng.pathway.compile.delivery_uncertainty import delivery_draws, expected_delivery
    from dafeng.pathway.compile.scenarios import Scenario, scenario, settings_label
    from dafeng.pathway.drafting.agreement import (
        GrowthCoverage,
        SplitHalves,
        agreement,
        growth_coverage,
        split_halves,
    )
    from dafeng.pathway.drafting.many_places import CHECKED_YEARS, draft_many, province_sums, write_many
    from dafeng.pathway.drafting.model_draft import (
        ModelDraft,
        adopt_plan,
        draft_model,
        is_drafted_model,
        redraft_model,
        release_own_cells,
    )
    from dafeng.pathway.drafting.ranking import ranked
    from dafeng.pathway.engine.base import SECTORS, SEGMENTS, Base
    from dafeng.pathway.engine.evaluate import ACCOUNTS, ROWS, Result, evaluate
    from dafeng.pathway.engine.model import Model, ParameterKind, draw, parameter_kinds
    from dafeng.pathway.engine.parameter_page import parameter_page
    from dafeng.pathway.engine.readings import Reading
    from dafeng.pathway.engine.registry import Process, process, registered
    from dafeng.pathway.engine.turnover import survival_of, vintage_weights
    from dafeng.pathway.forecast.bridge import Step, bridge
    from dafeng.pathway.forecast.bridge import setting as bridge_setting
    from dafeng.pathway.forecast.discrepancy import Discrepancy, discrepancy
    from dafeng.pathway.forecast.ensemble import ensemble_of
    from dafeng.pathway.forecast.export_credit import CreditReading, export_credit
    from dafeng.pathway.forecast.growth_band import growth_findings
    from dafeng.pathway.forecast.hindcast import Disagreement, Hindcast, disagreement, hindcast
    from dafeng.pathway.forecast.settings import LEVEL_YEAR
    from dafeng.pathway.forecast.stress import stress
    from dafeng.pathway.forecast.weighting import (
        Learned,
        effective_sample_size,
        importance_weights,
        learn,
    )
    from dafeng.pathway.iamc import iamc_rows, result_rows, write_iamc
    from dafeng.pathway.methods.abatement import (
        Abatement,
        CostCurve,
        CurveMethod,
        abatement_cost_curve,
        annuity,
    )
    from dafeng.pathway.methods.forecast_scores import crps
    from dafeng.pathway.methods.lmdi import lmdi, logarithmic_mean
    from dafeng.pathway.methods.peaks import (
        ObservedPeak,
        Peak,
        PeakStatus,
        Trend,
        mann_kendall,
        observed_peak,
        peak,
    )
    from dafeng.pathway.methods.sampling import correlated, probability, standard_deviate, unit_points
    from dafeng.pathway.methods.sensitivity import (
        SobolIndices,
        additive_indices,
        sobol_indices,
    )
    from dafeng.pathway.methods.shapley import Shapley, shapley
    from dafeng.pathway.methods.stock_turnover import (
        Stock,
        stock_turnover,
        weibull_survival,
    )
    from dafeng.pathway.results.bands import CARRIED_ON, EXPECTED, PLAN, QUANTILES, Band, Indicator
    from dafeng.pathway.results.projection import Projection, Results
    from dafeng.pathway.run_case import compile_model, run
    from dafeng.pathway.terms import Terms
    from dafeng.pathway.what_if import Change, Lever, WhatIf

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "ACCOUNTS",
    "CARRIED_ON",
    "CHECKED_YEARS",
    "EXPECTED",
    "LEVEL_YEAR",
    "PLAN",
    "QUANTILES",
    "ROWS",
    "SECTORS",
    "SEGMENTS",
    "Abatement",
    "Band",
    "Base",
    "Calibration",
    "Change",
    "CostCurve",
    "Costs",
    "CreditReading",
    "CurveMethod",
    "Disagreement",
    "Discrepancy",
    "Drivers",
    "Gap",
    "Given",
    "GrowthCoverage",
    "Hindcast",
    "History",
    "Indicator",
    "Learned",
    "LeastDelivery",
    "Lever",
    "MeasureCost",
    "MissingTarget",
    "MissingTargets",
    "Model",
    "ModelDraft",
    "ObservedPeak",
    "Origin",
    "Outlook",
    "ParameterKind",
    "Peak",
    "PeakStatus",
    "Places",
    "Point",
    "Process",
    "Projection",
    "Reading",
    "Relaxation",
    "Requirement",
    "Result",
    "Results",
    "Scenario",
    "Score",
    "Shapley",
    "SobolIndices",
    "SplitHalves",
    "Step",
    "Stock",
    "Terms",
    "Trend",
    "WhatIf",
    "abatement_cost_curve",
    "additive_indices",
    "adopt_plan",
    "agreement",
    "annuity",
    "bridge",
    "bridge_setting",
    "calibration",
    "check_tables",
    "compare",
    "compile_model",
    "correlated",
    "cost_curve",
    "cost_limits",
    "couple",
    "coupling_findings",
    "crps",
    "decompose",
    "decompose_past",
    "decompose_sectors",
    "delivery_draws",
    "delivery_levels",
    "delivery_needed",
    "disagreement",
    "discrepancy",
    "draft_many",
    "draft_model",
    "draw",
    "effective_sample_size",
    "electricity_findings",
    "electricity_rooms",
    "ensemble_of",
    "evaluate",
    "expected_delivery",
    "explain",
    "export_credit",
    "gaps",
    "growth_coverage",
    "growth_findings",
    "hindcast",
    "history",
    "iamc_rows",
    "importance_weights",
    "indicator_names",
    "is_drafted_model",
    "learn",
    "least_delivery",
    "lmdi",
    "logarithmic_mean",
    "made_of",
    "mann_kendall",
    "measure_costs",
    "missing_targets",
    "observed_peak",
    "one_sided",
    "outlook",
    "parameter_kinds",
    "parameter_page",
    "peak",
    "peak_probability",
    "places",
    "probability",
    "process",
    "province_sums",
    "quantity_unit",
    "quantity_units",
    "ranked",
    "readings_of",
    "redraft_model",
    "registered",
    "relax",
    "release_own_cells",
    "result_rows",
    "results",
    "run",
    "scenario",
    "score",
    "settings_label",
    "shapley",
    "sobol_indices",
    "sobol_of",
    "split_halves",
    "standard_deviate",
    "stock_turnover",
    "stress",
    "survival_of",
    "unit_points",
    "vintage_weights",
    "weibull_survival",
    "write_iamc",
    "write_many",
]
