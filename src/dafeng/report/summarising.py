"""Assembly of the summary from the sections of the model: one row per fact, nothing computed twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dafeng.assessment import Together, Verdict, together
from dafeng.case import IMPLAUSIBLE
from dafeng.evidence import Finding, Source
from dafeng.pathway import Projection
from dafeng.pathway.results import Observed
from dafeng.report import summary as parts
from dafeng.report.assessed import Assessed
from dafeng.report.contents.duties import department_duties
from dafeng.report.withholding import unjudged, without_chances, without_odds


@dataclass(frozen=True, slots=True)
class Background:
    """Context of the model's results: inventory, outside estimates, new units, sources."""

    branches: Sequence[parts.BranchEmissions] = ()
    references: Sequence[parts.Reference] = ()
    downscaled: Sequence[Observed] = ()
    new_units: Sequence[parts.PowerUnit] = ()
    findings: Sequence[Finding] = ()
    sources: Sequence[Source] = ()
    own: parts.OwnData | None = None
    ratios: Sequence[parts.Ratio] = ()
    leads: Mapping[str, Sequence[str]] = field(default_factory=dict)
    assessment: Assessed | None = None


def summarise(
    place: parts.Place,
    projection: Projection,
    verdicts: Sequence[Verdict],
    background: Background,
) -> parts.Summary:
    """Return the summary of one run.

    Findings of the case and of the model appear once each, contradictions first. Probabilities are left out where too
    few of the data are the place's own.

    Parameters
    ----------
    place
        Place of the run.
    projection
        Projection of the case.
    verdicts
        Verdicts on the targets.
    background
        Inventory, sources and findings.

    Returns
    -------
    Summary that every face reads.
    """
    targets, assessed = [_target(verdict) for verdict in verdicts], background.assessment
    results, joint = projection.results, together([verdict.target for verdict in verdicts], projection)
    if background.own is not None and background.own.withheld:
        targets, results, joint = unjudged(targets), without_chances(results), None
        assessed = without_odds(assessed)
    return parts.Summary(
        place=place,
        own_data=background.own,
        ratios=list(background.ratios),
        duties=department_duties(results.attribution, background.leads),
        **dict(results),
        branches=list(background.branches),
        downscaled=list(background.downscaled),
        references=list(background.references),
        target_count=parts.count_targets(targets),
        targets=targets,
        joint_targets=_joint(joint),
        assessment=assessed,
        new_units=list(background.new_units),
        findings=_findings([*background.findings, *projection.findings]),
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
        # figures that cannot well be come first: all others rest on them
        for finding in sorted(once, key=lambda finding: (not finding.code.startswith(IMPLAUSIBLE), order[finding.severity.value]))
    ]  # fmt: skip
