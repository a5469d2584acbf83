"""Variance-based sensitivity analysis: Sobol indices and additive indices."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, seed_sequence
from dafeng.pathway.methods.checks import finite, whole_number

Array = NDArray[np.float64]


class SobolIndices(NamedTuple):
    """Sobol indices `first[parameter]` and `total[parameter]` with standard errors over independent
    scrambles, and the output's variance.
    """

    first: Array
    total: Array
    first_standard_error: Array
    total_standard_error: Array
    variance: float


def sobol_indices(
    value: Callable[[Array], Array],
    n_parameters: int,
    samples: int = 1024,
    seed: int = 0,
    scrambles: int = 4,
    bounds: ArrayLike | None = None,
) -> SobolIndices:
    """Compute first-order and total Sobol indices of `value` for independent uniform inputs.

    First order after Saltelli et al. 2010, total after Jansen 1999; Owen-scrambled Sobol points. Indices of
    an output without variance are 0.

    Parameters
    ----------
    value : callable
        `value(points[row, parameter])` returns [row].
    n_parameters, seed, scrambles : int
        Number of inputs, seed, and number of independent scrambles.
    samples : int
        Base points per scramble (a power of two is best), so that scrambles × samples × (n_parameters + 2)
        rows are evaluated.
    bounds : array [parameter, 2]
        Lower and upper end of each input, the unit cube without it (other distributions: take the points
        through the inverse of the distribution function inside `value`).

    >>> sobol_indices(lambda x: x @ [3.0, 1.0], 2).first.round(2)
    array([0.9, 0.1])

    Raises
    ------
    DafengError
        For fewer than one parameter, four samples or two scrambles, bounds that are not in order, or a
        `value` that returns something else than a finite number for each row.

    References
    ----------
    Saltelli et al. 2010, Comput. Phys. Commun. 181:259, table 2 b, doi:10.1016/j.cpc.2009.09.018; Jansen
    1999, Comput. Phys. Commun. 117:35.
    """
    from scipy.stats import qmc

    n_parameters = whole_number("sobol_indices: n_parameters", n_parameters, 1)
    samples = whole_number("sobol_indices: samples", samples, 4)
    scrambles = whole_number("sobol_indices: scrambles", scrambles, 2)
    if 2 * n_parameters > qmc.Sobol.MAXDIM:
        raise DafengError.at(
            "sobol_indices: n_parameters", str(n_parameters), f"{qmc.Sobol.MAXDIM // 2} or fewer"
        )
    low, span = _bounds(bounds, n_parameters)
    firsts, totals, variances = [], [], []
    for scramble in range(scrambles):
        generator = np.random.default_rng(seed_sequence(seed, "sobol-indices", scramble))
        engine = qmc.Sobol(2 * n_parameters, scramble=True, rng=generator)
        points = low + span * engine.random(1 << (samples - 1).bit_length())[:samples]
        a, b = points[:, :n_parameters], points[:, n_parameters:]
        mixed = np.repeat(a[None], n_parameters, axis=0)
        for parameter in range(n_parameters):
            mixed[parameter, :, parameter] = b[:, parameter]
        rows = np.concatenate([a, b, mixed.reshape(-1, n_parameters)])
        worth = finite("sobol_indices: value", value(rows), "a number for each row")
        if worth.shape != (len(rows),):
            raise DafengError.at(
                "sobol_indices: value", f"shape {worth.shape}", f"({len(rows)},): one for each row"
            )
        fa, fb = worth[:samples], worth[samples : 2 * samples]
        fab = worth[2 * samples :].reshape(n_parameters, samples)
        centre = np.mean([fa, fb])
        variance = float(np.var(np.concatenate([fa, fb])))
        scale = variance if variance > 0 else np.inf
        firsts.append(((fb - centre) * (fab - fa)).mean(axis=1) / scale)
        totals.append(0.5 * ((fa - fab) ** 2).mean(axis=1) / scale)
        variances.append(variance)
    first, total = np.array(firsts), np.array(totals)
    root = np.sqrt(scrambles)
    return SobolIndices(
        first.mean(axis=0),
        total.mean(axis=0),
        first.std(axis=0, ddof=1) / root,
        total.std(axis=0, ddof=1) / root,
        float(np.mean(variances)),
    )


def _bounds(bounds: ArrayLike | None, n_parameters: int) -> tuple[Array, Array]:
    """Lower end and span of each input, for both halves of a design."""
    if bounds is None:
        return np.zeros(2 * n_parameters), np.ones(2 * n_parameters)
    ends = finite("sobol_indices: bounds", bounds, f"[{n_parameters}, 2]")
    if ends.shape != (n_parameters, 2) or (ends[:, 0] > ends[:, 1]).any():
        raise DafengError.at(
            "sobol_indices: bounds", f"shape {ends.shape}", f"[{n_parameters}, 2], low <= high"
        )
    return np.tile(ends[:, 0], 2), np.tile(ends[:, 1] - ends[:, 0], 2)


def additive_indices(inputs: ArrayLike, output: ArrayLike) -> Array:
    """Compute first-order indices from an existing ensemble of many inputs: shares of an additive quadratic
    fit.

    All inputs are fitted together, so the poor two-dimensional projections of quasi-random points in many
    dimensions do not credit one input with what another does (which binning one input at a time would).

    Parameters
    ----------
    inputs : array [sample, parameter]
        Inputs of the ensemble.
    output : array [sample]
        Output of the ensemble.

    Returns
    -------
    array [parameter]
        Indices, cut at 0 after the share that pure noise would get is taken off; constant inputs and a
        constant output give 0.

    Raises
    ------
    DafengError
        Where the numbers of samples differ or are fewer than three per fitted term.

    References
    ----------
    Random-sampling high-dimensional model representation of order 1 (Li, Rosenthal, Rabitz 2001,
    J. Phys. Chem. A 105:7765) with polynomials of degree 2.
    """
    x, y = finite("inputs", inputs, "inputs[sample, parameter]"), finite("output", output, "output[sample]")
    if x.ndim != 2 or y.shape != x.shape[:1] or y.size < 6 * x.shape[1] + 3:
        found = f"{x.shape} and {y.shape}"
        raise DafengError.at(
            "additive_indices",
            found,
            "inputs[sample, parameter], output[sample], 6 samples for each parameter",
        )
    variance = float(y.var())
    moving = np.flatnonzero(np.ptp(x, axis=0) > 0)
    index = np.zeros(x.shape[1])
    if variance == 0 or not moving.size:
        return index
    scaled = (x[:, moving] - x[:, moving].mean(axis=0)) / x[:, moving].std(axis=0)
    terms = np.concatenate([scaled, scaled**2 - 1.0], axis=1)
    terms -= terms.mean(axis=0)
    weights, *_ = np.linalg.lstsq(terms, y - y.mean(), rcond=None)
    effects = scaled * weights[: moving.size] + (scaled**2 - 1.0) * weights[moving.size :]
    rest = float((y - y.mean() - terms @ weights).var())
    noise = 2.0 * rest / (y.size - terms.shape[1]) / variance
    index[moving] = np.clip(effects.var(axis=0) / variance - noise, 0.0, 1.0)
    return index
