"""Delivery uncertainty of a plan: Beta distributions by who controls a measure and by the modality of the
text.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, packaged_rows, seed_sequence
from dafeng.pathway.engine.model import Measure, Model
from dafeng.pathway.methods.common_causes import delivery_normals

Array = NDArray[np.float64]

# a mean of 1 would leave the Beta distribution without spread
MOST = 0.97
# normal deviates at which Beta quantiles are tabulated
NODES = np.linspace(-6.0, 6.0, 1201)


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    return packaged_rows("dafeng.pathway", "delivery.csv")


def expected_delivery(measure: Measure) -> float:
    """Return the mean degree of delivery of a measure at full intent: by controller, times the factor of its
    modality (table delivery.csv).

    Parameters
    ----------
    measure
        Row of measures.csv.

    Returns
    -------
    Mean degree of delivery, 0–1.
    """
    means = {row["match"]: float(row["value"]) for row in _rows() if row["kind"] == "mean"}
    mean = means.get(measure.controlled_by, means[""])
    for row in _rows():
        if row["kind"] == "modality" and row["match"] in measure.note:
            mean *= float(row["value"])
    return min(mean, MOST)


def delivery_draws(
    model: Model, delivery: Array, n: int, seed: int, scramble: int = 0, common: bool = True
) -> Array:
    """Draw degrees of delivery [sample, measure]: `delivery` [measure] is the intent, of which a
    Beta-distributed part comes true.

    With `common` the parts have one cause for all measures and one for each controlling body (a Gaussian
    copula with the shares of delivery.csv): budgets, prices and upper levels move all together. Without it
    they are independent, and narrower: with their distribution a correlation of 0.5 would leave mean delivery a
    standard deviation of 0.10, where 0.15 is assumed. Each measure has random numbers of its own, named by its id, so that a draw depends
    neither on n nor on other measures. Means, concentration and shares are assumptions of grade E
    (delivery.csv).

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Intended degree of delivery [measure] [1].
    n
        Number of samples.
    seed
        Seed of the run.
    scramble
        Number of the independent replicate.
    common
        Whether measures share causes.

    Returns
    -------
    Degrees of delivery [sample, measure] [1].

    Raises
    ------
    DafengError
        For n < 1 or an intent that does not fit.
    """
    if n < 1 or delivery.shape != (len(model.measures),):
        raise DafengError.at(
            "delivery", f"{n} samples, shape {delivery.shape}", f"a sample or more, [{len(model.measures)}]"
        )
    means = [expected_delivery(measure) for measure in model.measures]
    ids = [measure.id for measure in model.measures]
    if not common:
        return delivery * _independent(ids, means, n, seed, scramble)
    bodies = [measure.controlled_by for measure in model.measures]
    normals = delivery_normals(ids, bodies, _number("common"), _number("body"), n, seed, scramble)
    degrees = np.empty_like(normals)
    for column, mean in enumerate(means):
        degrees[:, column] = np.interp(normals[:, column], NODES, _quantiles(mean))
    return np.asarray(delivery * degrees)


def _number(kind: str, match: str = "") -> float:
    return next(float(row["value"]) for row in _rows() if (row["kind"], row["match"]) == (kind, match))


@cache
def _quantiles(mean: float) -> Array:
    """Quantiles of the Beta distribution of a mean at NODES; linear between them the error stays below 1e-4."""
    from scipy.special import betaincinv, ndtr

    concentration = _number("concentration", "common")
    return np.asarray(betaincinv(mean * concentration, (1 - mean) * concentration, ndtr(NODES)))


def _independent(ids: Sequence[str], means: Sequence[float], n: int, seed: int, scramble: int) -> Array:
    from scipy.special import betaincinv

    concentration = _number("concentration")
    degrees = np.empty((n, len(ids)))
    for column, (id_, mean) in enumerate(zip(ids, means, strict=True)):
        points = np.random.default_rng(seed_sequence(seed, "delivery", scramble, id_)).random(n)
        degrees[:, column] = betaincinv(mean * concentration, (1 - mean) * concentration, points)
    return degrees
