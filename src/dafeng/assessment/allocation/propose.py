"""Allocation proposals by every method that the data allow, each part with its reason in a sentence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.assessment.allocation.apportion import apportion
from dafeng.assessment.allocation.methods import METHODS, Parts, Settings
from dafeng.assessment.wording import PUBLISHED_DECIMALS, amount, both
from dafeng.evidence import DafengError, Language, Text, catalogue, chinese

FloatArray = NDArray[np.float64]


class Line(NamedTuple):
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


@dataclass(frozen=True)
class Proposal:
    """Allocation by one method: amounts [part], and the reserve that it leaves with the city.

    Amounts and reserve add up to the total; `bounds` names the bound that binds each part. Lines with their
    sentences are written when they are asked for: of many targets and years few are printed.
    """

    method: str
    zh: str
    en: str
    amounts: FloatArray
    bounds: tuple[str, ...]
    reserve: float
    basis: "_Basis" = field(repr=False)
    total: float = field(repr=False)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Lines of the parts, in the order of the parts."""
        given, change = self.amounts, self.amounts / self.basis.base - 1.0
        fall = 1.0 - (1.0 + change) / self.basis.growth
        columns = (column.tolist() for column in (given, given / self.total, change, fall))
        rows = zip(self.basis.parts, *columns, self.bounds, self.reasons(Language.ZH), self.reasons(Language.EN), strict=True)  # fmt: skip
        return tuple(Line(*row) for row in rows)

    @cached_property
    def _shown(self) -> list[tuple[str, str, str, str, str]]:
        """Name, amount, base, change and share of each part as the sentences print them."""
        basis, given = self.basis, self.amounts.tolist()
        change = map("{:+.1%}".format, (self.amounts / basis.base - 1.0).tolist())
        shares = map("{:.1%}".format, (self.amounts / self.total).tolist())
        # the base of a part without an amount above 0 is NaN, and so is its change
        changes = ("NE" if one == "+nan%" else one for one in change)
        return list(zip(basis.names, basis.shown(given), basis.bases, changes, shares, strict=True))

    def reasons(self, language: Language) -> list[str]:
        """Return the sentence of each part in one language."""
        told, more = _sentences(self.method, language)
        return [
            told(name=name, amount=amount, base=base, change=change, share=share) + more[bound]
            for (name, amount, base, change, share), bound in zip(self._shown, self.bounds, strict=True)
        ]


@cache
def _sentences(method: str, language: Language) -> tuple[Callable[..., str], Mapping[str, str]]:
    """Return the sentence of a method, and the text that is added for each bound."""
    texts = catalogue("dafeng.assessment")
    # a sentence of a bound follows the first: after a space in English only
    space = "" if language is Language.ZH else " "
    more = {bound: space + texts.text(f"cascade_{bound}", language) for bound in ("floor", "ceiling")}
    return texts.template(f"cascade_{method}_why", language).format, {"": "", **more}


@dataclass(frozen=True, slots=True)
class _Basis:
    """What every proposal for the same parts shares: ids, names, bases (NaN where not above 0) and growth of GDP."""

    parts: tuple[str, ...]
    names: tuple[str, ...]
    base: FloatArray
    growth: FloatArray
    bases: tuple[str, ...]
    unit: str
    decimals: int

    @classmethod
    def of(cls, parts: Parts, names: Mapping[str, str], unit: str, decimals: int) -> "_Basis":
        growth = parts.gdp_target / parts.gdp
        return cls(
            parts.ids, tuple(names.get(part, part) for part in parts.ids), np.where(parts.base > 0, parts.base, np.nan),
            np.where(np.isfinite(growth) & (growth > 0), growth, np.nan),
            tuple(amount(round(float(base), 6), unit) for base in parts.base), unit, decimals,
        )  # fmt: skip

    def shown(self, values: Sequence[float]) -> list[str]:
        """Return amounts as `amount` does; those of few decimals are published as they are."""
        if self.decimals > PUBLISHED_DECIMALS or self.unit == "%":
            return [amount(value, self.unit) for value in values]
        unit = f" {self.unit}" if self.unit else ""
        return [f"{value:,.10g}{unit}" for value in values]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Set of all proposals for one total; `unusable` names each other method with the reason."""

    total: float
    unit: str
    proposals: tuple[Proposal, ...]
    unusable: Mapping[str, Text] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the proposals with their lines as plain data."""
        proposals = [
            {"method": one.method, "zh": one.zh, "en": one.en, "lines": [line._asdict() for line in one.lines], "reserve": one.reserve}
            for one in self.proposals
        ]  # fmt: skip
        return {"total": self.total, "unit": self.unit, "proposals": proposals, "unusable": dict(self.unusable)}  # fmt: skip


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
    [found] = propose_many([total], parts, unit, methods, settings, bounds, names, decimals)
    return found


