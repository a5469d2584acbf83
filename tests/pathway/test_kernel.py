"""Contract: the factorised kernel is the sum over sectors and fuels that a loop makes, for any block and thread."""

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import sector_emissions


def by_loop(activity, intensity, share, factor):
    total = np.zeros((activity.shape[0], activity.shape[2]))
    for sector in range(activity.shape[1]):
        for fuel in range(share.shape[1]):
            f = factor[:, fuel, None] if factor.ndim == 2 else factor[fuel]
            total += activity[:, sector] * intensity[:, sector] * share[sector, fuel] * f
    return total


@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize("one_intensity", [False, True])
def test_the_kernel_is_the_sum(uncertain, one_intensity):
    generator = np.random.default_rng(0)
    activity, intensity = generator.uniform(1, 2, (2, 700, 6, 41))
    intensity = intensity[:1] if one_intensity else intensity
    share = generator.dirichlet(np.ones(8), (6, 41)).transpose(0, 2, 1)
    factor = generator.uniform(0, 0.1, (700, 8) if uncertain else 8)
    expected = by_loop(activity, intensity, share, factor)
    np.testing.assert_allclose(sector_emissions(activity, intensity, share, factor), expected, rtol=1e-12)


def test_threads_and_blocks_change_no_bit():
    generator = np.random.default_rng(1)
    activity, intensity = generator.uniform(1, 2, (2, 20_000, 6, 20))
    share, factor = generator.uniform(0, 1, (6, 8, 20)), generator.uniform(0, 1, 8)
    whole = sector_emissions(activity, intensity, share, factor)
    np.testing.assert_array_equal(whole[7:9], sector_emissions(activity[7:9], intensity[7:9], share, factor))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"activity": np.ones((2, 3))}, "activity"),
        ({"intensity": np.ones((3, 2, 4))}, "intensity"),
        ({"fuel_share": np.ones((2, 5, 3))}, "fuel_share"),
        ({"emission_factor": np.ones(4)}, "emission_factor"),
        ({"emission_factor": [1, 1, 1, 1, np.nan]}, "nan at"),
        ({"activity": "x"}, "activity"),
    ],
)
def test_shapes_that_do_not_go_together_are_refused(change, where):
    given = {
        "activity": np.ones((2, 2, 4)), "intensity": np.ones((1, 2, 4)), "fuel_share": np.ones((2, 5, 4)),
        "emission_factor": np.ones(5),
    }  # fmt: skip
    with pytest.raises(DafengError, match=where):
        sector_emissions(**(given | change))
