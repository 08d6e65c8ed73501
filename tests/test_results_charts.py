"""Pictures: each draws in both languages on axes it is given, says what the tables say, and reads in grey."""

import io
import os
import re
import warnings
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from report_study import invented_study
from small_scenario import write_small

from optimizer import NextPerson, Reason
from results import charts, summarize
from results.charts import pen, style, tongues
from results.charts.side_by_side import side_by_side
from results.compare import WEEK_INDICATORS
from results.evidence import curve_frame, curves_of, mean_of
from results.maps import find_unit_map
from results.summary import RolloutStudy, StudyData, Summary
from results.trade_off import TradePoint, efficient, knee
from results.wording import LANGUAGES, Lang
from scenarios import load_scenario
from sim import UNIT_COLUMNS, Curve, Interval
from sim.measures import percentile_min

CURVE = Curve(
    office="o1",
    group="commune",
    base=3,
    levels=(1, 2, 3, 4, 5),
    overload_s_per_day=(90_000, 40_000, 12_000, 3_000, 900),
    error_s_per_day=(9_000, 5_000, 2_000, 700, 300),
    erlang_s_per_day=(70_000, 30_000, 15_000, 5_000, 2_000),
    simulated_s_per_day=(91_000, 39_000, 12_500, 2_900, 950),
    convex=True,
    counters=4,
    counters_needed=(1, 2, 3, 4, 5),
    played=(1, 2, 3, 5),
)
WHOLE = ("phases", "gantt", "weeks")  #: figures of all phases together
POINTS = tuple(
    TradePoint(moves, Interval(overload, overload - 3, overload + 3), proven=moves != 20)
    for moves, overload in ((0, 100.0), (10, 40.0), (15, 55.0), (20, 30.0), (30, 28.0))
)


def weeks(level: float) -> pd.DataFrame:
    """Two phases of three weeks."""
    starts = pd.to_datetime(["2025-01-06", "2025-01-13", "2025-01-20", "2025-03-03", "2025-03-10", "2025-03-17"]).date
    frame = pd.DataFrame({"phase": ["p1"] * 3 + ["p2"] * 3, "start": starts, "end": starts, "days": 5})
    return frame.assign(**{name: level for name in WEEK_INDICATORS})


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    """A study with curves, weeks and next persons."""
    scenario = load_scenario(write_small(tmp_path_factory.mktemp("scenario") / "small"))
    made = invented_study(scenario, Reason("R-STAY-001", ()))
    people = (NextPerson("o1", "commune", 3, -120.5, 30.0), NextPerson("o2", "commune", 2, None, 4.0))
    phases = tuple(replace(phase, plan=replace(phase.plan, next_person=people)) for phase in made.phases)
    return replace(made, phases=phases, curves={"p1": (CURVE,)}, rollout=RolloutStudy(weeks(9.0), weeks(4.0)))


