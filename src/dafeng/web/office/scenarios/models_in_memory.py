"""Models kept in memory: one for each case that somebody asks about, made once in each process."""

from functools import lru_cache

from dafeng.case import LEAST_OWN_SHARE, own_share
from dafeng.evidence import DafengError
from dafeng.pathway import WhatIf
from dafeng.web.office.people.setup import cases
from dafeng.web.office.results.cases import case_named, case_of_office
from dafeng.web.office.words import both

KEPT = 3


@lru_cache(maxsize=KEPT)
def _made(release: str, name: str) -> WhatIf:  # noqa: ARG001 - the release is part of the key
    return WhatIf(case_named(name))


@lru_cache(maxsize=KEPT)
def _share(release: str, name: str) -> float:  # noqa: ARG001 - the release is part of the key
    return own_share(case_named(name))


def city_of(name: str) -> WhatIf:
    """Return the model of a case, that of the office without a name.

    Raises
    ------
    DafengError
        For a case that is not there, that the model cannot run, or whose odds rest on data of other places.
    """
    chosen = name or case_of_office()
    if chosen not in cases():
        raise DafengError.at("case", chosen, ", ".join(cases()))
    case = case_named(chosen)
    share = _share(case.release, chosen)
    if share < LEAST_OWN_SHARE:
        raise DafengError.at(
            "case", f"{chosen}: {share:.0%}", both("problem.own_data", least=f"{LEAST_OWN_SHARE:.0%}")
        )
    return _made(case.release, chosen)
