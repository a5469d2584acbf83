"""Comparison of two freezes: each change with its cause."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dafeng.assessment.records.freezes import Freeze
from dafeng.evidence import Text

REPORTED = ("targets", "target_count", "peaks", "base", "attribution", "joint_targets")
"""Parts of a summary that papers print: their figures are compared one by one, those of other parts are counted."""
_RECORD_HEAD = ("id", "version", "revision", "children", "entered_by")


@dataclass(frozen=True, slots=True)
class Change:
    """Change between two freezes: place, value before and after (None where absent), cause."""

    where: str
    before: Any
    after: Any
    cause: Text


def compare_freezes(first: Freeze, second: Freeze) -> list[Change]:
    """Return every change from one freeze to another, each with its cause.

    Figures of the summary are caused by the inputs whose content differs, the version, seed or number of
    samples; records by their last revision (who, act, reason); a change without any of these is named as
    unexplained, as somebody must have edited the results by hand.
    """
    one, two = first.content, second.content
    changes = [*_inputs(one, two), *_scheme(one, two), *_records(one, two)]
    cause = _cause_of_figures(one, two)
    parts = dict.fromkeys([*one["summary"], *two["summary"]])
    for part in parts:
        before, after = _leaves(one["summary"].get(part)), _leaves(two["summary"].get(part))
        differing = [path for path in dict.fromkeys([*before, *after]) if before.get(path) != after.get(path)]
        if part in REPORTED:
            changes += [
                Change(f"/{part}{path}", before.get(path), after.get(path), cause) for path in differing
            ]
        elif differing:
            count = Text(f"{len(differing)}个数值不同", f"{len(differing)} figures differ")
            changes.append(Change(f"/{part}", None, str(count), cause))
    return changes


def _inputs(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[Change]:
    before, after = dict(one["run"].get("inputs", {})), dict(two["run"].get("inputs", {}))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            was, now = one["summary"]["place"]["release"], two["summary"]["place"]["release"]
            cause = Text(f"案例发布由{was[:12]}变为{now[:12]}", f"release {was[:12]} became {now[:12]}")
            yield Change(f"inputs:{name}", before.get(name), after.get(name), cause)


def _scheme(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _leaves(one["scheme"]), _leaves(two["scheme"])
    cause = Text("计分方案改变", "the scoring scheme changed")
    for path in dict.fromkeys([*before, *after]):
        if before.get(path) != after.get(path):
            yield Change(f"scheme:{path}", before.get(path), after.get(path), cause)


def _records(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[Change]:
    for register in dict.fromkeys([*one["registers"], *two["registers"]]):
        before = {row["id"]: row for row in one["registers"].get(register, ())}
        after = {row["id"]: row for row in two["registers"].get(register, ())}
        for record in dict.fromkeys([*before, *after]):
            old, new = before.get(record, {}), after.get(record, {})
            old_cells, new_cells = _cells(old), _cells(new)
            cause = _cause_of_record(new or old, gone=not new)
            for name in dict.fromkeys([*old_cells, *new_cells]):
                if old_cells.get(name) != new_cells.get(name):
                    yield Change(
                        f"{register}/{record}{name}", old_cells.get(name), new_cells.get(name), cause
                    )


def _cells(record: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in record.items() if name not in _RECORD_HEAD}
    return _leaves(own) | {
        f"/children{path}": value for path, value in _leaves(record.get("children", {})).items()
    }


def _cause_of_record(record: Mapping[str, Any], gone: bool) -> Text:
    if gone:
        return Text("后一次冻结的人看不到该记录", "a record that the actor of the later freeze may not see")
    last = record["revision"]
    reason = f":{last['reason']}" if last["reason"] else ""
    return Text(
        f"修订{last['id']}:{last['actor']}于{last['at'][:10]}执行{last['act']}{reason}",
        f"revision {last['id']}: {last['act']} by {last['actor']} on {last['at'][:10]}{reason}",
    )


def _cause_of_figures(one: Mapping[str, Any], two: Mapping[str, Any]) -> Text:
    files = [change.where.removeprefix("inputs:") for change in _inputs(one, two)]
    settings = [
        f"{name} {one['summary']['place'].get(name)} → {two['summary']['place'].get(name)}"
        for name in ("version", "seed", "samples", "as_of", "horizon", "headline_account")
        if one["summary"]["place"].get(name) != two["summary"]["place"].get(name)
    ]
    listed = ", ".join([*files, *settings])
    if not listed:
        return Text("未找到原因:输入、版本、种子相同", "unexplained: inputs, version and seed are the same")
    return Text(f"输入或设置改变:{listed}", f"inputs or settings changed: {listed}")


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return the leaves of plain data by their JSON pointer."""
    if isinstance(value, dict):
        return {
            leaf: found
            for key, inner in value.items()
            for leaf, found in _leaves(inner, f"{path}/{key}").items()
        }
    if isinstance(value, list):
        return {
            leaf: found
            for key, inner in enumerate(value)
            for leaf, found in _leaves(inner, f"{path}/{key}").items()
        }
    return {} if value is None else {path: value}
