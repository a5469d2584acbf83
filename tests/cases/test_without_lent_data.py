"""Contract: Jiujiang runs without the inventory of CEADs and the polygons of Amap that the package lends it, with wider bands."""

import shutil
from pathlib import Path

import pytest

from dafeng import inventory, pathway
from dafeng.case import bundled_path, draft_province, load

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jiujiang without polygons, beside a province whose energy is estimated from official totals."""
    root = tmp_path_factory.mktemp("lent")
    draft_province("360000", root / "360000")
    bundled = bundled_path("jiujiang")
    assert bundled is not None
    city = root / "jiujiang"
    shutil.copytree(bundled, city)
    (city / "counties.geojson").unlink()
    told = (city / "city.yaml").read_text(encoding="utf-8")
    (city / "city.yaml").write_text(
        told.replace("parent: regions/360000", "parent: ../360000"), encoding="utf-8"
    )
    return city


def test_accounts_are_near_and_their_ranges_wider(folder: Path) -> None:
    case = load(folder)
    assert case.parent is not None
    assert "ceads" not in " ".join(set(case.parent.table("energy")["source"])).lower()
    estimated, lent = inventory.build(case), inventory.build(load("jiujiang"))
    for account in ("A", "B"):
        ours, theirs = (one.totals(account, [2020])[0] for one in (estimated, lent))
        assert ours.value_t == pytest.approx(theirs.value_t, rel=0.1)
        assert (ours.high_t - ours.low_t) / ours.value_t > (theirs.high_t - theirs.low_t) / theirs.value_t


def test_annual_model_runs(folder: Path) -> None:
    found = pathway.run(str(folder), samples=64)
    track = found.results.track("plan", "A")
    at = track.years.index(2030)
    assert 0 < track.low[at] < track.median[at] < track.high[at]
