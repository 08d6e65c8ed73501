"""Published figures beside simulated ones, for a person."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from app.speaker import plain_table
from results.validation import Verdict, quantity_text, verdict_sentence
from results.wording import Lang, say


def verdicts_table(verdicts: Sequence[Verdict], lang: Lang) -> Table:
    """Published figures beside simulated ones, for a person."""
    table = plain_table([say(f"validation.{name}", lang) for name in ("what", "published", "simulated", "verdict", "source")])
    for verdict in verdicts:
        figure, simulated = verdict.published, verdict.simulated
        cells = (
            figure.name_vi if lang == "vi" else figure.name_en,
            quantity_text(figure.quantity, figure.low, figure.high, lang),
            quantity_text(figure.quantity, simulated.low, simulated.high, lang),
            verdict_sentence(verdict, lang),
            figure.told(lang),
        )
        table.add_row(*map(Text, cells))
    return table
