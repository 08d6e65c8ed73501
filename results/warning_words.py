"""Early warnings in words: causes, remedies and scores, in both languages."""

from dataclasses import dataclass

from optimizer.remedies import Remedy
from scenarios.phases import phase_view
from scenarios.schema import Scenario

from .early_warning import LOAD, CauseFound, EarlyWarning, Spell
from .forecast_scores import Scores
from .wording import Lang, number, say, whole_percent

#: said of a cause that comes to an office by no row of its own
WITHOUT_ROWS = {"merger": "merger_near", "moves": "moves_near", "outage": "outage_chance"}


@dataclass(frozen=True, slots=True)
class WarningWords:
    """What may be said of the warnings of a scenario in one language."""

    scenario: Scenario
    lang: Lang

    def office(self, name: str) -> str:
        """Name of an office."""
        return next(office.name for office in self.scenario.offices if office.id == name)

    def officer(self, name: str) -> str:
        """Name and id of an officer."""
        return next(f"{officer.name} ({officer.id})" for officer in self.scenario.officers if officer.id == name)

    def when(self, spell: Spell) -> str:
        """First and last day."""
        return say("warn.when", self.lang, start=spell.start, end=spell.end)

    def chance(self, spell: Spell) -> str:
        """The mean chance, and that of the worst week where it is another."""
        chance, peak = self.whole(spell.chance), self.whole(spell.peak)
        return chance if chance == peak else say("warn.chance_range", self.lang, chance=chance, peak=peak)

    def whole(self, share: float) -> str:
        """A share in whole per cent."""
        return f"{number(100 * share, self.lang, 0)}%"

    def cause(self, found: CauseFound) -> str:
        """A cause with the rows by which it comes to the office."""
        named = found.rows or found.name not in WITHOUT_ROWS
        offices = {office.id for office in self.scenario.offices}
        rows = ", ".join(self.office(row) if row in offices else row for row in found.rows) or "–"
        return say(f"warn.cause.{found.name if named else WITHOUT_ROWS[found.name]}", self.lang, rows=rows)

    def main_cause(self, spell: Spell) -> str:
        """The main cause of a spell, with the part of the excess that goes with it."""
        if spell.cause in ("", LOAD):
            return say("warn.cause.load" if spell.cause else "warn.not_known", self.lang)
        found = next(one for one in spell.causes if one.name == spell.cause)
        return say("warn.cause.part", self.lang, cause=self.cause(found), part=self.whole(found.part))

    def remedy(self, one: Remedy) -> str:
        """A remedy by name."""
        people = {"officer": self.officer(one.officer), "source": self.office(one.source)} if one.officer else {}
        return say(f"warn.remedy.{one.kind}", self.lang, **people)

    def best_remedy(self, spell: Spell, examined: bool) -> str:
        """The cheapest remedy that suffices, else that none does."""
        if not examined:
            return say("warn.not_known", self.lang)
        if spell.remedy is not None:
            one = spell.remedy
            return say("warn.remedy.works", self.lang, remedy=self.remedy(one), peak=self.whole(one.peak), price=one.price_min)
        if spell.best is not None:
            return say("warn.remedy.none", self.lang, remedy=self.remedy(spell.best), peak=self.whole(spell.best.peak))
        return say("warn.remedy.nothing", self.lang)

    def head(self, found: EarlyWarning) -> tuple[str, ...]:
        """What is warned of, on what basis, and how much of it there is."""
        asked, states = found.asked, found.cells["state"]
        standard = found.scenario.indicators.wait_standard_min
        rule = say(
            "warn.rule",
            self.lang,
            share=whole_percent(asked.share, self.lang),
            standard=standard,
            alarm=whole_percent(asked.chance, self.lang),
        )
        basis = say("warn.basis", self.lang, replications=asked.replications, rollouts=found.rollouts, seconds=found.seconds)
        if not found.spells:
            return rule, basis, say("warn.calm", self.lang)
        headline = say(
            "warn.headline",
            self.lang,
            alarms=int((states == "alarm").sum()),
            cells=len(states),
            spells=len(found.spells),
            offices=len({spell.office for spell in found.spells}),
            watches=int((states == "watch").sum()),
        )
        return rule, basis, headline

    def scores(self, found: EarlyWarning) -> tuple[tuple[str, ...], ...]:
        """The scores against held-back runs and against real weeks, those there are: a title and sentences each."""
        told = []
        if found.scores is not None:
            title = say("warn.scores.held_back", self.lang, runs=found.asked.held_back, forecasts=found.scores.forecasts)
            told.append((title, *self._scores(found.scores), say("warn.scores.itself", self.lang)))
        if found.observed is not None:
            title = say("warn.scores.observed", self.lang, forecasts=found.observed.forecasts, unmatched=found.unmatched)
            told.append((title, *self._scores(found.observed)))
        return tuple(told)

    def _scores(self, scores: Scores) -> tuple[str, ...]:
        counts = say(
            "warn.scores.counts",
            self.lang,
            hits=scores.hits,
            misses=scores.misses,
            false_alarms=scores.false_alarms,
            quiet=scores.quiet,
        )
        rates = say(
            "warn.scores.rates",
            self.lang,
            hit_rate=scores.hit_rate,
            false_alarm_ratio=scores.false_alarm_ratio,
            base_rate=scores.base_rate,
        )
        brier = say(
            "warn.scores.brier",
            self.lang,
            brier=scores.brier,
            reference=scores.brier_reference,
            skill=scores.skill,
            reliability=scores.reliability,
            resolution=scores.resolution,
        )
        return counts, rates, brier


def phase_name(scenario: Scenario, phase: str, lang: Lang) -> str:
    """Name of a phase."""
    one = phase_view(scenario, phase).phase
    return one.name_vi if lang == "vi" else one.name_en
