"""Every figure of a study by name, in the order of the report; written as SVG, PDF or PNG."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure

from ..files import write_bytes, write_text
from ..summary import Summary
from ..trade_off import trade_points
from ..wording import Lang
from .crew_curves import curves_figure
from .day_bars import door_to_done_figure
from .fairness_curves import fairness_figure
from .gantt_bars import gantt_figure
from .heat_map import heat_figure
from .next_person_chart import next_person_figure
from .pen import in_both
from .percentile_lines import percentiles_figure
from .phase_bars import phases_figure
from .province_map import moves_figure, overload_maps_figure, unit_outlines
from .side_by_side import side_by_side
from .style import DPI, Figures, pdf, png
from .tongues import BOTH, Tongue
from .trade_off import trade_off_figure
from .wait_lines import waits_figure
from .week_lines import weeks_figure

Drawings = Mapping[str, Callable[[Tongue], Figure]]


def drawings(summary: Summary) -> Drawings:
    """Every figure that the study has data for: name → what draws it in a language."""
    found: dict[str, Callable[[Tongue], Figure]] = {"phases": partial(phases_figure, summary)}
    if summary.scenario.office_changes or any(phase.moves for phase in summary.phases):
        found["gantt"] = partial(gantt_figure, summary)
    if summary.weeks:
        found["weeks"] = partial(weeks_figure, summary)
    if summary.choices:
        found["trade-off"] = partial(trade_off_figure, trade_points(summary.choices))
    offices = {office.id: office.name for office in summary.scenario.offices}
    outlines = unit_outlines(summary)
    for phase in summary.phases:
        found[f"{phase.id}-maps"] = partial(overload_maps_figure, summary, phase, outlines=outlines)
        found[f"{phase.id}-heat"] = partial(heat_figure, phase)
        found[f"{phase.id}-waits"] = partial(waits_figure, summary, phase)
        found[f"{phase.id}-percentiles"] = partial(percentiles_figure, summary, phase)
        found[f"{phase.id}-door"] = partial(door_to_done_figure, phase)
        found[f"{phase.id}-fairness"] = partial(fairness_figure, phase)
        if phase.curves:
            found[f"{phase.id}-curves"] = partial(curves_figure, summary, phase)
        found[f"{phase.id}-moves"] = partial(moves_figure, summary, phase, outlines=outlines)
        if phase.next_person:
            found[f"{phase.id}-next"] = partial(next_person_figure, phase.next_person, offices)
    return found


def write_figures(summary: Summary, folder: Path, form: Literal["svg", "pdf", "png"], lang: Lang) -> tuple[Path, ...]:
    """Write every figure in one language into a folder and return the paths."""
    paths = []
    for name, draw in drawings(summary).items():
        path = folder / f"{name}.{lang}.{form}"
        if form == "svg":
            paths.append(write_text(path, in_both(draw(BOTH), name)[lang]))
        else:
            paths.append(write_bytes(path, png(draw(lang), DPI)[0] if form == "png" else pdf(draw(lang))))
    return tuple(paths)


def draw_figures(summary: Summary, first: Callable[[], object] | None = None) -> Figures:
    """Draw every figure of a report in both languages, as SVG text; first : what else is to be done, as `side_by_side`."""
    wanted = drawings(summary)

    def drawn(name: str) -> dict[Lang, str]:
        return in_both(wanted[name](BOTH), name)

    return dict(zip(wanted, side_by_side(drawn, list(wanted), first=first), strict=True))
