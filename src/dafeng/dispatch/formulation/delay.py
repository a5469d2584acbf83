"""Delay of what links deliver: what arrives in a snapshot left in an earlier one.

With s(t) the hours from the first snapshot to the beginning of t, what arrives in t left in the latest snapshot r with
s(r) <= s(t) - delay. Where the delay is cyclic, hours wrap around the horizon; where not, nothing arrives before the
delay has passed, and what is under way at the end is lost. Convention of PyPSA 1.4 (`delay`, whole hours).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.system import System

Departures = tuple[pd.Index, NDArray[np.int64] | None, NDArray[np.float64]]
"""Links; the snapshot in which what arrives has left [snapshot], None: the same; 1 where something arrives [snapshot]."""


def departures(system: System, port: str) -> Iterator[Departures]:
    """Group links by the delay of their output `port` ("" for bus1)."""
    names = system.names("links")
    delay = np.floor(np.asarray(system.values("links", f"delay{port}", names)))
    cyclic = np.asarray(system.values("links", f"cyclic_delay{port}", names)) > 0
    hours = system.weight("generators").to_numpy()
    for wanted, around in sorted({(float(d), bool(c)) for d, c in zip(delay, cyclic, strict=True)}):
        members = names[(delay == wanted) & (cyclic == around)]
        if wanted == 0:
            yield members, None, np.ones(len(hours))
            continue
        begins = np.cumsum(hours) - hours
        left = begins - wanted
        arrives = np.ones(len(hours)) if around else (left >= 0).astype(float)
        if around:
            left = np.mod(left, hours.sum())
        yield members, np.clip(np.searchsorted(begins, left, side="right") - 1, 0, None), arrives
