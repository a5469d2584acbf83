"""Contract: a cell may say `=gdp.real * 0.8`; it is reckoned in every sample, in its unit, and every mistake is told with its cell."""

import pickle
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.pathway import draw, evaluate
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.methods.expressions import Formula, check_unit, parse, reckon, references

YEARS = np.arange(2020, 2061)
UNITS = {"gdp.real": "1", "people": "persons", "wind": "MW", "rate": "1/a"}


def value(text, unit="1", rate=False, **series):
    tree = parse(text)
    check_unit(tree, unit, UNITS)
    paths = {"gdp.real": np.exp(0.05 * (YEARS - 2020))[None], "people": np.full((1, 41), 4.6e6)} | series
    return reckon(Formula((tree,), (), unit, rate), paths.__getitem__, YEARS)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1 + 2 * 3", 7.0),
        ("=(1 + 2) * 3", 9.0),
        ("=2 ^ 3 ^ 2", 512.0),
        ("=2 ** 0.5", 2**0.5),
        ("=-2 ^ 2", -4.0),
        ("=8 / 4 / 2", 1.0),
        ("=10 - 4 - 3", 3.0),
        ("=80%", 0.8),
        ("＝（1＋2）×50％", 1.5),
        ("=max(1, 3, 2) - min(4, 2)", 1.0),
        ("=exp(log(5))", 5.0),
        ("=5e-1", 0.5),
        ("=20 [%]", 0.2),
    ],
)
def test_arithmetic(text, expected):
    np.testing.assert_allclose(value(text), expected, rtol=1e-14)


@given(st.recursive(st.floats(0.1, 9).map(lambda x: f"{x:.3f}"), lambda inner: st.builds(
    lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from("+-*"), inner), max_leaves=12))  # fmt: skip
def test_reads_arithmetic_as_python_does(text):
    np.testing.assert_allclose(value(text), eval(text), rtol=1e-9, atol=1e-9)


def test_functions_of_time():
    np.testing.assert_allclose(value("=gdp.real * 0.8"), 0.8 * np.exp(0.05 * (YEARS - 2020)))
    np.testing.assert_allclose(value("=growth(100 [MW], 3 [%/a])", "MW"), 100 * 1.03 ** (YEARS - 2020))
    np.testing.assert_allclose(value("=elasticity(gdp.real, 0.5)"), np.exp(0.025 * (YEARS - 2020)))
    np.testing.assert_allclose(value("=index(people)"), 1.0)
    np.testing.assert_allclose(
        value("=knots(2025: 3 [万千瓦], 2030: 50 [MW])", "MW"), np.interp(YEARS, [2025, 2030], [30, 50])
    )
    curve = value("=logistic(10%, 90%, 2035, 20)")
    assert curve[15] == pytest.approx(0.5)
    assert curve[5] == pytest.approx(0.1 + 0.8 * 0.1)
    assert curve[25] == pytest.approx(0.1 + 0.8 * 0.9)
    np.testing.assert_allclose(value("=(year - 2020) / 40"), (YEARS - 2020) / 40)


def test_units_multiply():
    """Capacity times hours is energy; persons times floor per person is area."""
    np.testing.assert_allclose(value("=100 [MW] * 2000 [h]", "MWh"), 200_000)
    np.testing.assert_allclose(value("=people * 40 [m2/person]", "万m2"), 4.6e6 * 40 / 1e4)
    np.testing.assert_allclose(value("=3 [%/a]", "1/a"), 0.03)


def test_a_rate_is_cumulated():
    path = value("=3 [%/a]", "1/a", rate=True)
    np.testing.assert_allclose(path, np.log(1.03) * (YEARS - 2020))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1 +", "its end"),
        ("=gdp.real * * 2", r"'\* 2' at character 13"),
        ("=2 $ 3", r"'\$ 3' at character 4"),
        ("=sin(1)", "sin"),
        ("=knots(1, 2)", "knots without years"),
        ("=knots(2030: 1, 2025: 2)", "ascending"),
        ("=growth(1)", "growth of 1 arguments"),
        ("=min(2030: 1, 2)", "outside knots"),
        ("=5 [furlong]", "furlong"),
        ("=__import__('os')", "character"),
        ("=(1).__class__", "character"),
        ("=" + "(" * 30 + "1", "its end"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(text, told):
    with pytest.raises(DafengError, match=told):
        parse(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("=gdp.real * 0.8", "MW"),
        ("=5 [MW] + 3", "MW"),
        ("=5 [MW] + 3 [MWh]", "MW"),
        ("=exp(5 [MW])", "1"),
        ("=growth(5 [MW], 3%)", "MW"),
        ("=max(1, people)", "1"),
        ("=2 ^ people", "1"),
        ("=people ^ gdp.real", "persons"),
        ("=5 [tCO2]", "t"),
    ],
)
def test_units_that_do_not_go_together(text, unit):
    with pytest.raises(DafengError, match="expression: found"):
        check_unit(parse(text), unit, UNITS)


def test_references_in_order():
    assert references(parse("=a * b.c + a + year + min(d, 2)")) == ("a", "b.c", "a", "d")


ROW = "{id},{id},360400,{year},{value},,,fixed,{unit},,own,pw-assumption,E,\n"


@pytest.fixture
def folder(jiujiang, tmp_path):
    """A copy of Jiujiang to which rows can be added; returns how to load it, and the line of the first row added."""
    target = tmp_path / "city"
    shutil.copytree(jiujiang.path, target)
    city = (target / "city.yaml").read_text(encoding="utf-8")
    assert "parent: regions/360000" in city
    drivers = target / "drivers.csv"
    before = drivers.read_text(encoding="utf-8")
    first = before.count("\n") + 1

    def with_rows(*rows):
        drivers.write_text(before + "".join(ROW.format(**row) for row in rows), encoding="utf-8")
        return load(target)

    return with_rows, first