def propose_many(
    totals: ArrayLike,
    parts: Parts,
    unit: str,
    methods: Iterable[str] = tuple(METHODS),
    settings: Settings | None = None,
    bounds: tuple[FloatArray, FloatArray] | None = None,
    names: Mapping[str, str] | None = None,
    decimals: int = 0,
) -> list[Cascade]:
    """Allocate each of many totals, as of years or targets, by each of `methods`, all at once.

    Parameters
    ----------
    totals : array [n]
        Amounts to allocate, in `unit`.
    parts, unit, methods, settings, bounds, names, decimals
        As in `propose`.

    Returns
    -------
    list of Cascade
        One for each total, in its order.

    Raises
    ------
    DafengError
        As `propose`.
    """
    amounts = np.atleast_1d(np.asarray(totals, dtype=np.float64))
    for total in amounts[~(np.isfinite(amounts) & (amounts > 0))]:
        raise DafengError.at("cascade:total", f"{total:g}", "an amount above 0")
    basis = _Basis.of(parts, names or {}, unit, decimals)
    proposals: list[list[Proposal]] = [[] for _ in amounts]
    unusable: list[dict[str, Text]] = [{} for _ in amounts]
    for method in methods:
        if method not in METHODS:
            raise DafengError.at("cascade:method", method, f"one of {', '.join(METHODS)}")
        rows, raw, refused = _raw(method, amounts, parts, settings or Settings())
        for row, why in refused.items():
            unusable[row][method] = why
        if rows:
            for row, one in zip(rows, _proposals(method, amounts[rows], raw, basis, bounds), strict=True):
                proposals[row].append(one)
    return [
        Cascade(total, unit, tuple(made), why)
        for total, made, why in zip(amounts.tolist(), proposals, unusable, strict=True)
    ]


def _raw(
    method: str, totals: FloatArray, parts: Parts, settings: Settings
) -> tuple[list[int], FloatArray, dict[int, Text]]:
    """Return the rows of the totals that a method can allocate, its amounts [row, part], and why it cannot the others."""
    try:
        return list(range(totals.size)), METHODS[method](totals, parts, settings), {}
    except DafengError as error:
        if totals.size == 1:
            return [], totals, {0: _why(error)}
    # of many totals a method may fail for some only, as where the potentials do not reach the reduction
    rows, found, refused = [], [], {}
    for row in range(totals.size):
        own, raw, why = _raw(method, totals[row : row + 1], parts, settings)
        if own:
            rows.append(row)
            found.append(raw[0])
        else:
            refused[row] = why[0]
    return rows, np.array(found), refused


def _why(error: DafengError) -> Text:
    zh = "；".join(chinese(problem.found) for problem in error.problems)
    return Text(zh, "; ".join(problem.as_dict()["found"] for problem in error.problems))


def _proposals(
    method: str,
    totals: FloatArray,
    raw: FloatArray,
    basis: _Basis,
    bounds: tuple[FloatArray, FloatArray] | None,
) -> Sequence[Proposal]:
    low, high = _bounds(bounds, len(basis.parts))
    decimals, title = basis.decimals, both(f"cascade_{method}")
    wished = raw.sum(axis=-1)
    # 1e-12: shares of a total that add up to it but for rounding leave no reserve
    handed = np.where(wished >= totals * (1 - 1e-12), totals, wished)
    whole = np.floor(handed * 10**decimals + 1e-6) / 10**decimals
    amounts = apportion(whole, np.maximum(raw, 0.0), low, high, decimals)
    binds = np.where(raw < low, "floor", np.where(raw > high, "ceiling", "")).tolist()
    return [
        Proposal(
            method, title.zh, title.en, given, tuple(bound),
            # + 0.0: no reserve is 0, not −0
            round(round(total, decimals) - float(given.sum()), decimals) + 0.0, basis, total,
        )
        for total, given, bound in zip(totals.tolist(), amounts, binds, strict=True)
    ]  # fmt: skip


def _bounds(bounds: tuple[FloatArray, FloatArray] | None, size: int) -> tuple[FloatArray, FloatArray]:
    if bounds is None:
        return np.zeros(size), np.full(size, np.inf)
    low, high = bounds
    return np.where(np.isfinite(low), low, 0.0), np.where(np.isnan(high), np.inf, high)
