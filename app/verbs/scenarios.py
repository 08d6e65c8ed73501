"""Verbs about scenarios: list, init, check."""

import os
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.inputs import load, plan_problems, speaking
from app.options import HELP, LANG, AsJson, Jobs, Language, ScenarioName

if TYPE_CHECKING:
    from scenarios import Scenario


def list_(as_json: AsJson = False, jobs: Jobs = None, lang: Language = LANG) -> None:
    """List the bundled scenarios with their variants, and the disturbances that go with any scenario."""
    with speaking(lang, as_json) as speaker:
        from app.disturbances_output import disturbances_json, disturbances_table
        from app.speaker import plain_table
        from scenarios import bundled
        from scenarios.load import LIBRARY

        rows: list[dict[str, str | list[str]]] = []
        for name in bundled():
            top = tomllib.loads((LIBRARY / name / "scenario.toml").read_text("utf-8"))
            variants = sorted(path.stem for path in (LIBRARY / name / "variants").glob("*.toml"))
            rows.append({"name": name, "name_vi": top["name_vi"], "name_en": top["name_en"], "variants": variants})
        if as_json:
            speaker.put({"scenarios": rows, "disturbances": disturbances_json()})
            return
        heads = [speaker.say(f"cli.column_{column}") for column in ("name", "title", "variants")]
        lines = [(str(row["name"]), str(row[f"name_{speaker.lang}"]), "\n".join(row["variants"])) for row in rows]
        speaker.table(plain_table(heads, lines))
        speaker.table(disturbances_table(speaker.lang))
        speaker.line("cli.combine")


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=HELP["folder"])],
    source: Annotated[str, typer.Option("--from", metavar="NAME", help=HELP["source"])],
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Copy a scenario into a new folder, a bundled one file by file with map, sources and variants; or into a new workbook."""
    with speaking(lang, as_json) as speaker:
        from app.speaker import Fault

        if folder.suffix.lower() == ".xlsx":
            if folder.exists():
                raise Fault("there_already", found=str(folder))
            copy_as_workbook(source, folder)
            if as_json:
                speaker.put({"scenario": source, "file": str(folder)})
            speaker.line("cli.copied_workbook", name=source, path=str(folder))
            return
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Fault("not_empty", found=str(folder))
        copy_scenario(source, folder)
        if as_json:
            speaker.put({"scenario": source, "folder": str(folder)})
        speaker.line("cli.copied", name=source, path=str(folder))


def check(scenario: ScenarioName, as_json: AsJson = False, jobs: Jobs = None, lang: Language = LANG) -> None:
    """Report every problem of a scenario; exit code 2 when there is an error, 1 when its plan breaks rules."""
    with speaking(lang, as_json) as speaker:
        from app.speaker import FINDING, GOOD, WRONG_INPUT, problem_json
        from scenarios import examine_scenario

        found, problems = examine_scenario(scenario)
        status = WRONG_INPUT if found is None else GOOD
        if found is not None and found.assignments:
            broken = plan_problems(found)
            problems += broken
            status = FINDING if any(problem.severity == "error" for problem in broken) else GOOD
        errors = sum(problem.severity == "error" for problem in problems)
        warnings = len(problems) - errors
        if as_json:
            listed = [problem_json(problem, speaker.lang) for problem in problems]
            standing = offices_by_phase(found) if found is not None else {}
            speaker.put({"scenario": scenario, "errors": errors, "warnings": warnings, "problems": listed, "offices": standing})
            raise typer.Exit(status)
        speaker.problems(problems, err=False)
        if found is None or status == FINDING:
            speaker.line("cli.unsound", name=scenario, errors=errors, warnings=warnings)
            raise typer.Exit(status)
        counts = {name: len(getattr(found, name)) for name in ("units", "offices", "officers", "phases")}
        speaker.line("cli.sound", name=scenario, warnings=warnings, **counts)
        for phase, kinds in offices_by_phase(found).items():
            speaker.line("cli.standing", phase=phase, offices=sum(kinds.values()), **kinds)


def offices_by_phase(scenario: "Scenario") -> dict[str, dict[str, int]]:
    """Count the offices of each kind that stand in each phase, after its mergers."""
    from scenarios.phases import phase_view

    kinds = {phase.id: [office.kind for office in phase_view(scenario, phase.id).offices.values()] for phase in scenario.phases}
    return {phase: {kind: found.count(kind) for kind in ("center", "branch", "point")} for phase, found in kinds.items()}


def copy_as_workbook(source: str, path: Path) -> None:
    """Write a scenario as a workbook, its map beside it unless one is there."""
    from results import find_unit_map
    from results.files import write_text
    from results.maps import MAP_FILE
    from scenarios.sheets import write_workbook

    write_workbook(load(source), path)
    outlines = find_unit_map(source)
    if outlines is not None and not (path.parent / MAP_FILE).exists():
        write_text(path.parent / MAP_FILE, outlines.text)


def copy_scenario(source: str, folder: Path) -> None:
    """Copy a scenario; the folder appears whole or not at all. Tables begin with the mark by which Excel knows UTF-8."""
    import shutil
    from codecs import BOM_UTF8

    from scenarios import bundled, write_scenario
    from scenarios.load import LIBRARY

    scenario = load(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
        made = Path(temporary) / "scenario"
        if source in bundled():
            shutil.copytree(LIBRARY / source, made, copy_function=shutil.copyfile)
        else:
            from results.maps import MAP_FILE, find_unit_map

            write_scenario(scenario, made)
            if (outlines := find_unit_map(source)) is not None:
                (made / MAP_FILE).write_text(outlines.text, "utf-8")
        for table in made.rglob("*.csv"):
            table.write_bytes(BOM_UTF8 + table.read_bytes())
        if folder.exists():
            folder.rmdir()
        os.replace(made, folder)