@pytest.fixture(scope="module")
def summary(study: StudyData) -> Summary:
    return summarize(study)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_picture_of_a_study_draws(summary: Summary, lang: Lang) -> None:
    """Nothing warns, in either language, and each is a picture with words in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = {name: charts.svg(draw(lang), name) for name, draw in charts.drawings(summary).items()}
    assert {"phases", "gantt", "weeks", "p1-curves", "p1-next", "p1-door", "p2-fairness", "p2-percentiles"} <= drawn.keys()
    assert all("<text" in text for text in drawn.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_draw_on_axes_of_a_notebook(summary: Summary, lang: Lang) -> None:
    """Each `draw_…` takes plain axes and touches no others."""
    phase = summary.phases[0]
    names = {office.id: office.name for office in phase.offices}
    joined, others = charts.office_rows(summary)
    axes = Figure().subplots(3, 4).flat
    charts.draw_percentiles(axes[0], phase.waits, names, lang, standard_min=20)
    charts.draw_door_to_done(axes[1], phase.units, lang)
    charts.draw_lorenz(axes[2], phase.units, lang)
    charts.draw_sorted_waits(axes[3], phase.units, lang)
    charts.draw_curve(axes[4], phase.curves[0], names, lang)
    charts.draw_gantt(axes[5], summary.phases, joined, others, lang)
    charts.draw_trade_off(axes[6], POINTS, lang)
    charts.draw_regrets(axes[7], ["a", "b"], ["x", "y", "z"], np.array([[0.0, 5.0, 2.0], [9.0, 0.0, 1.0]]), lang)
    charts.draw_heat(axes[8], phase.heat_as_is, phase.offices, lang, first=0, planned=False)
    charts.draw_waits(axes[9], phase.offices, lang, standard_min=20)
    charts.draw_map(axes[10], summary, phase, planned=True)
    assert all(one.has_data() or one.texts or one.patches for one in list(axes)[:11])


def test_trade_offs_and_regrets_are_pictures(lang: Lang = "vi") -> None:
    """They take any points, so that a sweep or a robust plan can be shown."""
    assert charts.svg(charts.trade_off_figure(POINTS, lang), "t").count("<text") > 5
    assert charts.svg(charts.regrets_figure(["a"], ["x"], np.zeros((1, 1)), lang), "r").startswith("<svg")


def test_the_knee_is_where_a_further_move_buys_less() -> None:
    """By hand: 0→10 moves take 60 of 72 away for a third of the moves; the plan of 15 moves is beaten by that of 10."""
    assert [point.moves for point in efficient(POINTS)] == [0, 10, 20, 30]
    found = knee(POINTS)
    assert found is not None
    assert found.moves == 10
    assert knee(POINTS[:2]) is None


def test_percentiles_and_door_to_done_are_those_of_the_tables(study: StudyData, summary: Summary) -> None:
    """Means over replications, office by office and unit by unit; the mean unit weighs inhabitants."""
    tables, phase = study.phases[0].planned, summary.phases[0]
    for line in phase.waits:
        place = tables.office_ids.index(line.office)
        for share, shown in zip((50, 90, 95), line.planned, strict=True):
            assert shown == pytest.approx(np.mean([percentile_min(one[place], share) for one in tables.wait_histogram]))
    columns = {name: tables.unit[:, :, number] for number, name in enumerate(UNIT_COLUMNS)}
    for place, line in enumerate(phase.units):
        travel = (columns["travel"][:, place] / columns["finished"][:, place]).mean() / 60_000
        assert line.planned.travel_min == pytest.approx(travel)
    mean = mean_of(phase.units)
    assert mean is not None
    people = [line.population for line in phase.units]
    assert mean.as_is.wait_min == pytest.approx(np.average([line.as_is.wait_min for line in phase.units], weights=people))


def test_curves_are_read_back_whole() -> None:
    """A curve in its table is the curve."""
    assert curves_of(curve_frame({"p1": (CURVE,)})) == {"p1": (CURVE,)}


def test_files_have_the_same_bytes_each_time(summary: Summary) -> None:
    """SVG, PDF and PNG, drawn twice."""
    drawings = charts.drawings(summary)
    for draw in (drawings["p1-maps"], drawings["p1-curves"]):
        assert charts.svg(draw("vi"), "x") == charts.svg(draw("vi"), "x")
        assert style.pdf(draw("en")) == style.pdf(draw("en"))
        assert style.png(draw("vi"), 60) == style.png(draw("vi"), 60)


def test_scales_fall_evenly_in_lightness() -> None:
    """Each step is darker in grey than the one before by a tenth of black at least, and after is darker than before."""

    def luminance(color: str) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
        return float(np.dot((0.2126, 0.7152, 0.0722), linear) ** (1 / 2.2))

    steps = [luminance(color) for color in style.SCALE]
    assert all(lighter - darker > 0.08 for lighter, darker in pairwise(steps))
    assert luminance(style.AS_IS) - luminance(style.PLANNED) > 0.1


@pytest.fixture(scope="module")
def crowded() -> Summary:
    """A study of two phases on the network of Binh Duong with its map."""
    made = invented_study(load_scenario("binh-duong"), Reason("R-STAY-001", ()), moves=40, replications=2)
    rollout = RolloutStudy(weeks(9.0), weeks(4.0))
    return summarize(replace(made, phases=made.phases[:2], unit_map=find_unit_map("binh-duong"), rollout=rollout))


def words_of(axes: Axes) -> list[Text]:
    """Every text of a panel that can be seen."""
    found = [*axes.texts, axes.xaxis.label, axes.yaxis.label]
    for axis, place in ((axes.xaxis, 0), (axes.yaxis, 1)):
        low, high = sorted(axis.get_view_interval())
        found += [label for label in axis.get_ticklabels() if low <= label.get_position()[place] <= high]
    found += [axes.title, getattr(axes, "_left_title"), getattr(axes, "_right_title")]  # noqa: B009
    shown = axes.axison
    return [one for one in found if one.get_text() and one.get_visible() and (shown or one in axes.texts)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", (*WHOLE, "heat", "waits", "percentiles", "door", "fairness", "maps", "moves"))
def test_labels_of_a_hundred_offices_do_not_meet(crowded: Summary, name: str, lang: Lang) -> None:
    """On the network of Binh Duong no two words of a panel or of the legend overlap, and none leaves the picture."""
    figure = charts.drawings(crowded)[name if name in WHOLE else f"p2-{name}"](lang)
    canvas = FigureCanvasAgg(figure)
    with mpl.rc_context(style.STYLE):
        figure.savefig(io.BytesIO(), format="png")
    renderer, frame = canvas.get_renderer(), figure.bbox.padded(2)
    legends = [[*legend.get_texts(), legend.get_title()] for legend in figure.legends]
    for panel in (*map(words_of, figure.axes), *legends):
        boxes = [(one.get_text(), one.get_window_extent(renderer)) for one in panel if one.get_text()]
        boxes = [(text, box) for text, box in boxes if box.width]
        for text, box in boxes:
            assert frame.contains(box.x0, box.y0), text
            assert frame.contains(box.x1, box.y1), text
        for (first, one), (second, other) in combinations(boxes, 2):
            assert not one.padded(-0.5).overlaps(other.padded(-0.5)), (first, second)


def test_the_crowded_part_of_a_map_is_enlarged_once(crowded: Summary) -> None:
    """Every office that gives or receives stands in one of the two panels, and only in one; few moves enlarge nothing."""
    phase = crowded.phases[1]
    window = charts.crowded_window(crowded, phase)
    assert window is not None
    figure = charts.moves_figure(crowded, phase, "vi")
    discs = [line for axes in figure.axes for line in axes.lines if line.get_markersize() > 8]
    assert sum(np.size(line.get_xdata()) for line in discs) == len({move.target for move in phase.moves})
    assert charts.crowded_window(crowded, replace(phase, moves=phase.moves[:3])) is None


def test_two_processes_give_what_one_gives() -> None:
    """Work shared with a copy of the process comes back in order; a failure on either side is told as it is with one."""
    numbers = list(range(20))
    assert side_by_side(lambda number: number**2, numbers, 2) == side_by_side(lambda number: number**2, numbers, 1)
    done: list[int] = []
    assert side_by_side(str, numbers, 2, first=lambda: done.append(os.getpid())) == list(map(str, numbers))
    assert done == [os.getpid()]
    for wrong in (6, 7):
        with pytest.raises(ZeroDivisionError):
            side_by_side(lambda number, wrong=wrong: 1 / (number - wrong), numbers, 2)


def test_words_stand_where_matplotlib_would_write_them() -> None:
    """The places of words in an SVG file are those of matplotlib's own canvas, in the same figure."""
    figure = style.new_figure(2.0)
    first, second = figure.subplots(1, 2)
    first.barh(["một cửa", "a much longer name of an office"], [3, 5])
    second.plot([1, 2, 3], [10_000, 20_000, 15_000], "o-")
    second.set_ylabel("minutes & hours")
    style.states_legend(figure, "vi")
    ours = charts.svg(figure, "p")
    stream = io.StringIO()
    with mpl.rc_context(style.STYLE | {"svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(stream)  # type: ignore[no-untyped-call]

    def words(text: str) -> dict[str, list[float]]:
        found = re.findall(r"<text ([^>]*)>([^<]*)</text>", text)
        return {word: [float(place) for place in re.findall(r' [xy]="([^"]*)"', f" {marks}")] for marks, word in found}

    theirs, written = words(stream.getvalue()), words(ours)
    assert {"một cửa", "minutes &amp; hours"} <= theirs.keys() == written.keys()
    for word in written.keys() - {"minutes &amp; hours"}:  # which is turned, and theirs has no place but a transform
        assert written[word] == pytest.approx(theirs[word], abs=0.01)


def test_lines_are_drawn_where_the_figure_has_them() -> None:
    """Ends of lines are told from where they begin; added up they are the points to a hundredth, however many there are."""
    figure = style.new_figure(2.0)
    axes = figure.subplots()
    (line,) = axes.plot(np.linspace(0, 1, 2_000), np.sin(np.linspace(0, 40, 2_000)), color="#123456")
    text = charts.svg(figure, "p")
    shape = re.findall(r'<path d="M([^l]*)l([^"]*)"[^>]*#123456', text)[0]
    told = [np.array(part.split(), float).reshape(-1, 2) for part in shape]
    drawn = np.vstack(told).cumsum(axis=0)
    spots = line.get_transform().transform(line.get_xydata())
    spots[:, 1] = figure.get_size_inches()[1] * 72 - spots[:, 1]
    assert len(drawn) == 2_000
    assert np.abs(drawn - spots).max() < 0.006


def test_an_svg_file_refers_to_what_it_holds(summary: Summary) -> None:
    """Every id begins with the name of its figure, stands once, and is the only thing referred to; hatching and clips too."""
    for name, draw in charts.drawings(summary).items():
        text = charts.svg(draw("vi"), name)
        ids = [one.get("id") for one in ElementTree.fromstring(text).iter() if one.get("id")]
        assert len(ids) == len(set(ids))
        referred = {one or other for one, other in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', text)}
        assert referred == set(ids)
        assert all(str(one).startswith(f"{name}-") for one in ids)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_in_both_languages_says_what_one_in_each_says(summary: Summary, lang: Lang) -> None:
    """Drawn once, its words are those of the figure of one language, in the same order and within the same page."""

    def words(text: str) -> list[str | None]:
        return [word.text for word in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]

    for name, draw in charts.drawings(summary).items():
        together = charts.in_both(draw("both"), name)[lang]
        alone = charts.svg(draw(lang), f"{name}-{lang}")
        assert words(together) == words(alone)
        assert together.splitlines()[0] == alone.splitlines()[0]
        assert not re.search(r"[\x00-\x08]", together)


def test_texts_of_both_languages_are_put_together_as_others_are() -> None:
    """A text in both languages may stand in another, or be cut short; each language reads its own."""
    state = tongues.say("chart.as_is", "both")
    told = tongues.say("chart.gini", "both", state=state, gini=0.5) + f" 7 {style.short(state, 6)}"
    for lang in LANGUAGES:
        alone = tongues.say("chart.as_is", lang)
        expected = tongues.say("chart.gini", lang, state=alone, gini=0.5) + f" 7 {style.short(alone, 6)}"
        assert tongues.parted(told, lang) == expected
    assert tongues.number(7, "both") == "7"


def test_a_line_after_a_closed_outline_begins_where_that_began() -> None:
    """The letter z takes the pen back to the first point of the outline."""
    kinds = [Outline.MOVETO, Outline.LINETO, Outline.LINETO, Outline.CLOSEPOLY, Outline.LINETO, Outline.LINETO]
    drawn = Outline([(3, 2), (10, 2), (10, 10), (0, 0), (5, 5), (6, 7)], kinds)
    assert pen._outline(drawn, IdentityTransform()) == "M3 2l7 0 0 8zl2 3 1 2"
