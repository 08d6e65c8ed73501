"""Figures: `draw_…` puts one picture on the axes it receives, `…_figure` makes a whole one, `svg` writes it as text."""

from .crew_curves import curves_figure, draw_curve
from .day_bars import door_to_done_figure, draw_door_to_done
from .fairness_curves import draw_lorenz, draw_sorted_waits, fairness_figure
from .gallery import Drawings, draw_figures, drawings, write_figures
from .gantt_bars import OfficeRow, draw_gantt, gantt_figure, office_rows
from .growth_bars import draw_growth, growth_figure
from .heat_map import draw_heat, heat_figure
from .joining_chart import draw_joins, joining_figure
from .next_person_chart import draw_next_person, next_person_figure
from .pen import in_both, know_letters, svg
from .percentile_lines import draw_percentiles, percentiles_figure
from .phase_bars import draw_phases, phases_figure
from .province_map import crowded_window, draw_map, draw_moves, moves_figure, overload_maps_figure
from .roster_chart import DutyLine, draw_duty, roster_figure
from .sensitivity_charts import draw_morris, draw_sobol, draw_tornado, morris_figure, sobol_figure, tornado_figure
from .style import Figures, short
from .trade_off import draw_regrets, draw_trade_off, regrets_figure, trade_off_figure
from .wait_lines import draw_waits, waits_figure
from .warning_charts import reliability_figure, warning_drawings, warning_heat_figure, warning_map_figure
from .week_lines import draw_weeks, weeks_figure

__all__ = [
    "Drawings",
    "DutyLine",
    "Figures",
    "OfficeRow",
    "crowded_window",
    "curves_figure",
    "door_to_done_figure",
    "draw_curve",
    "draw_door_to_done",
    "draw_duty",
    "draw_figures",
    "draw_gantt",
    "draw_growth",
    "draw_heat",
    "draw_joins",
    "draw_lorenz",
    "draw_map",
    "draw_morris",
    "draw_moves",
    "draw_next_person",
    "draw_percentiles",
    "draw_phases",
    "draw_regrets",
    "draw_sobol",
    "draw_sorted_waits",
    "draw_tornado",
    "draw_trade_off",
    "draw_waits",
    "draw_weeks",
    "drawings",
    "fairness_figure",
    "gantt_figure",
    "growth_figure",
    "heat_figure",
    "in_both",
    "joining_figure",
    "know_letters",
    "morris_figure",
    "moves_figure",
    "next_person_figure",
    "office_rows",
    "overload_maps_figure",
    "percentiles_figure",
    "phases_figure",
    "regrets_figure",
    "reliability_figure",
    "roster_figure",
    "short",
    "sobol_figure",
    "svg",
    "tornado_figure",
    "trade_off_figure",
    "waits_figure",
    "warning_drawings",
    "warning_heat_figure",
    "warning_map_figure",
    "weeks_figure",
    "write_figures",
]
