"""What a verb says of that which it did not make anew."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from app.speaker import Json, Speaker
from results.memory import Memory, Recalled, kind_and_name

KINDS = ("home", "plan", "as_is", "reference_as_is", "rollout", "validation")  #: in the order in which they are told
AGES = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1)))


def say_remembered(speaker: Speaker, memory: Memory) -> None:
    """What was remembered, and how old the oldest of it is; nothing when all was made anew."""
    if memory.recalled:
        kinds = dict.fromkeys(one.kind for one in _in_order(memory.recalled))
        parts = ", ".join(part_words(speaker, kind) for kind in kinds)
        speaker.line("memory.used", parts=parts, age=_age(speaker, min(one.made for one in memory.recalled)))


def part_words(speaker: Speaker, part: str) -> str:
    """A kind of what was remembered in words, or such a part with its name."""
    kind, name = kind_and_name(part)
    return f"{speaker.say(f'memory.part_{kind}')} {name}".rstrip()


def _age(speaker: Speaker, made: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    age = datetime.now(UTC) - made
    for unit, span in AGES:
        if age >= span:
            return speaker.say(f"memory.{unit}", count=age // span)
    return speaker.say("memory.moment")


def _in_order(recalled: Iterable[Recalled]) -> list[Recalled]:
    """Parts in an order that does not hang on which thread was first."""
    return sorted(recalled, key=lambda one: (KINDS.index(one.kind), one.name))


def remembered_json(memory: Memory) -> Json:
    """The parts that were remembered, and when each was made."""
    return {"remembered": [{"part": one.part, "made": one.made.isoformat()} for one in _in_order(memory.recalled)]}


def tell_memory(speaker: Speaker, memory: Memory, *, forget: bool) -> None:
    """Where answers are kept, how many and how large they are; or that they are let go."""
    if memory.folder is None:
        speaker.line("memory.none")
    files = memory.files()
    size = memory.size
    if forget:
        memory.forget()
    if speaker.json:
        told: Json = {"folder": None if memory.folder is None else str(memory.folder), "parts": len(files), "bytes": size}
        speaker.put(told | {"forgotten": forget})
    elif memory.folder is not None:
        code = "memory.forgotten" if forget else "memory.kept"
        speaker.line(code, path=str(memory.folder), count=len(files), size=size / 1e6, most=memory.limit / 1e6)
