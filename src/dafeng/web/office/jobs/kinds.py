"""Kinds of jobs: each calls the public functions of the rooms and answers with plain values."""

import csv
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from dafeng.evidence import DafengError, Problem
from dafeng.web.office.desk.models import Proposal
from dafeng.web.office.jobs.models import Job
from dafeng.web.office.people.rights import actor_for
from dafeng.web.office.people.setup import case_of, case_path
from dafeng.web.office.words import both, chinese_day

SAMPLES, SEED = 8192, 20300101
MOST_PROBLEMS = 200
COUNTS = ("rows", "new", "same", "replaced", "older", "refused", "quarantined")
PROPOSED = ("table", "key", "column", "value", "reason")
Outcome = dict[str, Any]


def run_case(job: Job) -> Outcome:
    """Run a case into `results/run-<job>`."""
    from dafeng import inventory as inventories
    from dafeng import pathway
    from dafeng.case import naming_doubts
    from dafeng.report import run_inputs, summarise_case, write_results

    case = case_of(str(job.arguments["case"]))
    with naming_doubts(case):
        inventory = inventories.build(case)
        projection = pathway.run(
            case, samples=int(job.arguments.get("samples", SAMPLES)), seed=SEED, inventory=inventory
        )
    summary = summarise_case(case, inventory, projection)
    name = f"run-{job.id}"
    write_results(summary, run_inputs(case), settings.WORKSPACE.results / name)
    return {"results": name}


def run_what_if(job: Job) -> Outcome:
    """Evaluate a scenario of the what-if page on all samples of a run."""
    from django.http import QueryDict

    from dafeng.pathway import WhatIf
    from dafeng.web.office.scenarios.answers import answer_of
    from dafeng.web.office.scenarios.link import read_link

    asked = read_link(QueryDict(str(job.arguments["query"])).dict(), str(job.arguments["case"]))
    city = WhatIf(case_of(asked.case), samples=SAMPLES, seed=SEED)
    return {"what_if": answer_of(city, city.point(asked.change)).as_dict(), "query": asked.query()}


def import_records(job: Job) -> Outcome:
    """Import a file into a register with the rights of who sent it; the job's id makes it happen once."""
    from dafeng.registers import import_file, preview
    from dafeng.web.office.records.store import records

    given = job.arguments
    if given["mode"] == "preview":
        found_problems = preview(records(), actor_for(job.made_by, job.behalf), given["register"], settings.WORKSPACE.incoming / given["file"])  # fmt: skip
        return {"register": given["register"], "preview": True, "number": len(found_problems), **_sentences(found_problems)}  # fmt: skip
    receipt = import_file(
        records(), actor_for(job.made_by, job.behalf), given["register"], settings.WORKSPACE.incoming / given["file"],
        mode=given["mode"], request=f"office-job-{job.id}",
    )  # fmt: skip
    found = receipt.as_dict()
    return {
        "register": given["register"],
        "counts": {name: found[name] for name in ("rows", "new", "updated", "unchanged", "conflicts", "refused")},
        "stored": receipt.stored, "repeated": receipt.repeated,
        **_sentences(receipt.problems, receipt.doubts),
    }  # fmt: skip


def _sentences(problems: Sequence[Problem], doubts: Sequence[Mapping[str, str]] = ()) -> Outcome:
    """Return the first problems of a file, then its unusual figures, as sentences in both languages."""
    return {
        f"problems_{lang}": [*(one.sentence(lang) for one in problems), *(f"{one['where']}: {one[lang]}" for one in doubts)][:MOST_PROBLEMS]
        for lang in ("zh", "en")
    }  # fmt: skip


def send_readings(job: Job) -> Outcome:
    """Hand a file of readings to the ledger for one unit; the job's id makes it happen once."""
    from dafeng.metering import ask_owner
    from dafeng.web.office.results.metered_units import ledger_owner

    given, owner = job.arguments, ledger_owner()
    if owner is None:
        raise DafengError.at(
            both("problem.ledger"), both("problem.not_running"), both("problem.running_ledger")
        )
    receipt = ask_owner(owner, "ingest", {
        "file": str(settings.WORKSPACE.incoming / given["file"]), "key": f"office-job-{job.id}", "partial": given["partial"], "owners": [given["unit"]],
    })  # fmt: skip
    counts = {name: receipt[name] for name in COUNTS}
    problems = [Problem.from_dict(one) for one in receipt["problems"]]
    return {
        "unit": given["unit"],
        "receipt": counts,
        "status": receipt["status"],
        **_sentences(problems),
    }


def write_paper(job: Job) -> Outcome:
    """Write a paper from a run: the yearly report or the page for the mayor."""
    from dafeng.report import one_page, read_summary, yearly_report

    given = job.arguments
    summary = read_summary(settings.WORKSPACE.results / given["results"])
    day = chinese_day(date.fromisoformat(given["day"]))
    paper = (yearly_report if given["paper"] == "yearly" else one_page)(summary, day)
    name = f"{given['paper']}-{job.id}.docx"
    paper.save(settings.WORKSPACE.results / given["results"] / name)
    return {"results": given["results"], "file": name}


def make_release(job: Job) -> Outcome:
    """Make a release of the office's case with what the approved records say; adopting it is an act of its own."""
    from dafeng.case import release
    from dafeng.registers import extract
    from dafeng.web.office.records.store import records

    given, name = job.arguments, f"release-{job.id}"
    target = settings.WORKSPACE.releases / name
    if (
        not target.exists()
    ):  # a release is written whole or not at all: a worker that was killed may have made it
        with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
            taken = Path(folder) / "extract"
            extract(
                records(), actor_for(job.made_by, job.behalf), taken, range(given["first"], given["last"] + 1)
            )
            proposals = _accepted(Path(folder) / "proposals.csv", job)
            release(case_path(str(given["case"])), target, [taken], proposals)
    return {"release": name, "before": given["case"]}


def enter_own_data(job: Job) -> Outcome:
    """Make a release with the figures of the place that were entered; adopting it is an act of its own."""
    from dafeng.case import OwnCell
    from dafeng.pathway import release_own_cells

    given, name = job.arguments, f"release-{job.id}"
    target = settings.WORKSPACE.releases / name
    if not target.exists():
        cells = [OwnCell(where=f"{one['id']}.value", **one) for one in given["cells"]]
        release_own_cells(case_path(str(given["case"])), target, cells, both("own_data").zh)
    return {"release": name, "before": given["case"]}


def _accepted(file: Path, job: Job) -> Path | None:
    """Write the accepted proposals into a file; None where there are none."""
    listed = list(Proposal.objects.filter(state=Proposal.ACCEPTED, at__lte=job.begun).order_by("id"))
    if not listed:
        return None
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(PROPOSED)
        lines.writerows([getattr(one, name) for name in PROPOSED] for one in listed)
    return file


RELEASING = ("release", "own_data")
"""Kinds of jobs that make a release."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of job: its function and the permission that entering one needs."""

    work: Callable[[Job], Outcome]
    permission: str


KINDS: dict[str, Kind] = {
    "run": Kind(run_case, "office.run"),
    "what_if": Kind(run_what_if, "office.run"),
    "import": Kind(import_records, "office.send_records"),
    "release": Kind(make_release, "office.follow_up"),
    "own_data": Kind(enter_own_data, "office.send_records"),
    "readings": Kind(send_readings, "office.send_records"),
    "paper": Kind(write_paper, "office.run"),
}
