"""Every route of the office, written down once more: what it needs, and where the demonstration answers.

The matrix of rights, the walk in both languages, the browser, the restored backup and the search for leaks are made from
these lines; a route without a line fails `test_routes.py`.
"""

import re
from pathlib import Path

URLS = Path(__file__).parents[3] / "src" / "dafeng" / "web" / "office" / "urls.py"
PUBLIC, SIGNED_IN = "public", "signed_in"
READ, SEND, RUN, DECIDE = "office.read_records", "office.send_records", "office.run", "office.decide"
FOLLOW_UP, MANAGE, AUDIT, OPERATE = "office.follow_up", "office.manage", "office.audit", "office.operate"
TABLE = "/registers/storage_projects/"

PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "work": (SIGNED_IN, ("/",)),
    "sign_in": (PUBLIC, ("/signin",)),
    "account": (SIGNED_IN, ("/me/",)),
    "password": (SIGNED_IN, ("/me/password",)),
    "second_factor": (SIGNED_IN, ("/me/second-factor",)),
    "registers": (READ, ("/registers/",)),
    "register": (READ, (TABLE, f"{TABLE}?where=power>=300&sort=-power&q=a", "/registers/key_energy_users/")),
    "new_record": (SEND, (f"{TABLE}new",)),
    "conflicts": (READ, (f"{TABLE}conflicts/",)),
    "record": (READ, (f"{TABLE}1/", "/registers/key_energy_users/1/", "/registers/two_high_projects/1/")),
    "edit_record": (SEND, (f"{TABLE}1/edit", "/registers/key_energy_users/1/edit")),
    "returns": (READ, ("/returns/",)),
    "tasks": (SIGNED_IN, ("/tasks/", "/tasks/?period=2026H1")),
    "targets": (SIGNED_IN, ("/targets/",)),
    "target": (SIGNED_IN, ("/targets/1/",)),
    "explain": (READ, ("/explain/", "/explain/?ref=storage_projects/1/power")),
    "scores": (READ, ("/scores/",)),
    "new_score": (SEND, ("/scores/new/matrix_60",)),
    "score": (READ, ("/scores/1/",)),
    "warnings": (READ, ("/warnings/",)),
    "pipeline": (READ, ("/pipeline/", "/pipeline/?view=lenders")),
    "freezes": (READ, ("/freezes/",)),
    "metering": (READ, ("/metering/",)),
    "unit": (READ, ("/metering/EX-CEMENT/",)),
    "results": (SIGNED_IN, ("/results/",)),
    "run": (SIGNED_IN, ("/results/run-1/",)),
    "glance": (SIGNED_IN, ("/city/",)),
    "energy": (READ, ("/energy/", "/energy/?county=990101&parts=unit", "/energy/?unit=EX-STEEL&by=month")),
    "gallery": (SIGNED_IN, ("/gallery/",)),
    "what_if": (SIGNED_IN, ("/what-if/", "/what-if/?sure=0.5")),
    "compare_scenarios": (SIGNED_IN, ("/what-if/compare",)),
    "own_data": (SIGNED_IN, ("/own-data/",)),
    "releases": (SIGNED_IN, ("/releases/",)),
    "jobs": (SIGNED_IN, ("/jobs/",)),
    "job": (SIGNED_IN, ("/jobs/1/",)),
    "people": (MANAGE, ("/manage/",)),
    "new_person": (MANAGE, ("/manage/people/new",)),
    "person": (MANAGE, ("/manage/people/2/",)),
    "organisations": (MANAGE, ("/manage/organisations/",)),
    "audit": (AUDIT, ("/manage/audit/",)),
    "operations": (OPERATE, ("/manage/operations/",)),
}
"""Route with a page → what it needs, addresses."""

FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "export": (READ, (f"{TABLE}export.csv", f"{TABLE}export.xlsx", f"{TABLE}export.csv?where=power>1")),
    "template": (SEND, (f"{TABLE}template.xlsx",)),
    "evidence": (READ, ()),
    "public_list": (PUBLIC, ()),
    "notice_file": (PUBLIC, ()),
    "follow_up_paper": (READ, ("/tasks/2026H1/table.docx", "/tasks/2026H1/circular.docx")),
    "score_paper": (READ, ("/scores/1/paper.docx", "/scores/1/paper.csv")),
    "warning_circular": (READ, ("/warnings/circular/2025-01",)),
    "run_file": (SIGNED_IN, ("/results/run-1/file/summary.json",)),
    "gallery_picture": (SIGNED_IN, ("/gallery/fan/zh/wide.svg", "/gallery/heat/en/narrow.svg")),
    "fan_file": (SIGNED_IN, ("/what-if/fan.csv", "/what-if/fan.svg", "/what-if/fan.png")),
    "energy_file": (READ, ("/energy/parts.csv", "/energy/course.xlsx")),
    "registry_file": (FOLLOW_UP, ()),
}
"""Route with a file → what it needs, addresses."""

ACTS = {
    PUBLIC: {"sign_out", "language"},
    SIGNED_IN: {
        "address", "end_session", "delegate", "end_delegation", "act_for", "save_scenario", "drop_scenario", "cancel_job", "repeat_job",
    },
    READ: {"save_view", "drop_view", "comment"},
    SEND: {
        "import", "steps", "settle", "step", "attach", "move_return", "appeal", "answer_appeal", "send_readings", "handle_warning", "propose",
        "propose_change", "decide_change", "enter_own_data",
    },
    RUN: {"full_run", "new_run", "new_paper"},
    DECIDE: {"adopt_release", "decide_proposal"},
    FOLLOW_UP: {
        "publish_list", "withdraw_list", "publish_notice", "withdraw_notice", "ask", "issue_warnings", "lift_warning", "freeze", "lift_freeze",
        "new_release",
    },
    MANAGE: {"give_role", "end_all_sessions", "invite_again", "hand_over", "end_role"},
}  # fmt: skip
"""Need → routes that only act, by POST."""

ELSEWHERE = {
    "health": (PUBLIC, "JSON for monitors: test_operations.py"),
    "first_run": (PUBLIC, "before the office is set up: test_people.py"),
    "invitation": (PUBLIC, "needs a token: test_people.py"),
    "sso": (PUBLIC, "off without an issuer: test_single_sign_on.py"),
    "sso_callback": (PUBLIC, "off without an issuer: test_single_sign_on.py"),
    "public_lists": (PUBLIC, "off by default: test_published.py"),
    "public_method": (PUBLIC, "off by default: test_published.py"),
    "public_notice": (PUBLIC, "off by default: test_published.py"),
}
"""Route without a page in the demonstration → what it needs, where it is tested."""

NEEDED = (
    {name: needed for name, (needed, _) in (PAGES | FILES).items()}
    | {name: needed for needed, names in ACTS.items() for name in names}
    | {name: needed for name, (needed, _) in ELSEWHERE.items()}
)


def visitor(needed: str) -> str:
    """Return who of the demonstration is let in."""
    return "admin" if needed in {MANAGE, AUDIT, OPERATE} else "clerk"


def served(table: dict[str, tuple[str, tuple[str, ...]]]) -> list[tuple[str, str]]:
    """Return visitor and address of each page or file of the routes that there are."""
    there = set(re.findall(r'name="(\w+)"', URLS.read_text(encoding="utf-8")))
    return [(visitor(needed), path) for name, (needed, paths) in table.items() if name in there for path in paths]  # fmt: skip
