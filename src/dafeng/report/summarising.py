"""From the model's answer to the summary: units for people, one row per fact, nothing computed twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment import Together, Verdict, together
from dafeng.evidence import Finding, Source
from dafeng.pathway import PLAN, Band, Influence, PeakStatistics, Probability, Projection, Share
from dafeng.pathway import Attribution as ModelAttribution
from dafeng.report import summary as parts

T_PER_MT = 1e6
MWH_PER_TWH = 1e6
LOW, LOWER_QUARTILE, MEDIAN, UPPER_QUARTILE, HIGH = range(5)
"""Rows of `Band.quantiles`."""


@dataclass(frozen=True, slots=True)
class Background:
    """What stands beside the model's answer: the inventory, outside estimates, the plan's titles, the sources."""

    branches: Sequence[parts.BranchEmissions] = ()
    references: Sequence[parts.Reference] = ()
    downscaled: Sequence[parts.Observed] = ()
    task_titles: Mapping[str, str] = field(default_factory=dict)
    new_units: Sequence[parts.PowerUnit] = ()
    findings: Sequence[Finding] = ()
    sources: Sequence[Source] = ()


def summarise(
    place: parts.Place,
    projection: Projection,
    verdicts: Sequence[Verdict],
    background: Background,
) -> parts.Summary:
    """The summary of one run.

    Findings of the case and of the model are told once each, contradictions first. Sectors and kinds of
    electricity that are zero throughout are left out.
    """
    targets = [_target(verdict) for verdict in verdicts]
    years = [int(year) for year in projection.years]
    observed = {
        account: [float(value) for value in series / T_PER_MT]
        for account, series in projection.observed.items()
    }
    return parts.Summary(
        place=place,
        base={account: _range(values) for account, values in projection.base.items()},
        branches=list(background.branches),
        observed=[
            parts.Observed(account=account, years=[int(year) for year in projection.observed_years], values=values)
            for account, values in observed.items()
        ],
        downscaled=list(background.downscaled),
        references=list(background.references),
        tracks=[_track(scenario, account, years, band) for (scenario, account), band in projection.totals.items()],
        sectors=_sectors(projection),
        peaks=[_peak(statistics) for statistics in projection.peaks.values()],
        attribution=_attribution(projection.attribution),
        wedge_years=[int(year) for year in projection.wedge_years],
        wedges=[
            parts.Wedge(task=task, title=background.task_titles.get(task, ""), values=_mt(row))
            for task, row in zip(projection.wedge_tasks, projection.wedges, strict=True)
        ],
        unquantified=[
            parts.Unquantified(id=note.id, task=note.task, name_zh=note.name_zh, name_en=note.name_en, reason=note.reason)
            for note in projection.unquantified
        ],
        target_count=parts.count_targets(targets),
        targets=targets,
        joint_targets=_joint(together([verdict.target for verdict in verdicts], projection)),
        electricity=_electricity(projection),
        new_units=list(background.new_units),
        findings=_findings([*background.findings, *projection.findings]),
        mean_delivery=_known(projection.mean_delivery),
        delivery_levels=[
            parts.DeliveryLevel(delivery=level.delivery, before_2030=_estimate(level.before_2030))
            for level in projection.delivery_levels
        ],
        delivery_needed=_known(projection.delivery_needed),
        influences=[_influence(row) for row in projection.influences],
        timing_influences=[_influence(row) for row in projection.timing_influences],
        causes=_causes(projection),
        tornado=_tornado(projection),
        cost_curve=_cost_curve(projection),
        data_requests=[
            parts.DataRequest(
                title_zh=row.title_zh, title_en=row.title_en, holder_zh=row.holder_zh, holder_en=row.holder_en,
                parameters=list(row.parameters), share=row.share, level_share=row.level_share,
            )
            for row in projection.data_requests
        ],
        sources=[
            parts.SourceNote(
                id=source.id, citation=source.citation, licence=source.licence, terms=source.terms, url=source.url
            )
            for source in sorted(background.sources, key=lambda source: source.id)
        ],
    )  # fmt: skip


def _joint(found: Together | None) -> parts.JointTargets | None:
    if found is None:
        return None
    names = [f"{target.locator} {target.indicator} {target.year}" for target in found.targets]
    return parts.JointTargets(targets=names, chances=dict(found.chances))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _influence(row: Influence) -> parts.Influence:
    return parts.Influence(
        parameter=row.parameter, name_zh=row.name_zh, name_en=row.name_en, share=row.share, grade=row.grade,
        source=row.source, year=row.year,
    )  # fmt: skip


def _mt(tonnes: NDArray[np.float64]) -> list[float]:
    return [float(value) for value in np.asarray(tonnes) / T_PER_MT]


def _range(values: tuple[float, float, float]) -> parts.Range:
    low, median, high = (value / T_PER_MT for value in values)
    return parts.Range(low=low, median=median, high=high)


def _track(scenario: str, account: str, years: list[int], band: Band) -> parts.Track:
    rows = [_mt(row) for row in band.quantiles]
    return parts.Track(
        scenario=scenario, account=account, years=years, low=rows[LOW], lower_quartile=rows[LOWER_QUARTILE],
        median=rows[MEDIAN], upper_quartile=rows[UPPER_QUARTILE], high=rows[HIGH], mean=_mt(band.mean),
    )  # fmt: skip


def _estimate(probability: Probability) -> parts.Estimate:
    return parts.Estimate(value=probability.value, standard_error=probability.standard_error)


def _peak(peak: PeakStatistics) -> parts.Peak:
    inside = all(np.isfinite(peak.year))
    low, median, high = peak.year
    return parts.Peak(
        scenario=peak.scenario, account=peak.account,
        year=parts.Range(low=low, median=median, high=high) if inside else None,
        level=_range(peak.level_t) if all(np.isfinite(peak.level_t)) else None,
        before_2030=_estimate(peak.before_2030), by_2030=_estimate(peak.by_2030),
        already_past=peak.already_past, not_within_horizon=peak.not_within_horizon,
        plateau_years=float(peak.plateau_years) if np.isfinite(peak.plateau_years) else None,
        distribution=[
            parts.YearShare(year=int(year), share=float(share)) for year, share in sorted(peak.year_shares.items())
        ],
    )  # fmt: skip


def _sectors(projection: Projection) -> list[parts.SectorTrack]:
    return [
        parts.SectorTrack(scenario=scenario, account=account, sector=sector, values=_mt(row))
        for (scenario, account), matrix in projection.by_sector.items()
        for sector, row in zip(projection.sectors, matrix, strict=True)
        if np.any(row)
    ]


def _electricity(projection: Projection) -> list[parts.PowerTrack]:
    return [
        parts.PowerTrack(
            scenario=scenario, kind=kind, values=[float(value) for value in np.asarray(series) / MWH_PER_TWH]
        )
        for scenario, kinds in projection.electricity.items()
        for kind, series in kinds.items()
        if np.any(series)
    ]  # fmt: skip


def _attribution(attribution: ModelAttribution) -> parts.Attribution | None:
    if not attribution.measures:
        return None
    return parts.Attribution(
        account=attribution.account, quantity=attribution.quantity, permutations=attribution.permutations,
        total=parts.Estimate(
            value=attribution.total_t / T_PER_MT, standard_error=attribution.total_standard_error_t / T_PER_MT
        ),
        measures=_contributions(attribution.measures), tasks=_contributions(attribution.tasks),
        departments=_contributions(attribution.departments), counties=_contributions(attribution.counties),
    )  # fmt: skip


def _contributions(shares: Sequence[Share]) -> list[parts.Contribution]:
    ranked = sorted(shares, key=lambda share: (-share.reduction_t, share.id))
    return [
        parts.Contribution(
            id=share.id, name_zh=share.name_zh, name_en=share.name_en, reduction=share.reduction_t / T_PER_MT,
            standard_error=share.standard_error_t / T_PER_MT, tasks=list(share.tasks),
            departments=list(share.departments), grade=share.grade, basis=share.basis,
            first_in=_known(share.first_in_t / T_PER_MT), last_in=_known(share.last_in_t / T_PER_MT),
        )
        for share in ranked
    ]  # fmt: skip


def _causes(projection: Projection) -> parts.Causes | None:
    found = projection.causes
    if found is None:
        return None
    track = projection.totals[PLAN, found.account].mean
    start = float(track[int(np.flatnonzero(projection.years == found.start)[0])])
    return parts.Causes(
        scenario=PLAN, account=found.account, start=found.start, end=found.end, start_value=start / T_PER_MT,
        end_value=(start + found.change_t) / T_PER_MT,
        items=[
            parts.Cause(
                factor=factor, effect=effect / T_PER_MT, low=_known(found.low_t[factor] / T_PER_MT),
                high=_known(found.high_t[factor] / T_PER_MT),
            )
            for factor, effect in found.effect_t.items()
        ],
    )  # fmt: skip


def _tornado(projection: Projection) -> parts.Tornado | None:
    if not projection.origins:
        return None
    return parts.Tornado(
        account=projection.headline_account, year=projection.origins_year, centre=projection.origins_centre / T_PER_MT,
        swings=[
            parts.Swing(
                row=row.row, name_zh=row.name_zh, name_en=row.name_en, grade=row.grade, source=row.source,
                at_low=row.at_low / T_PER_MT, at_high=row.at_high / T_PER_MT,
            )
            for row in projection.origins
        ],
    )  # fmt: skip


def _cost_curve(projection: Projection) -> parts.CostCurve | None:
    costs, curve = projection.costs, projection.cost_curve
    if costs is None or curve is None:
        return None
    named = {share.id: share for share in projection.attribution.measures}
    known = {cost.id: cost for cost in costs.measures}
    columns = (curve.order, curve.marginal_cost, curve.reduction_t, curve.cost)
    investment: dict[int, float] = {}
    for cost in costs.measures:
        for year, amount in cost.investment.items():
            investment[year] = investment.get(year, 0.0) + amount
    return parts.CostCurve(
        method=costs.method, account=projection.headline_account, year=costs.year, discount_rate=costs.rate,
        measures=[
            parts.CostedMeasure(
                id=id_, name_zh=named[id_].name_zh, name_en=named[id_].name_en, marginal_cost=float(marginal),
                reduction=float(tonnes) / T_PER_MT, cost=float(cost), grade=known[id_].grade, sources=list(known[id_].sources),
            )
            for id_, marginal, tonnes, cost in zip(*columns, strict=True)
        ],
        left_out=len(curve.left_out), left_out_reduction=curve.left_out_t / T_PER_MT, investment=investment,
    )  # fmt: skip


def _target(verdict: Verdict) -> parts.TargetVerdict:
    target = verdict.target
    margin = verdict.margin or (None, None, None)
    return parts.TargetVerdict(
        locator=target.locator, indicator=target.indicator, comparator=target.comparator.value,
        sense=target.sense.value, target=target.value, target_high=target.value_high, unit=target.unit,
        year=target.year, modality=target.modality, stretch=target.stretch, departments=list(target.departments),
        status=verdict.status.value, basis=verdict.basis, value=verdict.value, low=verdict.low,
        high=verdict.high, probability=verdict.probability,
        margin=margin[0], margin_low=margin[1], margin_high=margin[2], why_zh=verdict.why_zh, why_en=verdict.why_en,
        source=verdict.source,
    )  # fmt: skip


def _findings(findings: Sequence[Finding]) -> list[parts.Issue]:
    order = {"conflict": 0, "warning": 1, "note": 2}
    once = list(dict.fromkeys(findings))
    return [
        parts.Issue(
            code=finding.code, severity=finding.severity.value, where=finding.where, zh=finding.zh, en=finding.en,
            sources=list(finding.sources),
        )
        for finding in sorted(once, key=lambda finding: order[finding.severity.value])
    ]  # fmt: skip
