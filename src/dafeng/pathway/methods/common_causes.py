"""Random numbers with common causes: effects of measures within a sector, delivery within a city and a body.

Common causes use Sobol dimensions of a block that is reserved for the package; what is a measure's own is
drawn by its id, so that no draw depends on n or on other measures.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import seed_sequence
from dafeng.pathway.methods.sampling import Z95, unit_points

Array = NDArray[np.float64]

RESERVED = range(1001, 2000)
"""Dimensions that drivers of a case may not use."""
PERMANENT = 1001
DELIVERY = 1002
# one a body that controls measures, and one a sector: a place in the block for each name, in the order of the tables
BODIES = (
    "city",
    "state enterprise",
    "grid company",
    "grid and enterprises",
    "enterprises",
    "province",
    "state",
)
FIRST_BODY, ANY_BODY = 1010, 1049
SECTORS = ("energy", "industry", "transport", "buildings", "agriculture")
FIRST_SECTOR = 1050
FIRST_YEAR, FIRST_YEARLY = 2000, 1101
PROJECTS = range(1500, 2000)
# rank correlation of effects within a sector, grade E
EFFECT_RANK_CORRELATION = 0.5


def growth_dimension(year: int) -> int:
    """Return the dimension of a calendar year's growth error; the one after it is that of the year's noise."""
    return FIRST_YEARLY + 2 * (year - FIRST_YEAR)


def project_dimensions(ids: Sequence[str]) -> dict[str, int]:
    """Return a dimension for each project, by its id: the next free one where two ids fall on the same."""
    taken: dict[int, str] = {}
    for id_ in sorted(ids):
        at = zlib.crc32(id_.encode()) % len(PROJECTS)
        while at in taken:
            at = (at + 1) % len(PROJECTS)
        taken[at] = id_
    return {id_: PROJECTS[at] for at, id_ in taken.items()}


def normal_points(dimensions: Sequence[int], n: int, seed: int, scramble: int) -> Array:
    """Draw standard normal deviates [sample, dimension] of permanent dimensions."""
    from scipy.special import ndtri

    return np.asarray(ndtri(unit_points(dimensions, n, seed, scramble)))


def own_normals(kind: str, ids: Sequence[str], n: int, seed: int, scramble: int) -> Array:
    """Draw standard normal deviates [sample, id], each from a stream named by `kind` and its id."""
    from scipy.special import ndtri

    points = np.empty((n, len(ids)))
    for column, id_ in enumerate(ids):
        points[:, column] = np.random.default_rng(seed_sequence(seed, kind, scramble, id_)).random(n)
    return np.asarray(ndtri(np.clip(points, 1e-16, 1.0 - 1e-16)))


def effect_deviates(
    ids: Sequence[str], sectors: Sequence[str], n: int, seed: int, scramble: int = 0
) -> Array:
    """Draw deviates [sample, measure] of effects in units of half their 5–95 % range, correlated within a
    sector.

    Normal with one factor a sector; a rank correlation r takes a normal correlation of 2 sin(π r / 6)
    (Pearson 1907).
    """
    common = 2.0 * np.sin(np.pi * EFFECT_RANK_CORRELATION / 6.0)
    present = [sector for sector in SECTORS if sector in sectors]
    factors = normal_points([FIRST_SECTOR + SECTORS.index(sector) for sector in present], n, seed, scramble)
    own = own_normals("effect", ids, n, seed, scramble)
    column = [present.index(sector) for sector in sectors]
    return np.asarray((np.sqrt(common) * factors[:, column] + np.sqrt(1.0 - common) * own) / Z95)


def delivery_normals(
    ids: Sequence[str],
    bodies: Sequence[str],
    common: float,
    body: float,
    n: int,
    seed: int,
    scramble: int = 0,
) -> Array:
    """Draw standard normal deviates [sample, measure]: a share `common` of the variance is one cause, `body`
    that of who controls.
    """
    names = list(dict.fromkeys(bodies))
    dimensions = [_body_dimension(name) for name in names]
    distinct = list(dict.fromkeys(dimensions))
    points = normal_points([DELIVERY, *distinct], n, seed, scramble)
    own = own_normals("delivery", ids, n, seed, scramble)
    column = [1 + distinct.index(_body_dimension(name)) for name in bodies]
    return np.asarray(
        np.sqrt(common) * points[:, :1]
        + np.sqrt(body) * points[:, column]
        + np.sqrt(1.0 - common - body) * own
    )


def _body_dimension(body: str) -> int:
    return FIRST_BODY + BODIES.index(body) if body in BODIES else ANY_BODY
