"""Room for what stands around the axes of a figure, measured once and set: no search for a balance, as a solver makes it."""

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine

PAD = 3.0  #: points of air around axes with their labels
GAP = 4.0  #: points more between two axes
POINTS = 72  #: an inch


class Margins(LayoutEngine):
    """Outer margins that hold labels and titles, equal gaps between axes that hold what stands there, legends below."""

    _adjust_compatible = True
    _colorbar_gridspec = False

    def execute(self, fig: Figure) -> None:
        """Set the margins, before the figure is drawn."""
        lay_out(fig, fig._get_renderer())  # type: ignore[attr-defined]


def lay_out(figure: Figure, renderer: RendererBase) -> None:
    """Set the margins of a figure of one grid of axes, measured with a renderer."""
    places = {one: place for one in figure.axes if (place := one.get_subplotspec()) is not None}
    if not places:
        return
    around = {one: _around(one, renderer) for one in places}
    rows = max(place.rowspan.stop for place in places.values())
    columns = max(place.colspan.stop for place in places.values())

    def in_column(number: int, side: int) -> float:
        return max((around[one][side] for one, place in places.items() if place.colspan.start == number), default=0.0)

    def in_row(number: int, side: int) -> float:
        return max((around[one][side] for one, place in places.items() if place.rowspan.start == number), default=0.0)

    unit, wide, high = figure.dpi / POINTS, figure.bbox.width, figure.bbox.height
    pad, gap = PAD * unit, (2 * PAD + GAP) * unit
    below = sum(legend.get_window_extent(renderer).height + 2 * pad for legend in figure.legends)
    left, right = in_column(0, 0) + pad, in_column(columns - 1, 1) + pad
    bottom, top = in_row(rows - 1, 2) + pad + below, in_row(0, 3) + pad
    across = max((in_column(n, 1) + in_column(n + 1, 0) + gap for n in range(columns - 1)), default=0.0)
    down = max((in_row(n, 2) + in_row(n + 1, 3) + gap for n in range(rows - 1)), default=0.0)
    width = (wide - left - right - across * (columns - 1)) / columns
    height = (high - bottom - top - down * (rows - 1)) / rows
    figure.subplots_adjust(
        left=left / wide,
        right=1 - right / wide,
        bottom=bottom / high,
        top=1 - top / high,
        wspace=across / width,
        hspace=down / height,
    )


def _around(axes: Axes, renderer: RendererBase) -> tuple[float, float, float, float]:
    """How far labels and titles reach beyond the axes, in pixels: left, right, below, above."""
    for axis in (axes.xaxis, axes.yaxis):
        if not axis.get_label_text():
            axis.set_label_coords(0.0, 0.0)  # so that nobody looks for its place among the ticks
    free = [one for one in (*axes.patches, *axes.lines) if not one.get_clip_on()]  # all else ends where the axes do
    outer = axes.get_tightbbox(renderer, bbox_extra_artists=[*axes.texts, *free])
    if outer is None:
        return 0.0, 0.0, 0.0, 0.0
    inner = axes.bbox  # as the aspect leaves it
    left, right, below, above = inner.x0 - outer.x0, outer.x1 - inner.x1, inner.y0 - outer.y0, outer.y1 - inner.y1
    return max(left, 0.0), max(right, 0.0), max(below, 0.0), max(above, 0.0)
