"""Operations on a store that is a ClickHouse cluster, by the names of those on the embedded one."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError
from dafeng.metering import clickhouse_verbs
from dafeng.metering.clickhouse import Cluster, HttpEngine
from dafeng.metering.intake.adapters_yaml import load_adapter
from dafeng.metering.intake.ingest import Acceptance, Sending
from dafeng.metering.judge.data_quality import Span
from dafeng.metering.metered_place import place_of
from dafeng.metering.operations import Answer, day_of, estimate, question_of, summed, year_of


def _enter(cluster: Cluster, case: str, *, approve: str | None = None) -> Answer:
    registry = place_of(case).registry()
    version, derived = cluster.put_registry(registry, approve=approve)
    return {"registry": version, "points": len(registry.tables["points"]), "derived": derived}


def _ingest(
    cluster: Cluster, file: str, *, key: str | None = None, partial: bool = False, adapter: str | None = None
) -> Answer:
    path = Path(file)
    sending = Sending(f"file:{path.name}", key, Acceptance.PARTIAL if partial else Acceptance.WHOLE)
    chosen = load_adapter(adapter) if adapter else None
    answer = cluster.ingest(path, sending, chosen).as_dict()
    return answer if chosen is None else answer | {"adapter": chosen.as_dict()}


def _rollup(
    cluster: Cluster,
    by: str,
    period: str,
    first: str | None = None,
    last: str | None = None,
    unit: str | None = None,
) -> Answer:
    if first is None or last is None:
        raise DafengError.at("rollup", "a span without its ends", "both --from and --to")
    question = question_of(by, period, day_of(first), day_of(last), unit)
    return summed(question, cluster.rollup(question))


def _last_day(cluster: Cluster) -> date:
    last: date | None = cluster.status()["last_day"]
    if last is None:
        raise DafengError.at("clickhouse", "no readings", "readings")
    return last


def _quality(
    cluster: Cluster, first: str | None = None, last: str | None = None, unit: str | None = None
) -> Answer:
    begin = day_of(first) if first else cluster.status()["first_day"] or _last_day(cluster)
    end = day_of(last) if last else _last_day(cluster) + timedelta(days=1)
    return clickhouse_verbs.quality(cluster, Span(begin, end), unit)


def _warn(cluster: Cluster, on: str | None = None) -> Answer:
    day = day_of(on) if on else _last_day(cluster)
    verdicts = clickhouse_verbs.warn(cluster, day)
    return {"on": str(day), "verdicts": verdicts, "open": clickhouse_verbs.open_ones(cluster)}


def _handle(cluster: Cluster, warning: int, action: str, person: str, note: str = "") -> Answer:
    return clickhouse_verbs.handle(cluster, warning, action, person=person, note=note)


def _release(cluster: Cluster, point: str, start: str, person: str, reason: str) -> Answer:
    return clickhouse_verbs.release_reading(cluster, point, start, person=person, reason=reason)


def _judge(cluster: Cluster, year: int) -> Answer:
    return clickhouse_verbs.judge_year(cluster, year_of(year))


def _nowcast(
    cluster: Cluster, base_year: int, inventory_t: float | None = None, county: str | None = None
) -> Answer:
    return estimate(cluster, base_year, inventory_t, county)


CLUSTER_OPERATIONS: dict[str, Callable[..., Answer]] = {
    "enter": _enter,
    "ingest": _ingest,
    "rollup": _rollup,
    "status": Cluster.status,
    "quality": _quality,
    "release": _release,
    "warn": _warn,
    "handle": _handle,
    "judge": _judge,
    "nowcast": _nowcast,
}


def operate_cluster(url: str, verb: str, values: dict[str, Any]) -> Answer:
    """Execute `verb` on a ClickHouse cluster.

    Parameters
    ----------
    url
        URL of the cluster.
    verb
        Name of the operation.
    values
        Arguments of the verb.

    Returns
    -------
    Answer of the verb.

    Raises
    ------
    DafengError
        For another verb, which needs the embedded store, and what the verb raises.
    """
    if verb not in CLUSTER_OPERATIONS:
        named = ", ".join(CLUSTER_OPERATIONS)
        raise DafengError.at("--store", f"{verb} on a cluster", named, "use a file as store")
    cluster = Cluster(HttpEngine(url))
    try:
        return CLUSTER_OPERATIONS[verb](cluster, **values)
    finally:
        cluster.close()
