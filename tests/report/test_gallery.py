"""Contract: every kind of picture is drawn in both languages and sizes as well-formed SVG without script, and has its texts."""

from xml.etree import ElementTree

import pytest

from dafeng.evidence import Language
from dafeng.report import PICTURES, sample_picture, text


@pytest.mark.parametrize("kind", PICTURES)
def test_a_kind_of_picture_is_whole_in_both_languages_and_sizes(kind):
    drawn = {(spoken, narrow): sample_picture(kind, spoken, narrow=narrow) for spoken in Language for narrow in (False, True)}  # fmt: skip
    for svg in drawn.values():
        root = ElementTree.fromstring(svg)
        assert root.tag.endswith("svg")
        assert {"script", "foreignObject"}.isdisjoint(one.tag.rsplit("}", 1)[-1] for one in root.iter())
        assert len(list(root.iter())) > 10
    # a load curve has days and kW alone
    assert (drawn[Language.ZH, False] == drawn[Language.EN, False]) == (kind == "load")
    for spoken in Language:
        assert text(f"gallery.{kind}", spoken)
        assert text(f"gallery.{kind}.read", spoken)


def test_metered_pictures_are_drawn_narrower_for_a_telephone():
    widths = [
        float(ElementTree.fromstring(sample_picture("load", Language.ZH, narrow=narrow)).get("width")[:-2])
        for narrow in (False, True)
    ]
    assert widths[0] > 1.4 * widths[1]
