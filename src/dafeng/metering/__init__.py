"""Meters of key energy users, buildings and parks: readings in, trustworthy energy, carbon and warnings out.

A batch is taken once, in one transaction, and answered with what was new, the same, replaced, older or
refused. Corrections supersede, earlier values stay as revisions, a gap is shown as a gap. One process owns
the store.

>>> import tempfile, pathlib
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> done = simulate(folder / "r.parquet", points=2, days=1, seed=1, counties=["360402"], faults=NO_FAULTS)
>>> with Store.create(folder / "s.duckdb", registry_from_rows({}, "empty")) as store:
...     ingest_file(store, folder / "r.parquet").counts.new
192
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.metering.cluster_operations import operate_cluster
    from dafeng.metering.example import write_example_readings
    from dafeng.metering.intake.adapters_yaml import Adapter, adapter_names, load_adapter
    from dafeng.metering.intake.dead_letters import count_dead_letters, dead_letters
    from dafeng.metering.intake.decoding import KIND_OF_TYPE, max_age, unpack
    from dafeng.metering.intake.ingest import (
        Acceptance,
        KeyTakenError,
        NoRoomError,
        Sending,
        enter_registry,
        ingest_body,
        ingest_file,
    )
    from dafeng.metering.intake.messages import as_answer, chinese, receipt_answer
    from dafeng.metering.intake.mqtt import mqtt_worker
    from dafeng.metering.intake.watched_folder import folder_worker
    from dafeng.metering.intake.workbooks import (
        write_error_file,
        write_notice,
        write_readings_template,
        write_registry_guide,
    )
    from dafeng.metering.judge.budgets import rules_out_of_force
    from dafeng.metering.judge.costs import costs
    from dafeng.metering.judge.coverage import MIN_COVERAGE
    from dafeng.metering.judge.data_quality import Span, check_readings, flags, release, scores
    from dafeng.metering.judge.package_writing import write_package
    from dafeng.metering.judge.prefill import compare_entered
    from dafeng.metering.judge.question import By, Period, Question
    from dafeng.metering.judge.rollup import answer_size, rollup
    from dafeng.metering.judge.rule_rows import packaged_rules
    from dafeng.metering.judge.unit_status import (
        COLOURS,
        budget_verdicts,
        has_unit,
        judged_days,
        latest_readings,
        newest_reading,
        stored_receipt,
        unit_status,
        warnings_of,
    )
    from dafeng.metering.judge.warnings import act, open_warnings
    from dafeng.metering.master_data import Registry, load_registry, media, registry_from_rows
    from dafeng.metering.metered_place import Place, place_of
    from dafeng.metering.operations import OPERATIONS, operate
    from dafeng.metering.owner import Owner, StoreOwnedError, owner_file, read_owner, write_owner
    from dafeng.metering.owner_client import ask_owner
    from dafeng.metering.receipt import Counts, Receipt
    from dafeng.metering.simulate import NO_FAULTS, Faults, Simulation, simulate
    from dafeng.metering.store.store import Store
    from dafeng.metering.tables import write_template

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "COLOURS",
    "KIND_OF_TYPE",
    "MIN_COVERAGE",
    "NO_FAULTS",
    "OPERATIONS",
    "Acceptance",
    "Adapter",
    "By",
    "Counts",
    "Faults",
    "KeyTakenError",
    "NoRoomError",
    "Owner",
    "Period",
    "Place",
    "Question",
    "Receipt",
    "Registry",
    "Sending",
    "Simulation",
    "Span",
    "Store",
    "StoreOwnedError",
    "act",
    "adapter_names",
    "answer_size",
    "as_answer",
    "ask_owner",
    "budget_verdicts",
    "check_readings",
    "chinese",
    "compare_entered",
    "costs",
    "count_dead_letters",
    "dead_letters",
    "enter_registry",
    "flags",
    "folder_worker",
    "has_unit",
    "ingest_body",
    "ingest_file",
    "judged_days",
    "latest_readings",
    "load_adapter",
    "load_registry",
    "max_age",
    "media",
    "mqtt_worker",
    "newest_reading",
    "open_warnings",
    "operate",
    "operate_cluster",
    "owner_file",
    "packaged_rules",
    "place_of",
    "read_owner",
    "receipt_answer",
    "registry_from_rows",
    "release",
    "rollup",
    "rules_out_of_force",
    "scores",
    "simulate",
    "stored_receipt",
    "unit_status",
    "unpack",
    "warnings_of",
    "write_error_file",
    "write_example_readings",
    "write_notice",
    "write_owner",
    "write_package",
    "write_readings_template",
    "write_registry_guide",
    "write_template",
]
