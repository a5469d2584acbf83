"""Named random seeds, so that one part of the model can change without disturbing another's draws."""

from typing import TYPE_CHECKING

from dafeng.evidence.errors import DafengError

if TYPE_CHECKING:
    import numpy as np

MOST_SEED = 2**63


def seed_sequence(seed: int, *names: str | int) -> "np.random.SeedSequence":
    """Return the seed sequence of the component `names` in a run with `seed`.

    The same seed and names give the same sequence on every machine and in every process.

    Parameters
    ----------
    seed
        Seed of the run, 0 to 2^63 − 1.
    names
        Names of the component, from the room inwards.

    Returns
    -------
    Seed sequence of NumPy.

    Raises
    ------
    DafengError
        For a seed below 0 or above 2^63 - 1.
    """
    import hashlib

    import numpy as np

    if not 0 <= seed < MOST_SEED:
        raise DafengError.at("--seed", str(seed), f"a whole number from 0 to {MOST_SEED - 1}")

    digest = hashlib.sha256("/".join(str(name) for name in names).encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest, dtype="<u4").tolist()])
