"""Solver session of HiGHS: one build, repeated solves.

The solver object is kept: a sweep changes bounds only and starts from the last basis.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import TypeVar

import highspy
import linopy
import numpy as np
import pandas as pd
from linopy.io import to_highspy
from numpy.typing import NDArray

from dafeng.dispatch.formulation import Commitment, build
from dafeng.dispatch.formulation.global_limits import constraint_name
from dafeng.dispatch.formulation.rows import of_block
from dafeng.dispatch.scheduler import run
from dafeng.dispatch.system import System
from dafeng.evidence import DafengError

MIP_GAP = 1e-6
"""Relative gap at which an integer problem counts as solved by default."""

T = TypeVar("T")

_standard_output = Lock()

RAMPS = ("generators-ramp", "links-ramp", "generators-tight-up", "generators-tight-down")
"""First parts of the names of ramp constraints."""
LAZY_FROM = 20_000
LAZY_TOLERANCE = 1e-7
"""MW by which an open row may be exceeded: the feasibility tolerance of the solver is 1e-8 of its scale."""

FREE = 1e20
"""From here on HiGHS takes a bound for infinite."""


@dataclass(frozen=True)
class Raw:
    """Raw result of the solver: values [column], duals [row], and their quality."""

    status: str
    objective: float
    columns: NDArray[np.float64]
    rows: NDArray[np.float64]
    duality_gap: float
    mip_gap: float | None
    seconds_build: float
    seconds_solve: float


class Prepared:
    """Prepared problem inside HiGHS, ready to be solved again and again with other bounds."""

    def __init__(
        self,
        system: System,
        mode: Commitment = Commitment.RELAXED,
        *,
        threads: int | None = None,
        mip_gap: float = MIP_GAP,
        method: str = "simplex",
        extend: Callable[[linopy.Model], None] | None = None,
        lazy_from: int = LAZY_FROM,
    ) -> None:
        """Raises: DafengError from the formulation.

        Of a linear problem with `lazy_from` ramp rows or more, only those count that a solution would break: they
        are open at first and closed where it does, until it breaks none.
        `extend` adds constraints that the vocabulary has no table for.
        `threads` limits the threads of HiGHS, whose pool is one for the process (`scheduler`).
        """
        started = perf_counter()
        self.system = system
        self.mode = mode
        self.model: linopy.Model = build(system, mode)
        if extend is not None:
            extend(self.model)
        self.highs: highspy.Highs = _quietly(lambda: to_highspy(self.model, set_names=False))
        self.threads = threads
        self._options(mip_gap, method)
        # columns and rows of HiGHS are in the order of linopy's labels that are not masked
        self._column = _positions(np.asarray(self.model.variables.label_index.vlabels))
        self._row = _positions(np.asarray(self.model.constraints.label_index.clabels))
        self._open: dict[int, tuple[float, float]] = {}
        self._cost: NDArray[np.float64] | None = None
        self.integer = any(len(kind.labels) for kind in (self.model.binaries, self.model.integers) if kind)
        if not self.integer:
            self._open_ramps(lazy_from)
        self.seconds_build = perf_counter() - started

    def _options(self, mip_gap: float, method: str) -> None:
        self.highs.silent()
        self.highs.setOptionValue("solver", method)
        self.highs.setOptionValue("mip_rel_gap", mip_gap)
        self.highs.setOptionValue("primal_feasibility_tolerance", 1e-8)
        self.highs.setOptionValue("dual_feasibility_tolerance", 1e-8)

    def rows_of(self, constraint: str) -> NDArray[np.int64]:
        """Return the positions of a linopy constraint's rows in HiGHS, in its own shape.

        -1 where there is none.
        """
        return self._lookup(self._row, self.model.constraints[constraint].labels.to_numpy())

    def columns_of(self, variable: str) -> NDArray[np.int64]:
        """Return the positions of a linopy variable's columns in HiGHS, in its own shape.

        -1 where there is none.
        """
        return self._lookup(self._column, self.model.variables[variable].labels.to_numpy())

    @staticmethod
    def _lookup(positions: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
        found = np.full(labels.shape, -1, dtype=np.int64)
        found[labels >= 0] = positions[labels[labels >= 0]]
        return found

    def fix(self, variable: str, values: pd.DataFrame) -> None:
        """Fix a variable [snapshot, name] to `values` in its first snapshots, as many as `values` has.

        Raises
        ------
        KeyError
            For a name that the variable does not have.
        """
        names = self.model.variables[variable].indexes["name"]
        positions = self.columns_of(variable)[: len(values), names.get_indexer(values.columns)]
        if (positions < 0).any():
            raise KeyError(variable)
        columns, bounds = positions.ravel(), values.to_numpy(float).ravel()
        order = np.argsort(columns)
        self.highs.changeColsBounds(
            len(columns), columns[order].astype(np.int32), bounds[order], bounds[order]
        )

    def add_load(self, bus: str, power: NDArray[np.float64]) -> None:
        """Add `power` [snapshot], MW, to the load on `bus`; the basis is kept."""
        kind, position = next(
            (kind, list(constraint.indexes["name"]).index(bus))
            for kind, constraint in self.model.constraints.items()
            if of_block(kind) == "buses-balance" and bus in constraint.indexes["name"]
        )
        rows = self.rows_of(kind)[position]
        right = self.model.constraints[kind].rhs.to_numpy()[position] + power
        for row, value in zip(rows.tolist(), right.tolist(), strict=True):
            self.highs.changeRowBounds(row, value, value)

    def set_limit(self, limit: str, constant: float) -> None:
        """Set the right-hand side of the global constraint `limit`; the basis is kept.

        `constant` is what the table's column `constant` would say.

        Raises
        ------
        DafengError
            For an unknown limit.
        """
        table = self.system.table("global_constraints")
        if limit not in table.index or constraint_name(limit) not in self.model.constraints:
            known = ", ".join(str(name) for name in table.index) or "none"
            raise DafengError.at("limit", limit, f"a global constraint of the system ({known})")
        if table["type"].loc[limit] in {"load_share", "reserve_margin"}:
            raise DafengError.at("limit", limit, "a limit with a fixed right-hand side", "sweep a carbon cap")
        constraint = self.model.constraints[constraint_name(limit)]
        row = int(self.rows_of(constraint_name(limit)).item())
        right = float(constraint.rhs.item()) + constant - float(table["constant"].loc[limit])
        sense = str(table["sense"].loc[limit])
        low = right if sense in {">=", "=="} else -highspy.kHighsInf
        high = right if sense in {"<=", "=="} else highspy.kHighsInf
        self.highs.changeRowBounds(row, low, high)

    def set_price(self, limit: str, price: float) -> None:
        """Charge `price` per unit of what the global constraint `limit` counts; 0 takes the charge out again.

        The objective contains the charge.
        """
        lp = self.highs.getLp()
        if self._cost is None:
            self._cost = np.asarray(lp.col_cost_, dtype=float)
        _, columns, counted = self.highs.getRowEntries(int(self.rows_of(constraint_name(limit)).item()))
        columns = np.asarray(columns, dtype=np.int32)
        charged = self._cost[columns] + price * np.asarray(counted, dtype=float)
        self.highs.changeColsCost(len(columns), columns, charged)

    def run(self) -> Raw:
        """Solve from the present basis. The status is in words of HiGHS; callers explain it."""
        started = perf_counter()
        run(self.highs, self.threads)
        while self._open and self._close_broken():
            run(self.highs, self.threads)
        seconds = perf_counter() - started
        info = self.highs.getInfo()
        status = self.highs.modelStatusToString(self.highs.getModelStatus())
        solution = self.highs.getSolution()
        columns = np.asarray(solution.col_value, dtype=float)
        duals = np.asarray(solution.row_dual, dtype=float) if not self.integer else np.array([])
        return Raw(
            status,
            float(info.objective_function_value),
            columns,
            duals,
            self._duality_gap(solution, float(info.objective_function_value)),
            float(info.mip_gap) if self.integer else None,
            self.seconds_build,
            seconds,
        )

    def _open_ramps(self, lazy_from: int) -> None:
        """Open the bounds of ramp rows, which hardly ever bind, where there are `lazy_from` or more."""
        names = [str(name) for name in self.model.constraints if str(name).startswith(RAMPS)]
        rows = np.concatenate([self.rows_of(name).ravel() for name in names]) if names else np.zeros(0, int)
        rows = np.unique(rows[rows >= 0])
        if not len(rows) or len(rows) < lazy_from:
            return
        lp = self.highs.getLp()
        low, high = np.asarray(lp.row_lower_)[rows], np.asarray(lp.row_upper_)[rows]
        self._open = dict(zip(rows.tolist(), zip(low.tolist(), high.tolist(), strict=True), strict=True))
        for row in self._open:
            self.highs.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)

    def _close_broken(self) -> bool:
        """Close the open rows that the solution breaks, all where there is none; whether any was closed."""
        broken = list(self._open)
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            values = np.asarray(self.highs.getSolution().row_value, dtype=float)[broken]
            low, high = np.array(list(self._open.values())).T
            over = np.maximum(low - values, values - high) > LAZY_TOLERANCE
            broken = np.asarray(broken)[over].tolist()
        for row in broken:
            self.highs.changeRowBounds(row, *self._open.pop(row))
        return bool(broken)

    def _duality_gap(self, solution: highspy.HighsSolution, primal: float) -> float:
        """|primal - dual| / max(1, |primal|) computed from bounds and duals, not taken from the solver."""
        if self.integer or not solution.dual_valid:
            return float("nan")
        lp = self.highs.getLp()
        dual = lp.offset_
        for values, low, high in (
            (solution.row_dual, lp.row_lower_, lp.row_upper_),
            (solution.col_dual, lp.col_lower_, lp.col_upper_),
        ):
            multiplier = np.asarray(values, dtype=float)
            bound = np.where(multiplier > 0, np.asarray(low), np.asarray(high))
            use = (np.abs(multiplier) > 1e-9) & (np.abs(bound) < FREE)
            dual += float((multiplier[use] * bound[use]).sum())
        return abs(primal - dual) / max(1.0, abs(primal))

    def frame(self, raw: Raw, variable: str) -> pd.DataFrame:
        """Return the values of a variable [snapshot, name]."""
        names = self.model.variables[variable].indexes["name"]
        return pd.DataFrame(raw.columns[self.columns_of(variable)], columns=names)

    def vector(self, raw: Raw, variable: str) -> pd.Series:
        """Return the values of a variable without snapshots [name]."""
        names = self.model.variables[variable].indexes["name"]
        # no minus before a zero
        return pd.Series(raw.columns[self.columns_of(variable)] + 0.0, index=names)

    def dual(self, raw: Raw, constraint: str) -> NDArray[np.float64]:
        """Return the duals of a constraint in its own shape.

        Change of the objective per unit of right-hand side.
        """
        rows = self.rows_of(constraint)
        return np.where(rows >= 0, raw.rows[np.maximum(rows, 0)], np.nan)


def _positions(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    positions = np.full(int(labels.max(initial=-1)) + 1, -1, dtype=np.int64)
    positions[labels] = np.arange(len(labels))
    return positions


def _quietly(call: Callable[[], T]) -> T:
    """Run `call` without HiGHS' banner: it is printed by the C library, past Python's standard output.

    One thread at a time: standard output belongs to the process.
    """
    with _standard_output:
        sys.stdout.flush()
        saved = os.dup(1)
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, 1)
            return call()
        finally:
            os.dup2(saved, 1)
            os.close(saved)
            os.close(sink)
