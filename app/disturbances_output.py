"""The disturbances that go with any scenario, for programs and for people."""

from rich.table import Table

from app.speaker import Json, plain_table
from results.wording import LANGUAGES, Lang, say
from scenarios import DISTURBANCES


def disturbances_json() -> list[Json]:
    """The disturbances as JSON, in both languages."""
    return [
        {
            "name": one.name,
            "name_vi": one.name_vi,
            "name_en": one.name_en,
            "dated": one.dated,
            **{f"description_{lang}": say(f"disturbance.{one.name}", lang) for lang in LANGUAGES},
        }
        for one in DISTURBANCES.values()
    ]


def disturbances_table(lang: Lang) -> Table:
    """The disturbances for a person."""
    heads = [say(f"cli.column_{name}", lang) for name in ("name", "disturbance")]
    return plain_table(heads, [(name, say(f"disturbance.{name}", lang)) for name in DISTURBANCES])
