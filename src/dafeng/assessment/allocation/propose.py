"""Allocation proposals by every method that the data allow, each part with its reason in a sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.allocation.apportion import apportion
from dafeng.assessment.allocation.methods import METHODS, Parts, Settings
from dafeng.assessment.wording import amount, both
from dafeng.evidence import DafengError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """Allocation of one method to one part.

    `amount` in the unit of the total, its change against the base, the fall per GDP
    (NaN without GDP), the bound that binds (floor, ceiling or ""), and the sentence."""

    part: str
    amount: float
    share: float
    change: float
    gdp_fall: float
    bound: str
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Allocation by one method: its lines, and the reserve that it leaves with the city.

    Lines and reserve add up to the total.
    """

    method: str
    zh: str
    en: str
    lines: tuple[Line, ...]
    reserve: float


@dataclass(frozen=True, slots=True)
class Cascade:
    """Set of all proposals for one total; `unusable` names each other method with the reason."""

    total: float
    unit: str
    proposals: tuple[Proposal, ...]
    unusable: Mapping[str, str] = field(default_factory=dict)


def propose(
    total: float,
    parts: Parts,
    unit: str,
    methods: Iterable[str] = tuple(METHODS),
    settings: Settings | None = None,
    bounds: tuple[FloatArray, FloatArray] | None = None,
    names: Mapping[str, str] | None = None,
    decimals: int = 0,
) -> Cascade:
    """Allocate `total` by each of `methods`.

    Parameters
    ----------
    total : float
        Amount to allocate, in `unit`.
    parts : Parts
        The counties, sectors or units.
    methods : iterable of str
        Keys of `METHODS`. A method whose data are missing is listed in `unusable`; bounds that cannot be
        kept, or an unknown method, are an error.
    settings : Settings, optional
    bounds : tuple of array [part], optional
        Floors and ceilings; NaN where there is none.
    names : mapping, optional
        Part → name for people.
    decimals : int
        Decimals to which amounts are rounded; the sum is exact at this unit.

    Returns
    -------
    Cascade

    Raises
    ------
    DafengError
        For an unknown method, a total that is not positive, and bounds that no amounts can keep.
    """
    chosen = settings or Settings()
    if not np.isfinite(total) or total <= 0:
        raise DafengError.at("cascade:total", f"{total:g}", "an amount above 0")
    low, high = _bounds(bounds, len(parts.ids))
    proposals: list[Proposal] = []
    unusable: dict[str, str] = {}
    for method in methods:
        if method not in METHODS:
            raise DafengError.at("cascade:method", method, f"one of {', '.join(METHODS)}")
        try:
            raw = METHODS[method](np.array([total]), parts, chosen)[0]
        except DafengError as error:
            unusable[method] = "; ".join(str(problem) for problem in error.problems)
            continue
        # 1e-12: shares of a total that add up to it but for rounding leave no reserve
        handed = total if raw.sum() >= total * (1 - 1e-12) else float(raw.sum())
        whole = np.floor(handed * 10**decimals + 1e-6) / 10**decimals
        amounts = apportion(whole, np.maximum(raw, 0.0), low, high, decimals)
        title = both(f"cascade_{method}")
        lines = _lines(method, amounts, raw, parts, unit, names or {}, total, (low, high))
        reserve = round(round(total, decimals) - float(amounts.sum()), decimals)
        proposals.append(Proposal(method, title.zh, title.en, lines, reserve))
    return Cascade(total, unit, tuple(proposals), unusable)


def _bounds(bounds: tuple[FloatArray, FloatArray] | None, size: int) -> tuple[FloatArray, FloatArray]:
    if bounds is None:
        return np.zeros(size), np.full(size, np.inf)
    low, high = bounds
    return np.where(np.isfinite(low), low, 0.0), np.where(np.isnan(high), np.inf, high)


def _lines(
    method: str,
    amounts: FloatArray,
    raw: FloatArray,
    parts: Parts,
    unit: str,
    names: Mapping[str, str],
    total: float,
    bounds: tuple[FloatArray, FloatArray],
) -> tuple[Line, ...]:
    lines: list[Line] = []
    for number, part in enumerate(parts.ids):
        given, base = float(amounts[number]), float(parts.base[number])
        change = given / base - 1.0 if base > 0 else float("nan")
        growth = float(parts.gdp_target[number] / parts.gdp[number])
        fall = 1.0 - (1.0 + change) / growth if np.isfinite(growth) and growth > 0 else float("nan")
        wished = float(raw[number])
        bound = "floor" if wished < bounds[0][number] else "ceiling" if wished > bounds[1][number] else ""
        why = both(
            f"cascade_{method}_why", name=names.get(part, part), amount=amount(given, unit), base=amount(round(base, 6), unit),
            change=f"{change:+.1%}" if np.isfinite(change) else "NE", share=f"{given / total:.1%}",
        )  # fmt: skip
        if bound:
            why += both(f"cascade_{bound}")
        lines.append(Line(part, given, given / total, change, fall, bound, why.zh, why.en))
    return tuple(lines)
