"""Contract: a process is one function; what it reads and makes is registered, and the table of parameters says the same.

Trial processes read `series.*`, which belong to the case, so that no row of parameters.csv is needed.
"""

from pathlib import Path

import numpy as np
import pytest
from tests.pathway.test_evaluation import (
    TWO_SECTOR_DRIVERS,
    TWO_SECTOR_MEASURES,
    TableSet,
    fixed,
    measure,
    none,
    spread,
    two_sector_base,
)  # fmt: skip
from typer.testing import CliRunner

from dafeng.cli.pathway import app
from dafeng.evidence import DafengError
from dafeng.pathway import evaluate, parameter_kinds, parameter_page, process, quantity_units, registered
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine import registry
from dafeng.pathway.engine.program import program, reported
from dafeng.pathway.engine.turnover import NEEDED, VINTAGE
from dafeng.pathway.terms import NO_TERMS

PAGE = Path(__file__).parents[2] / "docs" / "parameters.md"


def kind_id(parameter):
    """The row of the vocabulary that an id of `reads` belongs to; "" for a quantity."""
    kinds = parameter_kinds()
    if parameter in kinds:
        return parameter
    general = f"{parameter.partition('.')[0]}.*"
    return general if "." in parameter and general in kinds else ""


def test_the_table_names_the_processes_that_read_a_parameter():
    readers = {}
    for found in registered().values():
        for parameter in found.parameters:
            readers.setdefault(kind_id(parameter), set()).add(found.id)
    for head in (*VINTAGE, *NEEDED):
        readers.setdefault(f"{head}.*", set()).add("with_turnover")
    readers["series.*"] = {"expressions"}
    readers.pop("")
    assert readers == {id_: set(kind.used_by) for id_, kind in parameter_kinds().items()}


def test_defaults_lie_within_bounds_and_every_row_has_an_equation():
    for kind in parameter_kinds().values():
        assert kind.equation
        assert kind.bounds[0] < kind.bounds[1]
        if kind.default is not None:
            assert kind.bounds[0] <= kind.default <= kind.bounds[1], kind.id


def test_targets_speak_of_quantities_that_a_process_reports():
    assert set(quantity_units()) <= set(reported())


def test_the_page_is_made_from_the_table(request):
    assert PAGE.read_text(encoding="utf-8") == parameter_page()
    shown = CliRunner().invoke(app, ["parameters", "--markdown"])
    assert shown.stdout == parameter_page()
    listed = CliRunner().invoke(app, ["parameters"]).stdout
    assert all(id_ in listed for id_ in parameter_kinds())


@pytest.fixture
def trial():
    """Registers processes for one test."""
    before = dict(registered())
    yield process
    registry._PROCESSES.clear()
    registry._PROCESSES.update(before)
    registry._changed()


def clinker_city(*drivers):
    base = two_sector_base()
    return compile_tables(
        TableSet([*TWO_SECTOR_DRIVERS, *drivers], TWO_SECTOR_MEASURES),
        base,
        as_of=2020,
        last_year=2030,
        terms=NO_TERMS,
    )


def test_one_function_is_a_process(trial):
    """Steel, 97,755 t in 2021, falls with a ratio that halves from 2020 to 2022: to three quarters in 2021."""
    ratio = [fixed("series.ratio", 0.8), fixed("series.ratio", 0.4, year=2022)]
    before = evaluate(clinker_city(*ratio), np.zeros(2), np.zeros((1, 0)))

    @trial(reads=("series.ratio", "start:series.ratio"), makes=("index.steel",))
    def clinker_ratio(ratio, start):
        return ratio / start

    @trial(reads=("sum:co2_t", "series.price?"), makes=("levy",), reports=True)
    def levy(co2_t, price):
        return co2_t * (2.0 if price is None else price)

    after = evaluate(clinker_city(*ratio), np.zeros(2), np.zeros((1, 0)))
    assert "levy" not in before.quantities
    gone = 97_755 / 4 + (0.25 * 105_000) * 0.5
    assert before.accounts["A"][0, 1] - after.accounts["A"][0, 1] == pytest.approx(gone)
    assert after.quantities["levy"][0, 1] == pytest.approx(2 * (97_755 * 0.75 + 11_000))
    priced = evaluate(clinker_city(*ratio, fixed("series.price", 5)), np.zeros(2), np.zeros((1, 0)))
    assert priced.quantities["levy"][0, 1] == pytest.approx(5 * (97_755 * 0.75 + 11_000))


def test_a_process_without_its_parameter_is_left_out(trial):
    @trial(reads=("series.absent",), makes=("index.steel",))
    def absent(value):
        raise AssertionError("called without its parameter")

    assert evaluate(clinker_city(), np.zeros(2), np.zeros((1, 0))).accounts["A"][0, 1] == pytest.approx(
        226_255
    )


def test_a_process_of_segments_is_added_up(trial):
    @trial(reads=("electricity_mwh.*", "series.loss?"), makes=("loss_mwh.*",), segments=("steel",))
    def losses(mwh, share):
        return None if share is None else mwh * share

    @trial(reads=("sum:loss_mwh",), makes=("losses_of_industry",), reports=True)
    def losses_of_industry(mwh):
        return mwh

    assert evaluate(clinker_city(), np.zeros(2), np.zeros((1, 0))).quantities["losses_of_industry"][0, 1] == 0
    lossy = evaluate(clinker_city(fixed("series.loss", 0.1)), np.zeros(2), np.zeros((1, 0)))
    assert lossy.quantities["losses_of_industry"][0, 1] == pytest.approx(10_500)


