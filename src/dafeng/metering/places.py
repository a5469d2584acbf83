"""The place that is metered: of its case folder only `city.yaml` and `metering/` are needed.

A bureau can start metering before its plan is a complete case.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from dafeng.case import City, locate
from dafeng.evidence import DafengError, Problem
from dafeng.metering.registry import Registry, load_registry


@dataclass(frozen=True, slots=True)
class Place:
    """A case as far as metering knows it."""

    name: str
    path: Path
    city: City

    @property
    def province(self) -> str:
        """GB/T 2260 code of the province, which chooses the grid factor."""
        return self.city.code[:2] + "0000"

    def registry(self) -> Registry:
        """The checked registry of the place. Raises: DafengError with all its problems."""
        return load_registry(self.path / "metering", self.province)

    def counties(self) -> list[str]:
        return [county.code for county in self.city.counties] or [self.city.code]


def place_of(case: str) -> Place:
    """A bundled case by name, or a folder. Raises: DafengError where it has no readable `city.yaml`."""
    location = locate(case)
    try:
        text = (location.path / "city.yaml").read_text(encoding="utf-8")
        return Place(location.name, location.path, City.model_validate(yaml.safe_load(text)))
    except (OSError, yaml.YAMLError) as error:
        raise DafengError.at("city.yaml", str(error).splitlines()[0], "a readable city.yaml") from error
    except ValidationError as error:
        raise DafengError(
            Problem(f"city.yaml:{'.'.join(map(str, one['loc']))}", str(one["input"])[:100], one["msg"])
            for one in error.errors()
        ) from error
