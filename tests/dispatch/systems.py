"""Small systems for the tests, built from plain tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from dafeng.dispatch import System, read_folder


def write_folder(
    path: Path,
    tables: dict[str, list[dict]],
    series: dict[str, dict[str, np.ndarray]] | None = None,
    **header: object,
) -> Path:
    """A system folder at `path` from rows and series (file stem → name → values)."""
    path.mkdir(parents=True, exist_ok=True)
    content = {"name": "test", "start": "2030-01-01 00:00", "hours": 24, **header}
    (path / "system.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for component, rows in tables.items():
        pd.DataFrame(rows).to_csv(path / f"{component}.csv", index=False)
    for stem, columns in (series or {}).items():
        frame = pd.DataFrame(columns)
        frame.insert(0, "hour", range(len(frame)))
        frame.to_csv(path / f"{stem}.csv", index=False)
    return path


def simple(path: Path, hours: int = 24, **generator: object) -> Path:
    """One bus, one coal unit of 100 MW at 300 CNY/MWh, a load of 50 MW."""
    unit = {"name": "coal", "bus": "grid", "carrier": "coal", "p_nom": 100, "marginal_cost": 300, **generator}
    return write_folder(
        path,
        {
            "buses": [{"name": "grid"}],
            "carriers": [{"name": "coal", "co2_emissions": 0.34}],
            "generators": [unit],
            "loads": [{"name": "city", "bus": "grid", "p_set": 50}],
        },
        hours=hours,
    )


def simple_system(path: Path, **generator: object) -> System:
    return read_folder(simple(path, **generator))
