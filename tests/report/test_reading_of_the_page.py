"""Contract: colours of the page are told from paper, axes label their last year, departments have two readings, costs a table."""

import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from dafeng.evidence import Language
from dafeng.pathway.results import Attribution, Contribution, CostCurve, Estimate, Range
from dafeng.pathway.results.costs import CostedMeasure
from dafeng.report import Summary, render
from dafeng.report.contents.duties import department_duties
from dafeng.report.control_wording import control_lines
from dafeng.report.figures import GREY, OBSERVED, WITH, WITHOUT, wrapped, year_axis
from dafeng.report.page import message
from dafeng.report.printing import left_out
from dafeng.report.sections import CURVE_MEASURES, pictures
from dafeng.report.summary import Ratio
from dafeng.report.wording import emissions

STYLE = (files("dafeng.report") / "templates" / "style.css").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, paper: str = "#ffffff") -> float:
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_by_hand() -> None:
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", ["ink", "soft", "with", "without", "bad", "risk"])
def test_texts_have_a_contrast_of_four_and_a_half(name: str) -> None:
    colour = re.search(rf"--{name}: (#[0-9a-f]{{6}})", STYLE)
    assert colour
    assert contrast(colour[1]) >= 4.5


@pytest.mark.parametrize("colour", [WITH, WITHOUT, OBSERVED, GREY])
def test_lines_have_a_contrast_of_three(colour: str) -> None:
    assert contrast(colour) >= 3


@pytest.mark.parametrize("figure", ["fan_A", "fan_B", "wedges", "references"])
def test_the_last_year_is_labelled(summary: Summary, figure: str) -> None:
    drawn = pictures(summary)[figure](Language.ZH)
    last = max(year for trace in drawn.data for year in trace.x)
    assert drawn.layout.xaxis.ticktext[-1] == str(last)
    marks = list(drawn.layout.xaxis.tickvals)
    assert marks == sorted(marks)
    assert min(b - a for a, b in pairwise(marks)) >= 2


@pytest.mark.parametrize(
    ("years", "marks"),
    [
        (range(2015, 2036), [2015, 2020, 2025, 2030, 2035]),
        (range(2000, 2024), [2000, 2005, 2010, 2015, 2020, 2023]),
        (range(2026, 2036), [2026, 2030, 2035]),
        (range(2019, 2022), [2019, 2021]),
        ([2020], [2020]),
    ],
)
def test_marks_of_years(years, marks) -> None:
    import plotly.graph_objects as go

    figure = year_axis(go.Figure(), years)
    assert list(figure.layout.xaxis.tickvals) == marks


def test_whiskers_say_what_they_contain(summary: Summary) -> None:
    drawn = pictures(summary)
    for name, word in (("measures", "抽样误差"), ("delivery", "抽样误差"), ("inventory", "活动数据")):
        assert word in drawn[name](Language.ZH).layout.title.text, name
        assert "whiskers" in drawn[name](Language.EN).layout.title.text


def tasks(*rows: tuple[str, float, list[str]]) -> Attribution:
    found = [
        Contribution(
            id=id_, name_zh=id_, name_en=id_, reduction=tonnes, standard_error=0.0, departments=names
        )
        for id_, tonnes, names in rows
    ]
    return Attribution(
        account="A", quantity="2030", total=Estimate(value=1, standard_error=0), permutations=2, measures=[],
        tasks=found, departments=[],
    )  # fmt: skip


def test_departments_in_two_readings_by_hand() -> None:
    # wind and solar names the weather bureau last; the transport bureau leads a small task of its own
    found = department_duties(
        tasks(("1", 2.6, ["发改委", "气象局"]), ("2", 0.1, ["交通局"]), ("3", 0.4, ["发改委", "交通局"])),
        {"3": ["交通局"]},
    )
    rows = {row.department: row for row in found}
    assert [row.department for row in found] == ["发改委", "交通局", "气象局"]
    assert (rows["发改委"].lead, rows["发改委"].joint) == pytest.approx((2.6, 3.0))
    assert (rows["交通局"].lead, rows["交通局"].joint) == pytest.approx((0.5, 0.5))
    assert (rows["气象局"].lead, rows["气象局"].joint) == pytest.approx((0, 2.6))
    assert (rows["发改委"].marked, rows["交通局"].marked, rows["气象局"].marked) == (False, False, False)
    assert rows["交通局"].lead_tasks == ["2", "3"]
    assert sum(row.lead for row in found) == pytest.approx(3.1)
    assert department_duties(None, {}) == []


def test_both_readings_are_named_on_the_figure(summary: Summary) -> None:
    drawn = pictures(summary)["departments"](Language.ZH)
    assert {trace.name[:4] for trace in drawn.data} == {"列在首位", "参加的全"}
    assert "不可相加" in "".join(trace.name for trace in drawn.data)


