"""What an operator asks of a store, by name: the same verbs for the command line and for the server that owns it.

A verb is a function of a store and plain values, and answers with plain values.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError
from dafeng.metering.ingest import Acceptance, Sending, ingest_file
from dafeng.metering.store import Store

Answer = dict[str, Any]


def status(store: Store) -> Answer:
    """How much is stored, from when to when, how current and how complete each unit is."""
    totals = store.rows("""
        SELECT (SELECT count(*) FROM point WHERE kind <> 'retired') AS points,
          (SELECT coalesce(sum(count + quarantined), 0) FROM day_sum) AS readings,
          (SELECT coalesce(sum(quarantined), 0) FROM day_sum) AS quarantined,
          (SELECT coalesce(sum(estimated), 0) FROM day_sum) AS estimated,
          (SELECT coalesce(sum(synthetic), 0) FROM day_sum) AS synthetic,
          (SELECT count(*) FROM revision) AS revisions,
          (SELECT count(*) FROM batch WHERE status <> 'refused') AS batches,
          (SELECT count(*) FROM batch WHERE status = 'refused') AS refused_batches,
          (SELECT CAST(min(day) AS VARCHAR) FROM day_sum) AS first_day,
          (SELECT CAST(max(day) AS VARCHAR) FROM day_sum) AS last_day,
          (SELECT count(*) FROM archive WHERE reopened IS NULL) AS closed_months""")[0]
    answer = {name: int(value) if isinstance(value, int | float) else value for name, value in totals.items()}
    answer["origin"] = _origin(answer["readings"] - answer["quarantined"], answer["synthetic"])
    return answer | {"store": str(store.path), "bytes": store.path.stat().st_size}


def _origin(readings: int, synthetic: int) -> str:
    if not readings:
        return "none"
    return "synthetic" if synthetic == readings else "mixed" if synthetic else "measured"


def ingest(store: Store, file: str, *, key: str | None = None, partial: bool = False) -> Answer:
    """Take the readings of `file`; answers with the receipt."""
    path = Path(file)
    acceptance = Acceptance.PARTIAL if partial else Acceptance.WHOLE
    return ingest_file(store, path, Sending(f"file:{path.name}", key, acceptance)).as_dict()


OPERATIONS: dict[str, Callable[..., Answer]] = {"status": status, "ingest": ingest}


def operate(store: Store, verb: str, values: dict[str, Any]) -> Answer:
    """Run `verb` with `values`. Raises: DafengError for an unknown verb, and what the verb raises."""
    if verb not in OPERATIONS:
        raise DafengError.at("verb", verb, ", ".join(OPERATIONS))
    return OPERATIONS[verb](store, **values)
