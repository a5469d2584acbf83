"""Draft the bundled cases beside Jiujiang: `PYTHONPATH=src python tools/draft_bundled.py --shared DIR`.

Each is what `dafeng case new` or, where a document of the place is at hand, `dafeng case from-plan` drafts from the national
index, with an English name; facts and places of the plan only, none of its sentences. Run it again when the drafting or the
index changes, then renew the golden figures (`make golden`).
"""

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

from dafeng.case import draft_unit, find_unit, start_from_plan
from dafeng.pathway import draft_model
from dafeng.plan import read

TARGET = Path(__file__).parent.parent / "src/dafeng/cases/drafts"


@dataclass(frozen=True)
class Bundle:
    """Place of a bundled draft: name of the case, of the unit in both languages, and its document where one is at hand."""

    case: str
    unit: str
    name_en: str
    document: str = ""


BUNDLES = (
    Bundle("tangshan", "唐山", "Tangshan"),
    Bundle("nanchang", "南昌", "Nanchang"),
    Bundle("kunming", "昆明", "Kunming"),
    Bundle("tianjin", "天津", "Tianjin", "天津市_绿色低碳循环发展实施方案.txt"),
)


def draft_bundles(shared: Path, target: Path = TARGET) -> None:
    """Write all bundled drafts anew, each beside its province where the package has no account of it."""
    shutil.rmtree(target, ignore_errors=True)
    for bundle in BUNDLES:
        folder, unit = target / bundle.case, find_unit(bundle.unit)
        if bundle.document:
            start_from_plan(read(shared / "data/plans" / bundle.document), folder=folder)
        else:
            draft_unit(unit, folder)
        draft_model(folder)
        city = folder / "city.yaml"
        text = city.read_text(encoding="utf-8")
        text = text.replace(f"name_en: {unit.name_zh}\n", f"name_en: {bundle.name_en}\n")
        # a copy of the folder elsewhere keeps its province
        city.write_text(text.replace("parent: ../", "parent: drafts/"), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    draft_bundles(parser.parse_args().shared)