def row(id_, text, unit="1", year=2020):
    return {"id": id_, "value": f'"{text}"', "unit": unit, "year": year}


def test_a_driver_follows_another_in_every_sample(folder, round_base):
    with_rows, _ = folder
    case = with_rows(
        row("series.half", "=population * 50%", "persons"), row("series.pair", "=series.half * 2", "万人")
    )
    model = compile_tables(case, round_base, case.city.as_of)
    draws = draw(model, 64, 1)
    for years in ([0, 5, 10], np.arange(41)):
        paths = Paths(model, np.asarray(years))
        paths.chunk(np.zeros((1, len(model.measures))), draws)
        people = paths.get("population")
        assert people.std(axis=0)[-1] > 0
        np.testing.assert_allclose(paths.get("series.half"), 0.5 * people)
        np.testing.assert_allclose(paths.get("series.pair") * 1e4, people)


def test_emissions_follow_an_expression_and_a_pickled_model_gives_the_same(folder, round_base):
    with_rows, _ = folder
    plain = compile_tables(with_rows(), round_base, 2024)
    assert "growth.mining" not in plain.parameters
    case = with_rows(row("growth.mining", "=gdp_growth * 0.5", "%/a"))
    model = compile_tables(case, round_base, 2024)
    draws = draw(model, 32, 3)
    more = evaluate(model, model.delivery(0), draws).accounts["B"]
    assert (more[:, 1:5] > evaluate(plain, plain.delivery(0), draws).accounts["B"][:, 1:5]).all()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(evaluate(again, again.delivery(0), draws).accounts["B"], more)
    one = evaluate(model, model.delivery(0), draws, [2030]).accounts["B"]
    np.testing.assert_allclose(one[:, 0], more[:, 10], rtol=1e-14)


def test_knots_may_be_expressions(folder, round_base):
    with_rows, _ = folder
    case = with_rows(
        row("series.x", "=2 [MW]", "MW"),
        row("series.x", "=3 * 2 [MW]", "MW", 2030),
        {"id": "series.x", "value": 8, "unit": "MW", "year": 2040},
    )
    model = compile_tables(case, round_base, 2024)
    np.testing.assert_allclose(
        model.parameters["series.x"].central, np.interp(YEARS, [2020, 2030, 2040], [2, 6, 8])
    )


def test_a_measures_figure_may_be_an_expression(folder, round_base, jiujiang):
    with_rows, _ = folder
    case = with_rows()
    path = case.path / "measures.csv"
    text = path.read_text(encoding="utf-8")
    changed = text.replace(
        "coal_rate_saving,2030,0.03,", "coal_rate_saving,2030,=coal_rate / coal_rate * 6% / 2,"
    )
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    ours = compile_tables(load(case.path), round_base, 2024).parameters["coal_rate_saving"]
    theirs = compile_tables(jiujiang, round_base, 2024).parameters["coal_rate_saving"]
    np.testing.assert_allclose(ours.actions[0].path, theirs.actions[0].path)


def test_every_mistake_is_told_with_its_cell(folder, round_base):
    with_rows, first = folder
    rows = [
        row("series.a", "=series.b + 1"),
        row("series.b", "=series.a * 2"),
        row("series.c", "=gdp.reel"),
        row("series.d", "=population"),
        row("series.e", "=1 +"),
        row("series.f", "=log(0 - gdp.real)"),
    ]

    def told(*picked):
        with pytest.raises(DafengError) as error:
            compile_tables(with_rows(*picked), round_base, 2024)
        return {p.where: p for p in error.value.problems}

    circle = told(rows[0], rows[1])
    assert set(circle) == {f"drivers.csv:{first}:value", f"drivers.csv:{first + 1}:value"}
    assert all("series.a" in p.found and "series.b" in p.found for p in circle.values())
    others = told(rows[2], rows[4])
    assert set(others) == {f"drivers.csv:{first}:value", f"drivers.csv:{first + 1}:value"}
    assert others[f"drivers.csv:{first}:value"].mend.endswith("did you mean gdp.real?")
    assert "person" in told(rows[3])[f"drivers.csv:{first}:value"].found
    assert "no number in 2020" in told(rows[5])[f"drivers.csv:{first}:value"].found
    assert f"drivers.csv:{first}:value" in told(row("series.g", "=series.g + 1"))


def test_an_uncertain_expression_is_refused(folder, round_base):
    with_rows, _ = folder
    case = with_rows(row("series.a", "=2"))
    frame = pd.read_csv(case.path / "drivers.csv", dtype=str, keep_default_na=False)
    frame.loc[frame["id"] == "series.a", ["distribution", "dimension"]] = ["normal", "999"]
    frame.to_csv(case.path / "drivers.csv", index=False)
    with pytest.raises(DafengError, match="fixed for an expression"):
        compile_tables(load(case.path), round_base, 2024)


def test_an_expression_survives_excel(folder, tmp_path):
    """A workbook holds it as text, not as a formula of Excel's own, and gives it back as it was."""
    from dafeng.case import from_xlsx, to_xlsx

    with_rows, _ = folder
    case = with_rows(row("series.half", "=population * 50%", "persons") | {"value": "=population * 50%"})
    to_xlsx(case.path, tmp_path / "city.xlsx")
    from_xlsx(tmp_path / "city.xlsx", tmp_path / "again")
    assert (tmp_path / "again" / "drivers.csv").read_bytes() == (case.path / "drivers.csv").read_bytes()