@pytest.mark.parametrize(
    ("reads", "makes", "function", "told"),
    [
        (("a", "b"), ("q",), lambda a: a, "1 arguments, 2 in reads"),
        (("gdp_growth",), ("net_import",), lambda a: a, "net_import (made by net_import)"),
        (("gdp_growth",), ("q.*", "q"), lambda a: (a, a), "two processes"),
    ],
)
def test_a_wrong_registration_is_refused(reads, makes, function, told):
    before = registered()
    with pytest.raises(TypeError) as caught:
        process(reads=reads, makes=makes)(function)
    assert told in str(caught.value)
    with pytest.raises(TypeError, match="does not make"):
        process(reads=("gdp_growth",), makes=("q",), reports=("p",))(lambda a: a)
    assert registered() == before


def test_unknown_reads_and_circles_are_refused(trial, two_sector_model):
    def order(wanted):
        return program(wanted, tuple(two_sector_model.parameters), two_sector_model.base.segments, False)

    @trial(reads=("nothing_known",), makes=("lost",))
    def lost(value):
        return value

    @trial(reads=("second_turn?",), makes=("first_turn",))
    def first_turn(value):
        return value

    @trial(reads=("first_turn",), makes=("second_turn",))
    def second_turn(value):
        return value

    @trial(reads=("sum:co2_t",), makes=("index.mining",))
    def index_of_a_sum(value):
        return value

    with pytest.raises(LookupError, match="nothing_known"):
        order(("lost",))
    with pytest.raises(LookupError, match="reads its own result"):
        order(("first_turn",))
    with pytest.raises(LookupError, match="sum:co2_t"):
        order(("A",))
    with pytest.raises(LookupError, match="no segment"):
        order(("co2_t.nowhere",))


@pytest.fixture
def two_sector_model():
    return clinker_city()


def test_the_headline_needs_no_process_of_other_quantities(two_sector_model):
    whole, short = (
        program(w, tuple(two_sector_model.parameters), two_sector_model.base.segments, False)
        for w in (reported(), ("A", "B"))
    )
    assert len(short.after) < len(whole.after)
    found = evaluate(two_sector_model, np.zeros(2), none(two_sector_model), quantities="headline")
    assert set(found.quantities) == set()
    assert found.accounts["A"][0, 1] == pytest.approx(226_255)


@pytest.mark.parametrize(
    ("drivers", "measures", "place", "told"),
    [
        ([fixed("urban_share", 1.2)], [], "drivers.csv:7:value", "0 to 1"),
        ([fixed("thermal_hours_max", 9000, "h")], [], "drivers.csv:7:value", "0 to 8784"),
        ([spread("eaf_share", 0.5, -0.1, 0.9, 3)], [], "drivers.csv:7:low", "0 to 1"),
        ([spread("eaf_share", 0.5, 0.1, 1.9, 3)], [], "drivers.csv:7:high", "0 to 1"),
        ([fixed("saving.two_high", 0.1)], [], "drivers.csv:7:parameter", "saving.*"),
        ([fixed("saving.power", 0.1)], [], "drivers.csv:7:parameter", "industry"),
        ([fixed("electrify.industry", 0.1)], [], "drivers.csv:7:parameter", "one by one"),
        ([], [measure("cap", "crude_capacity_t", 2025, 1e7, "t", "set")], "measures.csv:2:parameter", "drivers.csv"),
        ([], [measure("share", "saving.industry", 2025, 1.5, "1", "set")], "measures.csv:2:value", "1"),
    ],
)  # fmt: skip
def test_rows_that_would_change_nothing_or_lie_out_of_bounds_are_refused(drivers, measures, place, told):
    tables = TableSet([*TWO_SECTOR_DRIVERS, *drivers], [*TWO_SECTOR_MEASURES, *measures])
    with pytest.raises(DafengError) as caught:
        compile_tables(tables, two_sector_base(), as_of=2020, last_year=2030)
    assert [problem.where for problem in caught.value.problems] == [place]
    assert told in str(caught.value)


def test_a_measure_moves_a_parameter_from_its_default():
    """Most hours are 8,760 where the case gives none: a cap of 4,000 h halves what lies above nothing, not above 0."""
    capped = clinker_city()
    tables = TableSet(
        TWO_SECTOR_DRIVERS,
        [*TWO_SECTOR_MEASURES, measure("cap", "thermal_hours_max", 2021, 4000, "h", "set")],
    )
    capped = compile_tables(tables, two_sector_base(), as_of=2020, last_year=2030)
    found = evaluate(capped, capped.delivery(0.0, cap=1.0), none(capped))
    assert found.quantities["coal_generation_old"][0, 1] == pytest.approx(20 * 4000)
    still = evaluate(capped, capped.delivery(0.0), none(capped))
    assert still.quantities["coal_generation_old"][0, 1] == pytest.approx(20 * 5000)
