"""Contract: values, units and years of 74 sentences and the bodies of 32 lists that were written after the rules."""

import csv
from pathlib import Path

import pytest

from dafeng.plan import Target, read_text

FACTS = Path(__file__).parent / "facts"
HEAD = "南屏市碳达峰实施方案\n一、主要任务\n(一)能源。"


def facts(name: str) -> list[dict[str, str]]:
    with (FACTS / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def shown(target: Target) -> str:
    value = "" if target.value is None else format(target.value, "g")
    high = "" if target.value_high is None else f"..{target.value_high:g}"
    when = target.year or target.period or ""
    return f"{target.comparator.value}{value}{high}{target.unit or ''} {when}".strip()


@pytest.mark.parametrize("row", facts("own_figures.csv"), ids=lambda row: row["sentence"][:18])
def test_figures_of_an_own_sentence(row) -> None:
    assert "; ".join(shown(target) for target in read_text(HEAD + row["sentence"]).targets) == row["targets"]


@pytest.mark.parametrize("row", facts("own_duties.csv"), ids=lambda row: row["list"][:18])
def test_bodies_of_an_own_list(row) -> None:
    joint = "" if row["list"][0] in "([【" else "\n"
    text = f"南屏市碳达峰实施方案\n一、主要任务\n(一)能源转型。优化用能结构。{joint}{row['list']}\n(二)产业升级。推进升级。\n"
    (duty,) = read_text(text).duties
    assert ";".join(duty.departments) == row["departments"]
    assert ";".join(duty.lead) == row["lead"]


def test_what_goes_on_with_a_yearly_amount_is_yearly_too() -> None:
    first, *parts = read_text(f"{HEAD}每年完成国土绿化20万亩,其中人工造林6万亩、退化林修复14万亩。").targets
    assert first.annual_average
    assert [part.annual_average for part in parts] == [True, True]
    each, total = read_text(f"{HEAD}每年完成20家企业清洁生产审核,累计完成80家。").targets
    assert (each.annual_average, total.annual_average) == (True, False)
