"""Terms of uncertainty of a result: each can be left out, so that its share of the answer can be shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of a forecast in addition to the ranges of drivers.

    `effects`: measures work more or less than stated; `damping`: falls of intensity go on in part;
    `common_delivery`: what is delivered has common causes; `discrepancy`: the model's own error, as past
    forecasts show it; `readings`: rows of the ensemble are drawn by independent observations since the base year;
    `running`: what measures have delivered to date is in the trends, and only the rest is still to come;
    `overlaps`: measures of an exclusive group do not save the same twice; `units`: coal units emit by their
    heat rates, the rest of the branch power is steam and heat; `plants`: branches whose plants emit more than
    the province's share start from both by their errors; `projects`: plants that are not built start with their odds.
    """

    effects: bool = True
    damping: bool = True
    common_delivery: bool = True
    discrepancy: bool = True
    readings: bool = True
    running: bool = True
    overlaps: bool = True
    units: bool = True
    plants: bool = True
    projects: bool = True


ALL_TERMS = Terms()
NO_TERMS = Terms(
    effects=False,
    damping=False,
    common_delivery=False,
    discrepancy=False,
    readings=False,
    running=False,
    overlaps=False,
    units=False,
    plants=False,
    projects=False,
)
