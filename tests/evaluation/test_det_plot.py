"""The DET plot is an SVG image that any viewer can read."""

from xml.etree import ElementTree

from faceplatform.evaluation import det_plot
from faceplatform.evaluation.comparisons import all_against_all
from tests.evaluation.people import made_up

SVG = "{http://www.w3.org/2000/svg}"


def _plot():
    return det_plot.draw_svg(
        "A & B <model>",
        {
            "one": all_against_all(*made_up(60, 3, spread=1.4)),
            "sure": all_against_all(*made_up(60, 3, spread=0.01)),
        },
    )


def test_it_is_well_formed_and_inside_its_frame():
    root = ElementTree.fromstring(_plot())  # noqa: S314 our own text
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    curve = root.findall(f"{SVG}polyline")[0].attrib["points"].split()
    assert len(curve) > 50
    for point in curve:
        x, y = map(float, point.split(","))
        assert 0 <= x <= width
        assert 0 <= y <= height


def test_axes_and_curves_are_named():
    texts = [element.text for element in ElementTree.fromstring(_plot()).iter(f"{SVG}text")]  # noqa: S314
    assert "false match rate (FMR)" in texts
    assert "false non-match rate (FNMR)" in texts
    assert "A & B <model>" in texts
    assert "one" in texts
    assert "sure (no miss)" in texts
    assert "0.1 %" in texts


def test_the_curve_falls():
    points = det_plot.trade_off(all_against_all(*made_up(60, 3, spread=1.4)))
    fmrs, fnmrs = zip(*points, strict=True)
    assert list(fmrs) == sorted(fmrs)
    assert list(fnmrs) == sorted(fnmrs, reverse=True)
