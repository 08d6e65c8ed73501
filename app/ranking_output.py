"""Verdicts in words, league tables, regrets and precisions, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from app.output import indicator_label, interval_json, known, shown
from app.speaker import Json, Speaker
from results.compare import DECIDING, FALSE_SHARE, Comparison, OfficeFinding
from results.ranking import Place, Ranking, Regret, largest_regrets
from results.statistics import Precision, half_width
from results.wording import Lang, indicator_text, percent, say
from scenarios import Scenario
from scenarios.phases import phase_view
from sim import Interval


@dataclass(frozen=True, slots=True)
class PairWords:
    """What a person is told of a pair: one sentence, and by name who loses."""

    sentence: str
    losses: tuple[tuple[str, OfficeFinding], ...]
    gains: tuple[tuple[str, OfficeFinding], ...]
    may_lose: tuple[str, ...]  #: names of offices whose own interval lies above zero, but not when all are considered
    title: str

    def as_json(self) -> Json:
        return {
            "sentence": self.sentence,
            "false_share": FALSE_SHARE,
            "found_losses": [_finding_json(name, one) for name, one in self.losses],
            "found_gains": [_finding_json(name, one) for name, one in self.gains],
            "may_lose": list(self.may_lose),
        }

    def tell(self, speaker: Speaker) -> None:
        """The sentence, then the offices that lose, all of them."""
        speaker.line("statistics.sentence", text=self.sentence)
        if self.losses:
            heads = [speaker.say(f"statistics.{name}") for name in ("office", "rise", "chance")]
            table = Table(title=Text(self.title), title_justify="left")
            for number, head in enumerate(heads):
                table.add_column(Text(head), justify="right" if number else "left")
            for name, one in self.losses:
                table.add_row(
                    Text(name), Text(plus_minus(DECIDING, one.change, speaker.lang)), Text(chance_text(one.chance, speaker.lang))
                )
            speaker.table(table)
            speaker.line("statistics.false_share", share=round(100 * FALSE_SHARE))
        if self.may_lose:
            speaker.line("statistics.may_lose", offices="; ".join(self.may_lose))


def _finding_json(name: str, one: OfficeFinding) -> Json:
    return {"office": one.office, "name": name, "change": interval_json(one.change), "chance": known(one.chance)}


def comparison_words(
    speaker: Speaker,
    made: Comparison,
    scenario: Scenario,
    names: tuple[str, str],
    indicator: str = DECIDING,
) -> PairWords:
    """The verdict of a pair in words; `scenario` of the second, `names` of both."""
    offices = phase_view(scenario, made.phase).offices
    row, lang = made.of(indicator), speaker.lang
    sentence = speaker.say(
        f"statistics.{row.verdict}",
        before=names[0],
        after=names[1],
        indicator=indicator_label(scenario, indicator, lang),
        size=indicator_text(indicator, abs(row.change.mean), lang, change=True).removeprefix("+"),
        change=indicator_text(indicator, row.change.mean, lang, change=True),
        half=half_text(indicator, row.change, lang),
        offices=_count(speaker, len(made.found_losses)),
    )
    found = {one.office for one in made.found_losses}
    return PairWords(
        sentence=sentence,
        losses=tuple((offices[one.office].name, one) for one in made.found_losses),
        gains=tuple((offices[one.office].name, one) for one in made.found_gains),
        may_lose=tuple(offices[office].name for office in made.loses if office not in found),
        title=speaker.say("statistics.losers", after=names[1], before=names[0]),
    )


def _count(speaker: Speaker, losses: int) -> str:
    code = {0: "none_worse", 1: "one_worse"}.get(losses, "some_worse")
    return speaker.say(f"statistics.{code}", count=losses)


def half_text(indicator: str, found: Interval, lang: Lang) -> str:
    """Half the width of an interval in the manner of its indicator."""
    return indicator_text(indicator, half_width(found), lang, change=True).removeprefix("+")


def plus_minus(indicator: str, found: Interval, lang: Lang) -> str:
    """A change and half the width of its interval."""
    mean = indicator_text(indicator, found.mean, lang, change=True)
    return say("statistics.plus_minus", lang, mean=mean, half=half_text(indicator, found, lang))


def chance_text(chance: float, lang: Lang) -> str:
    """A p value: small ones as below a thousandth."""
    return say("statistics.tiny_chance", lang, least=0.001) if chance < 0.001 else say("statistics.p", lang, value=chance)


def ranking_words(speaker: Speaker, phase: str, ranking: Ranking, scenario: Scenario) -> None:
    """A league table with what follows from it."""
    lang, indicator = speaker.lang, ranking.indicator
    title = speaker.say("statistics.league", phase=phase, indicator=indicator_label(scenario, indicator, lang))
    table = Table(title=Text(title), title_justify="left")
    for number, name in enumerate(("rank", "what", "mean", "behind", "classes", "best_share")):
        table.add_column(Text(speaker.say(f"statistics.{name}")), justify="left" if number in (1, 4) else "right")
    for number, place in enumerate(ranking.places, start=1):
        table.add_row(str(number), *map(Text, _place_cells(place, indicator, lang)))
    speaker.table(table)
    level = round(100 * ranking.level)
    code = "one_best" if len(ranking.candidates) == 1 else "some_best"
    speaker.line(f"statistics.{code}", names=", ".join(ranking.candidates), level=level)
    speaker.line("statistics.league_note", level=level, replications=ranking.replications)


def _place_cells(place: Place, indicator: str, lang: Lang) -> tuple[str, ...]:
    return (
        place.name,
        shown(indicator, place.mean, lang),
        shown(indicator, place.behind, lang, change=True),
        place.classes,
        percent(place.best_share, lang),
    )


def ranking_json(phase: str, ranking: Ranking, lang: Lang) -> Json:
    """A league table as JSON."""
    return {
        "phase": phase,
        "indicator": ranking.indicator,
        "level": ranking.level,
        "replications": ranking.replications,
        "places": [
            {
                "name": place.name,
                "mean": interval_json(place.mean),
                "behind_best_of_others": interval_json(place.behind),
                "regret": interval_json(place.regret),
                "classes": place.classes,
                "best_share": place.best_share,
                "may_be_best": place.may_be_best,
            }
            for place in ranking.places
        ],
        "pairs": [
            {"before": pair.first, "after": pair.second, "change": interval_json(pair.change), "differ": pair.differ}
            for pair in ranking.pairs
        ],
    }


def regrets_words(speaker: Speaker, phase: str, table: Sequence[Regret], scenario: Scenario, indicator: str) -> None:
    """Plans down, futures across, the least largest regret first."""
    futures = list(dict.fromkeys(one.future for one in table))
    title = speaker.say("statistics.regret", phase=phase, indicator=indicator_label(scenario, indicator, speaker.lang))
    drawn = Table(title=Text(title), title_justify="left")
    drawn.add_column(Text(speaker.say("statistics.what")))
    for future in futures:
        drawn.add_column(Text(speaker.say("robust.expected") if future == "expected" else future), justify="right")
    drawn.add_column(Text(speaker.say("statistics.largest")), justify="right")
    cells = {(one.plan, one.future): shown(indicator, one.regret, speaker.lang) for one in table}
    worst = largest_regrets(table)
    for plan, largest in worst.items():
        row = [cells[plan, future] for future in futures]
        drawn.add_row(Text(plan), *map(Text, row), Text(shown(indicator, largest, speaker.lang)))
    speaker.table(drawn)
    speaker.line("statistics.least_regret", plan=next(iter(worst)))


def regrets_json(phase: str, table: Sequence[Regret]) -> Json:
    """A table of regrets as JSON."""
    return {
        "phase": phase,
        "table": [
            {"plan": one.plan, "future": one.future, "value": interval_json(one.value), "regret": interval_json(one.regret)}
            for one in table
        ],
        "largest": {plan: interval_json(found) for plan, found in largest_regrets(table).items()},
    }


def say_precision(speaker: Speaker, found: Precision, scenario: Scenario, *, paired: bool = False) -> None:
    """Tell whether the wanted precision was reached."""
    code = (
        "unmeasured" if known(found.found) is None and found.found != float("inf") else "reached" if found.reached else "missed"
    )
    speaker.line(
        f"statistics.precision_{code}{'_paired' if paired and code != 'unmeasured' else ''}",
        indicator=indicator_label(scenario, found.indicator, speaker.lang),
        asked=found.asked,
        found=found.found,
        replications=found.replications,
    )


def precision_json(found: Precision) -> Json:
    """A precision as JSON."""
    return {
        "indicator": found.indicator,
        "asked": found.asked,
        "found": known(found.found),
        "replications": found.replications,
        "reached": found.reached,
    }
