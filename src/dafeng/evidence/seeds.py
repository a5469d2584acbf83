"""Random seeds by name, so that one part of the model can change without disturbing another's draws."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def seed_sequence(seed: int, *names: str | int) -> "np.random.SeedSequence":
    """The seed sequence of the part of the work called `names` in a run with `seed`.

    The same seed and names give the same sequence on every machine and in every process.
    """
    import numpy as np

    digest = hashlib.sha256("/".join(str(name) for name in names).encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest, dtype="<u4").tolist()])
