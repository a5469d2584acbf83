"""Why the peak falls where it does: changes by sector add up and come largest first; the first page says what it rests on."""

from dafeng.evidence import Language
from dafeng.pathway.results import Range, SectorTrack
from dafeng.report import Summary, render
from dafeng.report.explaining import why_then


def with_sectors(summary: Summary, peak_year: float) -> Summary:
    """A plan whose industry falls by 1 Mt a year, whose power rises by 0.4, whose farming stands still."""
    account, years = summary.place.headline_account, summary.track("plan", "A").years
    tracks = [
        SectorTrack(scenario="plan", account=account, sector=sector, values=[20 + slope * n for n, _ in enumerate(years)])
        for sector, slope in (("energy", 0.4), ("industry", -1.0), ("agriculture", 0.0))
    ]  # fmt: skip
    peaks = [
        peak.model_copy(update={"year": Range(low=peak_year, median=peak_year, high=peak_year)})
        if (peak.scenario, peak.account) == ("plan", account) else peak
        for peak in summary.peaks
    ]  # fmt: skip
    return summary.model_copy(update={"sectors": tracks, "peaks": peaks})


def test_changes_after_the_peak_add_up_and_the_largest_comes_first(summary: Summary) -> None:
    told = why_then(with_sectors(summary, 2026.0), Language.EN)
    assert "2027 is at −0.600 Mt: industry −1.00 Mt, energy +0.400 Mt" in told
    assert "2030 is at −2.40 Mt: industry −4.00 Mt, energy +1.60 Mt" in told
    assert "agriculture" not in told
    assert "2030年 −240 万吨" in why_then(with_sectors(summary, 2026.0), Language.ZH)


def test_nothing_is_explained_without_a_peak_year_or_sectors(summary: Summary) -> None:
    assert why_then(with_sectors(summary, 2099.0), Language.EN) == ""
    assert why_then(summary.model_copy(update={"sectors": []}), Language.EN) == ""


def test_the_first_section_names_assumptions_targets_judged_and_data_wanted(summary: Summary) -> None:
    page = render(summary)
    first = page[page.index('id="answer"') : page.index('id="why"')]
    count = summary.target_count
    assert f"可判定 {count.judged} / {count.total} 项" in first
    assumed = [row for row in summary.influences if row.grade == "E"][:3]
    assert assumed
    assert all(row.name_zh.split(" (")[0] in first for row in assumed)
    assert all(row.title_zh in first for row in summary.data_requests[:3])
