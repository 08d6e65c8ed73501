"""Options that several verbs share, and the sentences of the help; read at once, without anything heavy."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import typer


def default_lang() -> Literal["vi", "en"]:
    """The language of the terminal: Vietnamese when it says so, else English."""
    setting = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "vi" if setting.lower().startswith("vi") else "en"


def sentences() -> dict[str, dict[str, dict[str, str]]]:
    """Sentences of the command line, read without the packages they belong to, so that the help comes at once."""
    path = Path(__file__).parent.parent / "results" / "wording_cli.toml"
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(path.read_text("utf-8"))["cli"]
    return found


LANG = default_lang()
HELP = {code: entry[LANG] for code, entry in sentences()["help"].items()}

ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help=HELP["scenario"])]
Phases = Annotated[list[str] | None, typer.Option("--phase", metavar="ID", help=HELP["phase"])]
Days = Annotated[str, typer.Option("--days", metavar="N|all", help=HELP["days"])]
Replications = Annotated[int, typer.Option("--replications", metavar="N", min=1, max=100_000, help=HELP["replications"])]
MaxReplications = Annotated[
    int, typer.Option("--max-replications", metavar="N", min=1, max=100_000, help=HELP["max_replications"])
]
Of = Annotated[str, typer.Option("--of", metavar="INDICATOR", help=HELP["of"])]
Seed = Annotated[int, typer.Option("--seed", metavar="S", min=0, max=2**64 - 1, help=HELP["seed"])]
MaxMoves = Annotated[int | None, typer.Option("--max-moves", metavar="N", min=0, help=HELP["max_moves"])]
ObjectiveName = Annotated[Literal["weighted", "total", "worst"], typer.Option("--objective", help=HELP["objective"])]
MaxKm = Annotated[float | None, typer.Option("--max-km", metavar="KM", min=0.0, max=1e9, help=HELP["max_km"])]
MaxOverload = Annotated[float | None, typer.Option("--max-overload", metavar="MIN", min=0.0, max=1e9, help=HELP["max_overload"])]
Posts = Annotated[int, typer.Option("--posts", metavar="N", min=0, max=100_000, help=HELP["posts"])]
PostalPosts = Annotated[int, typer.Option("--postal-posts", metavar="N", min=0, max=100_000, help=HELP["postal_posts"])]
Rent = Annotated[int, typer.Option("--rent", metavar="N", min=0, max=100_000, help=HELP["rent"])]
Buy = Annotated[int, typer.Option("--buy", metavar="N", min=0, max=100_000, help=HELP["buy"])]
Volunteers = Annotated[int, typer.Option("--volunteers", metavar="N", min=0, max=100_000, help=HELP["volunteers"])]
Reserved = Annotated[int, typer.Option("--reserved", metavar="N", min=0, max=100_000, help=HELP["reserved"])]
TimeLimit = Annotated[float, typer.Option("--time-limit", metavar="S", min=0.1, max=1e6, help=HELP["time_limit"])]
Pins = Annotated[list[str] | None, typer.Option("--pin", metavar="OFFICER", help=HELP["pin"])]
Forbids = Annotated[list[str] | None, typer.Option("--forbid", metavar="OFFICER:OFFICE", help=HELP["forbid"])]
Wants = Annotated[list[str] | None, typer.Option("--want", metavar="OFFICER:OFFICE", help=HELP["want"])]
Rounds = Annotated[int, typer.Option("--rounds", metavar="N", min=0, max=100, help=HELP["rounds"])]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help=HELP["out"])]
Fresh = Annotated[bool, typer.Option("--fresh", help=HELP["fresh"])]
AsJson = Annotated[bool, typer.Option("--json", help=HELP["json"])]
Jobs = Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, max=1024, help=HELP["jobs"])]
ClusterAddress = Annotated[str | None, typer.Option("--cluster", metavar="ADDRESS", help=HELP["cluster"])]
Language = Annotated[str, typer.Option("--lang", metavar="vi|en", help=HELP["lang"])]
