"""Reasons, alternatives and conflicts in words: ids become names, rules become sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from optimizer import Alternative, Conflict, Move, NamedRule, Reason, Trial
from scenarios.schema import Scenario

from .wording import Lang, Value, has, say

OFFICES = ("office", "source", "into")
OFFICERS = ("officer", "other")


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of a scenario are called in one language."""

    lang: Lang
    offices: Mapping[str, str]
    officers: Mapping[str, str]
    fields: Mapping[str, str]

    @classmethod
    def of(cls, scenario: Scenario, lang: Lang) -> Self:
        return cls(
            lang=lang,
            offices={office.id: office.name for office in scenario.offices},
            officers={officer.id: f"{officer.name} ({officer.id})" for officer in scenario.officers},
            fields={field.id: field.name_vi if lang == "vi" else field.name_en for field in scenario.fields},
        )

    def tried(self, trial: Trial) -> tuple[str, ...]:
        """Who would go where by a change that was tried."""
        source, target = (self.offices[office] for office in trial.offices)
        ways = ((source, target), (target, source))
        return tuple(
            say("certify.goes", self.lang, officer=self.officers[officer], source=start, office=end)
            for officer, (start, end) in zip(trial.officers, ways, strict=False)
        )

    def shown(self, name: str, value: float | int | str) -> Value:
        """A value of a reason, for a person."""
        if not isinstance(value, str):
            return value
        if name in OFFICES:
            return self.offices.get(value, value)
        if name in OFFICERS:
            return self.officers.get(value, value)
        if name == "group":
            return say(f"desk_group.{value}", self.lang) if has(f"desk_group.{value}") else value
        if name in ("field", "fields"):
            return ", ".join(self.fields.get(part, part) for part in value.split())
        return value

    def sentence(self, reason: Reason) -> str:
        """A reason in a sentence."""
        return say(reason.code, self.lang, **{name: self.shown(name, value) for name, value in reason.values})

    def change(self, minutes: float | None) -> str:
        """What an alternative costs more or less."""
        if minutes is None:
            return say("instead.beyond", self.lang)
        return say(f"instead.{'dearer' if minutes > 0 else 'cheaper' if minutes else 'same'}", self.lang, minutes=abs(minutes))

    def alternative(self, other: Alternative, officer: str) -> str:
        """An alternative to a move of an officer, with the rules it breaks."""
        change = self.change(other.change_min)
        if other.officer != officer:
            text = say(
                "instead.other", self.lang, officer=self.officers[other.officer], source=self.offices[other.source], change=change
            )
        else:
            text = say(
                "instead.stay" if other.stays else "instead.office", self.lang, office=self.offices[other.office], change=change
            )
        if not other.forbidden:
            return text
        return say("instead.broken", self.lang, text=text, rules="; ".join(map(self.sentence, other.forbidden)))

    def wish(self, text: str) -> dict[str, str]:
        """Officer and office of a wish, written OFFICER or OFFICER:OFFICE."""
        officer, colon, office = text.rpartition(":")
        if not colon:
            return {"officer": self.officers.get(text, text)}
        return {"officer": self.officers.get(officer, officer), "office": self.offices.get(office, office)}

    def short(self, move: Move) -> str:
        """The reason of a move with the next best alternative, in one cell."""
        possible = [other for other in move.alternatives if not other.forbidden and other.change_min is not None]
        if not possible:
            return self.sentence(move.reason)
        best = min(possible, key=lambda other: (other.change_s or 0, other.officer, other.office))
        return say("instead.short", self.lang, reason=self.sentence(move.reason), next=self.alternative(best, move.officer))

    def rule(self, rule: NamedRule) -> str:
        """A rule of a conflict."""
        values: dict[str, str | int] = {
            "phase": rule.phase, "office": rule.office, "group": rule.group, "field": rule.field, "officer": rule.officer,
            "limit": rule.limit,
        }  # fmt: skip
        return say(f"conflict.{rule.kind}", self.lang, **{name: self.shown(name, value) for name, value in values.items()})

    def relaxed(self, rule: NamedRule, amount: int) -> str:
        """What to give in of a rule."""
        if not has(f"conflict_unit.{rule.kind}"):
            return say("conflict.give_up", self.lang, rule=self.rule(rule))
        units = say(f"conflict_unit.{rule.kind}", self.lang, amount=amount)
        return say("conflict.give_in", self.lang, amount=units, rule=self.rule(rule))

    def conflict(self, found: Conflict) -> list[str]:
        """Lines about a conflict: the rules that clash, then the cheapest way to give in."""
        lines = [say("conflict.title" if found.proven else "conflict.unproven", self.lang)]
        lines += [f"  • {self.rule(rule)}" for rule in found.rules]
        if found.relaxed:
            lines.append(say("conflict.relax", self.lang))
            lines += [f"  • {self.relaxed(rule, amount)}" for rule, amount in found.relaxed]
        return lines
