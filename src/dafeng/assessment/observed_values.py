"""Observations of one place.

Of two sources for one indicator and year the better grade counts, and both are named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dafeng.assessment.rules import comparable
from dafeng.assessment.verdicts import Observation
from dafeng.assessment.wording import amount
from dafeng.evidence import Finding, Severity
from dafeng.units import convert

SAME = 1e-6
"""Relative difference up to which two sources agree."""
_UNGRADED = "F"


@dataclass(frozen=True, slots=True)
class Picked:
    """Selected observation; None with `tied` where sources of one grade contradict each other."""

    observation: Observation | None
    findings: tuple[Finding, ...] = ()
    tied: tuple[Observation, ...] = ()


class ObservedValues:
    """Observations by indicator and year."""

    def __init__(self, observations: Iterable[Observation]) -> None:
        self._by_place: dict[tuple[str, int], list[Observation]] = {}
        for one in observations:
            self._by_place.setdefault((one.indicator, one.year), []).append(one)

    def pick(self, indicators: Sequence[str], year: int) -> Picked:
        """Return the observation of `year` under any of `indicators`."""
        found = [one for indicator in indicators for one in self._by_place.get((indicator, year), ())]
        if not found:
            return Picked(None)
        ranked = sorted(found, key=lambda one: one.grade or _UNGRADED)
        best = ranked[0]
        rivals = [one for one in ranked[1:] if not _agree(best, one)]
        if not rivals:
            return Picked(best)
        tied = tuple(one for one in rivals if (one.grade or _UNGRADED) == (best.grade or _UNGRADED))
        findings = tuple(_contradiction(best, one, bool(tied)) for one in rivals)
        return Picked(None, findings, (best, *tied)) if tied else Picked(best, findings)

    def latest(self, indicators: Sequence[str], until: int, since: int = 0) -> int | None:
        """Return the last year up to `until`, from `since` on, with an observation."""
        years = [year for name, year in self._by_place if name in indicators and since <= year <= until]
        return max(years, default=None)

    def earliest(self, indicators: Sequence[str]) -> int | None:
        """Return the first year with an observation."""
        return min((year for name, year in self._by_place if name in indicators), default=None)


def _agree(first: Observation, second: Observation) -> bool:
    if not comparable(first.unit, second.unit):
        return False
    other = float(convert(second.value, second.unit, first.unit))
    return abs(first.value - other) <= SAME * max(abs(first.value), abs(other), 1e-12)


def _contradiction(best: Observation, other: Observation, tied: bool) -> Finding:
    def shown(one: Observation) -> str:
        return f"{amount(one.value, one.unit)} ({one.source or '—'}, {one.grade or '—'})"

    kept_zh = "等级相同,不作判定" if tied else f"取等级较好的{best.source}"
    kept_en = "of one grade, so neither is taken" if tied else f"the better grade, {best.source}, is taken"
    return Finding(
        "two-sources", Severity.CONFLICT, f"observations:{best.indicator}:{best.year}",
        f"{best.indicator} {best.year}年有两个来源:{shown(best)}与{shown(other)};{kept_zh}。",
        f"Two sources for {best.indicator} in {best.year}: {shown(best)} and {shown(other)}; {kept_en}.",
        tuple(one.source for one in (best, other) if one.source),
    )  # fmt: skip
