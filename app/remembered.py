"""What a verb says of that which it did not make anew."""

from datetime import UTC, datetime, timedelta

from app.speaker import Json, Speaker
from results.memory import Memory

AGES = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1)))


def say_remembered(speaker: Speaker, memory: Memory) -> None:
    """How much was remembered, and how old the oldest of it is; nothing when all was made anew."""
    if memory.recalled:
        age = datetime.now(UTC) - min(one.made for one in memory.recalled)
        unit, span = next(((unit, span) for unit, span in AGES if age >= span), AGES[-1])
        told = speaker.say(f"memory.{unit}", count=max(age // span, 0))
        speaker.line("memory.used", count=len(memory.recalled), age=told)


def remembered_json(memory: Memory) -> Json:
    """The parts that were remembered, and when each was made."""
    return {"remembered": [{"part": one.part, "made": one.made.isoformat()} for one in memory.recalled]}
