"""Results report: one summary, rendered as terminal, web page, workbook and tables, in Chinese and English.

`summarise` turns the model's answer into a `Summary`, which is `summary.json`; every output format reads the
summary and nothing else, every figure has one function and every text is once in `messages.csv`.

>>> from dafeng.evidence import Language
>>> emissions(52.317, Language.ZH), emissions(52.317, Language.EN)
('5,232 万吨', '52.32 Mt')
>>> tens(0.997)
'>19/20'
"""

from dafeng.report.assessed import Assessed
from dafeng.report.case_gallery import folder_of, write_case_gallery
from dafeng.report.contents.assessed import assessed_parts
from dafeng.report.contents.gathering import run_inputs, summarise_case
from dafeng.report.control_wording import control_lines
from dafeng.report.energy import (
    NARROW,
    WIDE,
    Look,
    course_picture,
    flow_picture,
    heat_picture,
    load_picture,
    picture_file,
    ranking_picture,
)
from dafeng.report.figures import COLOURS
from dafeng.report.page import render
from dafeng.report.papers.inventory import inventory_report
from dafeng.report.papers.inventory_figures import explain_inventory
from dafeng.report.papers.one_page import changes_since, decisions, one_page, task_lights
from dafeng.report.papers.references import explain_figure, read_summary, summary_of
from dafeng.report.papers.sheets import breakdown, follow_up_circular, follow_up_table, self_assessment
from dafeng.report.papers.units_page import units_page
from dafeng.report.papers.warnings import warning_circular
from dafeng.report.papers.workbooks import cascade_workbook, cascades_workbook, score_workbook
from dafeng.report.papers.yearly import yearly_report
from dafeng.report.pictures.county_map import Shade, county_map
from dafeng.report.pictures.fan import Line, fan_picture, legend
from dafeng.report.pictures.fan_file import fan_file
from dafeng.report.pictures.gallery import PICTURES, sample_picture
from dafeng.report.sections import pictures as figures
from dafeng.report.summarising import Background, summarise
from dafeng.report.summary import Place, Summary, summary_schema
from dafeng.report.terminal import show
from dafeng.report.texts import name, text
from dafeng.report.withholding import without_odds
from dafeng.report.wording import emissions, headline, scoped, significant, tens
from dafeng.report.workbooks.workbook import write_workbook
from dafeng.report.writing import check_writable, write_results

__all__ = [
    "COLOURS",
    "NARROW",
    "PICTURES",
    "WIDE",
    "Assessed",
    "Background",
    "Line",
    "Look",
    "Place",
    "Shade",
    "Summary",
    "assessed_parts",
    "breakdown",
    "cascade_workbook",
    "cascades_workbook",
    "changes_since",
    "check_writable",
    "control_lines",
    "county_map",
    "course_picture",
    "decisions",
    "emissions",
    "explain_figure",
    "explain_inventory",
    "fan_file",
    "fan_picture",
    "figures",
    "flow_picture",
    "folder_of",
    "follow_up_circular",
    "follow_up_table",
    "headline",
    "heat_picture",
    "inventory_report",
    "legend",
    "load_picture",
    "name",
    "one_page",
    "picture_file",
    "ranking_picture",
    "read_summary",
    "render",
    "run_inputs",
    "sample_picture",
    "scoped",
    "score_workbook",
    "self_assessment",
    "show",
    "significant",
    "summarise",
    "summarise_case",
    "summary_of",
    "summary_schema",
    "task_lights",
    "tens",
    "text",
    "units_page",
    "warning_circular",
    "without_odds",
    "write_case_gallery",
    "write_results",
    "write_workbook",
    "yearly_report",
]
