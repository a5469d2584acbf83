"""Kinds of jobs: each calls the public functions of the rooms and answers with plain values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from dafeng.web.office.jobs.models import Job
from dafeng.web.office.people.rights import actor_for
from dafeng.web.office.people.setup import case_of
from dafeng.web.office.words import texts

SAMPLES, SEED = 8192, 20300101
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


def import_records(job: Job) -> Outcome:
    """Import a file into a register with the rights of who sent it; the job's id makes it happen once."""
    from dafeng.registers import import_file
    from dafeng.web.office.records.store import records

    given = job.arguments
    receipt = import_file(
        records(), actor_for(job.made_by, job.behalf), given["register"], settings.WORKSPACE.incoming / given["file"],
        mode=given["mode"], request=f"office-job-{job.id}",
    )  # fmt: skip
    found = receipt.as_dict()
    return {
        "register": given["register"],
        "counts": {name: found[name] for name in ("rows", "new", "updated", "unchanged", "conflicts", "refused")},
        "stored": receipt.stored, "repeated": receipt.repeated,
        "problems_zh": [one.sentence("zh") for one in receipt.problems[:200]],
        "problems_en": [one.sentence("en") for one in receipt.problems[:200]],
    }  # fmt: skip


def write_paper(job: Job) -> Outcome:
    """Write a paper from a run: the yearly report or the page for the mayor."""
    from dafeng.report import one_page, read_summary, yearly_report

    given = job.arguments
    summary = read_summary(settings.WORKSPACE.results / given["results"])
    today = date.fromisoformat(given["day"])
    day = texts().text("paper_day", year=today.year, month=today.month, day=today.day)
    paper = (yearly_report if given["paper"] == "yearly" else one_page)(summary, day)
    name = f"{given['paper']}-{job.id}.docx"
    paper.save(settings.WORKSPACE.results / given["results"] / name)
    return {"results": given["results"], "file": name}


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of job: its function and the permission that entering one needs."""

    work: Callable[[Job], Outcome]
    permission: str


KINDS: dict[str, Kind] = {
    "run": Kind(run_case, "office.run"),
    "import": Kind(import_records, "office.send_records"),
    "paper": Kind(write_paper, "office.run"),
}
