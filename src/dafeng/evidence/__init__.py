"""Provenance of every number: source, data quality grade, notation key and findings.

Grades, notation keys, sources, findings, the one family of errors, progress reporting, named random
seeds and the message catalogue. Everything else in dafeng rests on this room; it imports nothing of it.

>>> problems = Problems()
>>> problems.add("energy.csv:7:fuel", "Raw_Cole", Text("能源代码", "a fuel id"), Text("是否为 Raw_Coal?", "did you mean Raw_Coal?"))
>>> print(*problems)
energy.csv:7:fuel：读到“Raw_Cole”，应为能源代码；是否为 Raw_Coal? energy.csv:7:fuel: found Raw_Cole; expected a fuel id; did you mean Raw_Coal?
"""

from dafeng.evidence.beijing_time import (
    BEIJING,
    UTC8_HOURS,
    UTC8_SECONDS,
    UTC8_US,
    day_of,
    midnight,
    to_beijing,
    to_utc,
    today,
    utc_now,
)
from dafeng.evidence.errors import DafengError, Problem, Problems
from dafeng.evidence.extras import install_extra
from dafeng.evidence.files import write_atomically
from dafeng.evidence.findings import Finding, Severity
from dafeng.evidence.grades import Grade, NotationKey
from dafeng.evidence.lazy import lazy_names
from dafeng.evidence.messages import Catalogue, Language, catalogue
from dafeng.evidence.packaged import packaged_rows
from dafeng.evidence.progress import ProgressSink, Task, report_progress_to, track
from dafeng.evidence.seeds import MOST_SEED, seed_sequence
from dafeng.evidence.texts import Text
from dafeng.evidence.translation import chinese
from dafeng.evidence.validation import field_problem
from dafeng.evidence.values import Source, Value, difference_as_shown
from dafeng.evidence.yaml_files import parse_yaml, read_yaml, yaml_line

__all__ = [
    "BEIJING",
    "MOST_SEED",
    "UTC8_HOURS",
    "UTC8_SECONDS",
    "UTC8_US",
    "Catalogue",
    "DafengError",
    "Finding",
    "Grade",
    "Language",
    "NotationKey",
    "Problem",
    "Problems",
    "ProgressSink",
    "Severity",
    "Source",
    "Task",
    "Text",
    "Value",
    "catalogue",
    "chinese",
    "day_of",
    "difference_as_shown",
    "field_problem",
    "install_extra",
    "lazy_names",
    "midnight",
    "packaged_rows",
    "parse_yaml",
    "read_yaml",
    "report_progress_to",
    "seed_sequence",
    "to_beijing",
    "to_utc",
    "today",
    "track",
    "utc_now",
    "write_atomically",
    "yaml_line",
]
