"""What an addition of a plan is worth, in a sentence."""

from optimizer import Addition

from .wording import Lang, number, say

SHOWN = 6  #: posts at one place whose worth is told one by one


def addition_reason(one: Addition, lang: Lang) -> str:
    """Why it is added: what each takes away by the curves, or the counters that the crew needs."""
    if one.kind in ("rented", "bought"):
        return say("addition.counters_for", lang, needed=one.counters_needed, counters=one.counters)
    if not one.saves_s:
        return say("addition.beyond", lang)
    minutes = [number(value / 60, lang, 1) for value in one.saves_s]
    if len(minutes) == 1:
        return say("addition.saves", lang, minutes=minutes[0])
    told = "; ".join(minutes[:SHOWN]) + (" …" if len(minutes) > SHOWN else "")
    return say("addition.saves_each", lang, minutes=told)
