"""How much of a plan is delivered: Beta distributions by who controls a measure and by the modality of the text."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, packaged_rows, seed_sequence
from dafeng.pathway.engine.model import Measure, Model

Array = NDArray[np.float64]

# a mean of 1 would leave the Beta distribution without spread
MOST = 0.97


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    return packaged_rows("dafeng.pathway", "delivery.csv")


def expected_delivery(measure: Measure) -> float:
    """Mean degree of a measure at full intent: by controller, times the factor of its modality (table delivery.csv)."""
    means = {row["match"]: float(row["value"]) for row in _rows() if row["kind"] == "mean"}
    mean = means.get(measure.controlled_by, means[""])
    for row in _rows():
        if row["kind"] == "modality" and row["match"] in measure.note:
            mean *= float(row["value"])
    return min(mean, MOST)


def delivery_draws(model: Model, delivery: Array, n: int, seed: int, scramble: int = 0) -> Array:
    """Degrees [sample, measure]: `delivery` [measure] is the intent, of which a Beta-distributed part comes true.

    Each measure has random numbers of its own, named by its id, so that a draw depends neither on n nor on
    other measures. Means and concentration are assumptions of grade E (delivery.csv).

    Raises: DafengError for n < 1 or an intent that does not fit.
    """
    from scipy.special import betaincinv

    if n < 1 or delivery.shape != (len(model.measures),):
        raise DafengError.at(
            "delivery", f"{n} samples, shape {delivery.shape}", f"a sample or more, [{len(model.measures)}]"
        )
    concentration = next(float(row["value"]) for row in _rows() if row["kind"] == "concentration")
    degrees = np.empty((n, len(model.measures)))
    for column, measure in enumerate(model.measures):
        points = np.random.default_rng(seed_sequence(seed, "delivery", scramble, measure.id)).random(n)
        mean = expected_delivery(measure)
        degrees[:, column] = delivery[column] * betaincinv(
            mean * concentration, (1 - mean) * concentration, points
        )
    return degrees
