"""Contract: pictures of causes show what the summary holds: bars that add up, ends of inputs, costs as areas; without data there is no picture."""

import pytest

from dafeng.evidence import Language
from dafeng.pathway.results import Cause, Causes, CostCurve, CostedMeasure, Swing, Tornado
from dafeng.report import figures
from dafeng.report.causes import cost_curve, tornado, waterfall
from dafeng.report.wording import costs_sentence


@pytest.fixture
def told(summary):
    """The summary with a decomposition, a tornado and a curve of three measures."""
    names = ("population", "gdp_per_person", "energy_per_gdp", "co2_per_energy")
    items = [
        Cause(factor=n, effect=e, low=None, high=None) for n, e in zip(names, (-1, 17, -11, -7), strict=True)
    ]
    measures = [
        CostedMeasure(
            id=i,
            name_zh=i,
            name_en=i,
            marginal_cost=c,
            reduction=r,
            cost=c * r * 1e6,
            grade="D",
            sources=["x"],
        )
        for i, c, r in (("a", -50.0, 2.0), ("b", 10.0, 1.0), ("c", 300.0, 0.05))
    ]
    return summary.model_copy(
        update={
            "causes": Causes(scenario="plan", account="A", start=2020, end=2030, start_value=35, end_value=33, items=items),
            "tornado": Tornado(
                account="A", year=2030, centre=33.0,
                swings=[
                    Swing(row="x", name_zh="增速 (steel)", name_en="growth (steel)", grade="E", source="s", at_low=30, at_high=36),
                    Swing(row="y", name_zh="措施", name_en="measure", grade="A", source="s", at_low=35, at_high=33),
                ],
            ),
            "cost_curve": CostCurve(
                method="integrated", account="A", year=2030, discount_rate=0.06, measures=measures, left_out=4,
                left_out_reduction=4.9, investment={2026: 1.7e9, 2027: 1.8e9},
            ),
        }
    )  # fmt: skip


@pytest.mark.parametrize("language", list(Language))
def test_the_waterfall_adds_up(told, language):
    trace = waterfall(told, language).data[0]
    assert list(trace.measure) == ["absolute", *["relative"] * 4, "total"]
    assert sum(trace.y[:-1]) == pytest.approx(trace.y[-1])
    assert trace.text[2].startswith("+")
    assert trace.text[1].startswith("−")
    assert "e+" not in "".join(trace.text)


def test_the_tornado_stands_on_the_centre(told):
    low, high = tornado(told, Language.EN).data
    assert (
        list(low.base) == list(high.base) == [33.0, 33.0] if isinstance(low.base, tuple) else low.base == 33.0
    )
    assert list(low.x) == [2.0, -3.0]
    assert list(high.x) == [0.0, 3.0]
    assert "steel" in " ".join(low.y)


def test_areas_of_the_curve_are_costs(told):
    trace = cost_curve(told, Language.EN).data[0]
    areas = [width * height * 1e6 for width, height in zip(trace.width, trace.y, strict=True)]
    assert areas == pytest.approx([row.cost for row in told.cost_curve.measures])
    assert trace.x[0] - trace.width[0] / 2 == pytest.approx(0)
    assert trace.x[2] + trace.width[2] / 2 == pytest.approx(3.05)


def test_what_the_curve_leaves_out_is_said_in_both_languages(told):
    assert "490 万吨" in costs_sentence(told, Language.ZH)
    assert "2026 17" in costs_sentence(told, Language.ZH)
    assert "4 more measures" in costs_sentence(told, Language.EN)
    assert "NE" in costs_sentence(told, Language.EN)


def test_without_data_there_is_no_picture(summary, told):
    bare = summary.model_copy(update={"causes": None, "tornado": None, "cost_curve": None})
    assert not {"waterfall", "tornado", "cost_curve"} & set(figures(bare))
    assert {"waterfall", "tornado"} <= set(figures(told))
    # fewer than ten measures with a cost are a table
    assert "cost_curve" not in figures(told)
    assert costs_sentence(bare, Language.ZH) == ""
