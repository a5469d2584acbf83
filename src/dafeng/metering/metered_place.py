"""Metered place: of its case folder only `city.yaml` and `metering/` are needed.

A bureau can start metering before its plan is a complete case.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from dafeng.case import City, locate
from dafeng.evidence import DafengError, Problem, read_yaml
from dafeng.metering.master_data import Registry, load_registry


@dataclass(frozen=True, slots=True)
class Place:
    """Case as far as metering reads it."""

    name: str
    path: Path
    city: City

    @property
    def province(self) -> str:
        """Return the GB/T 2260 code of the province, which chooses the grid factor."""
        return self.city.code[:2] + "0000"

    def registry(self) -> Registry:
        """Load the checked registry of the place. Raises: DafengError with all its problems."""
        return load_registry(self.path / "metering", self.province)

    def counties(self) -> list[str]:
        return [county.code for county in self.city.counties] or [self.city.code]


def place_of(case: str) -> Place:
    """Return the place of a bundled case by name, or of a folder.

    Parameters
    ----------
    case
        Name of a bundled case, or a folder.

    Returns
    -------
    Place with its code and names.

    Raises
    ------
    DafengError
        Where it has no readable `city.yaml`.
    """
    location = locate(case)
    try:
        content = read_yaml(location.path / "city.yaml", "name_zh, code, level")
        return Place(location.name, location.path, City.model_validate(content))
    except ValidationError as error:
        raise DafengError(
            Problem(f"city.yaml:{'.'.join(map(str, one['loc']))}", str(one["input"])[:100], one["msg"])
            for one in error.errors()
        ) from error