def costed(count: int) -> CostCurve:
    return CostCurve(
        method="integrated", account="A", year=2030, discount_rate=0.06, left_out=3, left_out_reduction=1.0, investment={},
        measures=[
            CostedMeasure(id=f"m{n}", name_zh=f"措施{n}", name_en=f"measure {n}", marginal_cost=-270.4 + 100 * n, reduction=1.2,
                          cost=-6.1e8, grade="D", sources=[])
            for n in range(count)
        ],
    )  # fmt: skip


@pytest.mark.parametrize(("count", "drawn"), [(CURVE_MEASURES - 1, False), (CURVE_MEASURES, True)])
def test_costs_are_a_table_until_ten_measures_have_one(summary: Summary, count: int, drawn: bool) -> None:
    found = summary.model_copy(update={"cost_curve": costed(count)})
    assert ("cost_curve" in pictures(found)) is drawn
    page = render(found)
    assert "措施0" in page
    assert "−270" in page
    assert "−61,000" in page
    assert ("不足十项" in page) is not drawn


def test_ratios_are_beside_the_tonnes(summary: Summary) -> None:
    found = [
        Ratio(quantity=quantity, scenario=scenario, year=year, value=Range(low=7.1, median=7.694, high=8.3))
        for quantity in ("per_head", "per_gdp") for scenario in ("plan", "policy-carried-on") for year in (2020, 2030)
    ]  # fmt: skip
    page = render(summary.model_copy(update={"ratios": found}))
    tile = page.split('class="facts"')[1].split("</div>")[0]
    assert tile.count("7.69") == 2
    assert "(7.10–8.30)" in page


def test_what_the_sheets_leave_out_is_counted(summary: Summary) -> None:
    told = left_out(summary, Language.ZH)
    assert f"数据问题全文（{len(summary.findings)}项）" in told
    assert f"数据来源与条款（{len(summary.sources)}项）" in told


GOLDEN = Path(__file__).parent / "golden" / "jiujiang_summary.json"


@pytest.fixture(scope="module")
def golden() -> Summary:
    return Summary.model_validate_json(GOLDEN.read_text(encoding="utf-8"))


def test_no_markup_is_shown_as_text(golden: Summary) -> None:
    page = re.sub("<script.*?</script>", "", render(golden), flags=re.DOTALL)
    assert "二氧化碳 2026—2030年" in page
    assert not re.search(r"&lt;/?[a-z]", page)
    with pytest.raises(TypeError, match="quantity"):
        message("control.path_title", quantity=message("control.quantity.co2"), base=2026, year=2030)


def test_a_change_and_its_range_have_the_same_decimals(golden: Summary) -> None:
    page = render(golden)
    ranges = re.findall(r"([−+][\d.]+)%(?:（| \()([−+][\d.]+)%(?:至|…| to )([−+][\d.]+)%", page)
    assert len(ranges) > 10
    assert {len(figure.partition(".")[2]) for found in ranges for figure in found} == {1}
    assert not re.search(r">-\d", re.sub("<script.*?</script>", "", page, flags=re.DOTALL))


@pytest.mark.parametrize("language", list(Language))
def test_bars_of_causes_add_up_as_shown_and_end_at_the_figures_of_the_bridge(
    golden: Summary, language: Language
) -> None:
    (trace,) = pictures(golden)["waterfall"](language).data
    shown = [float(label.replace(",", "").replace("−", "-")) for label in trace.text]
    assert sum(shown[:-1]) == pytest.approx(shown[-1], abs=1e-9)
    plan = golden.track("plan", golden.place.headline_account)
    ends = (plan.mean[0], plan.mean[plan.years.index(2030)])
    assert [trace.text[0], trace.text[-1]] == [emissions(end, language, unit=False) for end in ends]
    assert not any("…" in title for title in trace.x)


def test_one_scenario_has_one_name_in_sentence_and_table(golden: Summary) -> None:
    found = control_lines(golden.assessment, golden.place.as_of, Language.ZH)
    assert any("方案部分落实时" in line for line in found)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("D · 活动水平的自身增速（钢铁）", ["D · 活动水平的自身增速", "（钢铁）"]),
        ("电机、变压器等用能设备增效", ["电机、变压器等用能设备", "增效"]),
        ("单位", ["单位"]),
    ],
)
def test_no_line_ends_with_a_bracket_or_holds_one_character(title: str, lines: list[str]) -> None:
    assert wrapped([title], Language.ZH) == ["<br>".join(lines)]


@pytest.mark.parametrize("figure", ["fan_A", "fan_B", "wedges", "references"])
def test_half_of_the_last_year_has_room_beyond_its_axis(golden: Summary, figure: str) -> None:
    drawn = pictures(golden)[figure](Language.EN)
    # four digits of 12.5 px are 32 px wide
    assert drawn.layout.margin.r >= 18


@pytest.mark.parametrize("language", list(Language))
def test_every_row_has_a_bar_of_its_own(golden: Summary, language: Language) -> None:
    for name in ("influences", "timing", "tornado", "measures", "counties", "departments", "inventory"):
        for trace in pictures(golden)[name](language).data:
            assert len(set(trace.y)) == len(trace.y), (name, language)
