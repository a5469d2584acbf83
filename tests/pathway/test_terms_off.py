"""With all new terms off, the case of release bb1fe3c gives the summary that bb1fe3c gave, every key that both have.

`bb1fe3c/case.tar.gz` is that release's case of Jiujiang and its province (without hourly curves and reference tables),
`bb1fe3c/summary.json.gz` the whole summary that its code writes of it at 256 samples and 64 permutations.
"""

import gzip
import json
import re
import tarfile
from pathlib import Path

import pytest

from dafeng.case import load
from dafeng.inventory import build
from dafeng.pathway import run
from dafeng.pathway.forecast.bridge import ORDER
from dafeng.pathway.terms import ALL_TERMS, NO_TERMS
from dafeng.report import summarise_case

FIXTURE = Path(__file__).parent / "bb1fe3c"
TOLERANCE = 1e-9
# texts follow the checks of this release; readings of gridded CO2 are growths now
TEXTS = frozenset({"findings", "sources", "schema_version"})
# corrections of faults since, which no term switches: key → largest relative change (None: text or another scope)
CORRECTED = {
    # parts close to the lines of the trajectories, one factor for all of them
    r"\.attribution\..*": 0.005, r"\.wedges\[\d+\]\.values.*": 0.02,
    # sun generated in the city is no import: account A of observed years, its range, a peak in those years
    r"\.observed\[0\]\.values.*": 0.005, r"\.branches\[4\]\.(low|high)": 0.002, r"\.peaks\[2\]\.level\.median": 1e-4,
    # EDGAR has processes, so ours has them beside it
    r"\.references\[4[0-2]\]\.(ours|gap)": None,
    # the baseline is policy as carried on
    r"\.targets\[\d+\]\.why_(zh|en)": None,
    # bodies to ask are named as the case names them
    r"\.data_requests\[\d+\]\.holder_en": None,
}  # fmt: skip
MOVED = {("model-one-sided", "B:2021–2023")}


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bb1fe3c")
    with tarfile.open(FIXTURE / "case.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    case = load(str(folder / "jiujiang"))
    inventory = build(case)
    found = run(case, samples=256, permutations=64, inventory=inventory, terms=NO_TERMS)
    return json.loads(summarise_case(case, inventory, found).model_dump_json())


@pytest.fixture(scope="module")
def before():
    # the baseline has another id since summary schema 2
    text = gzip.decompress((FIXTURE / "summary.json.gz").read_bytes()).decode()
    return json.loads(text.replace('"no-plan"', '"policy-carried-on"'))


def differences(old, new, place=""):
    """Every value of `old` that `new` has under the same key and that is another one; lists must be as long."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            yield from differences(old[key], new[key], f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{place}: {len(old)} and {len(new)} rows"
        for k, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from differences(one, other, f"{place}[{k}]")
    elif isinstance(old, float) and isinstance(new, float):
        if abs(old - new) > TOLERANCE * max(abs(old), 1.0):
            yield f"{place}: {old!r} and {new!r}"
    elif old != new:
        yield f"{place}: {old!r} and {new!r}"


def test_every_key_of_the_release_is_there_with_its_value(summary, before):
    lost = {
        f"{section}.{key}"
        for section, rows in before.items()
        for row in (rows if isinstance(rows, list) else [rows])
        if isinstance(row, dict)
        for key in row.keys() - {"A", "B"}
        if not any(key in other for other in (summary[section] if isinstance(rows, list) else [summary[section]]))
    }  # fmt: skip
    assert not before.keys() - summary.keys()
    assert not lost
    kept = {key: value for key, value in before.items() if key not in TEXTS}
    assert [one for one in differences(kept, summary) if not _corrected(one)] == []
    old, new = (one["attribution"]["measures"] for one in (kept, summary))
    factors = [n["reduction"] / o["reduction"] for o, n in zip(old, new, strict=True) if o["reduction"]]
    assert max(factors) == pytest.approx(min(factors), rel=1e-9)


def _corrected(difference):
    place, _, values = difference.partition(": ")
    for pattern, most in CORRECTED.items():
        if re.fullmatch(pattern, place):
            old, _, new = values.partition(" and ")
            return most is None or abs(float(new) / float(old) - 1.0) <= most
    return False


def test_the_comparison_sees_a_change_of_one_part_in_a_hundred_million(before):
    moved = json.loads(json.dumps(before))
    moved["tracks"][3]["median"][7] *= 1 + 1e-8
    moved["targets"].pop()
    moved["peaks"][0]["distribution"][0]["year"] += 1
    assert len(list(differences(before, moved))) == 3


def test_findings_and_sources_are_still_there(summary, before):
    told = {(finding["code"], finding["where"]) for finding in summary["findings"]}
    assert {(f["code"], f["where"]) for f in before["findings"]} - told == MOVED
    sources = {source["id"]: source for source in summary["sources"]}
    assert all(sources[source["id"]] == source for source in before["sources"])


def test_each_term_can_be_left_out():
    assert {term for term, _, _ in ORDER} == set(ALL_TERMS.__dataclass_fields__)
    assert not any(getattr(NO_TERMS, term) for term, _, _ in ORDER)
    assert all(getattr(ALL_TERMS, term) for term, _, _ in ORDER)
