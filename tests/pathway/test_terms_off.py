"""With all new terms off, the case of release bb1fe3c gives the summary that bb1fe3c gave.

`bb1fe3c/case.tar.gz` is that release's case of Jiujiang and its province (without hourly curves and reference tables),
`bb1fe3c/summary.json` its answer at 256 samples and 64 permutations: peaks, totals in Mt by year, shares of measures.
"""

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from dafeng.pathway import run
from dafeng.pathway.forecast.bridge import ORDER
from dafeng.pathway.terms import ALL_TERMS, NO_TERMS

FIXTURE = Path(__file__).parent / "bb1fe3c"
COLUMNS = (0, 4, 5, 10, 15, 40)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bb1fe3c")
    with tarfile.open(FIXTURE / "case.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return run(str(folder / "jiujiang"), samples=256, permutations=64, terms=NO_TERMS).results


@pytest.fixture(scope="module")
def before():
    return json.loads((FIXTURE / "summary.json").read_text(encoding="utf-8"))


def test_peaks_are_those_of_the_release(results, before):
    for key, expected in before["peaks"].items():
        found = results.peak_of(*key.split())
        told = [
            found.before_2030.value, found.by_2030.value, found.year.low, found.year.median, found.year.high,
            found.level.low, found.level.median, found.level.high, found.not_within_horizon,
        ]  # fmt: skip
        assert told == pytest.approx(expected, rel=1e-9, abs=1e-9), key


def test_totals_and_shares_are_those_of_the_release(results, before):
    for key, expected in before["totals"].items():
        track = results.track(*key.split())
        rows = (track.low, track.lower_quartile, track.median, track.upper_quartile, track.high, track.mean)
        told = np.array([[row[column] for column in COLUMNS] for row in rows])
        assert told == pytest.approx(np.array(expected), rel=1e-9), key
    shares = {row.id: row.reduction for row in results.attribution.measures}
    assert shares == pytest.approx(before["attribution"], rel=1e-9, abs=1e-9)
    levels = [[level.delivery, level.before_2030.value] for level in results.delivery_levels]
    assert np.array(levels) == pytest.approx(np.array(before["levels"]), abs=1e-9)
    assert results.mean_delivery == pytest.approx(before["mean_delivery"], abs=1e-9)


def test_each_term_can_be_left_out():
    assert {term for term, _, _ in ORDER} == set(ALL_TERMS.__dataclass_fields__)
    assert not any(getattr(NO_TERMS, term) for term, _, _ in ORDER)
    assert all(getattr(ALL_TERMS, term) for term, _, _ in ORDER)
