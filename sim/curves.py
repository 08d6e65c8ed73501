"""The response curve: expected overload of an office as a function of the crew of one desk group."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """One office and desk group; other groups keep the crew they have at home."""

    office: str
    group: str  #: level of the fields served: commune, district or province
    base: int  #: crew of the group at home in this phase
    levels: tuple[int, ...]  #: consecutive crew numbers, base among them
    overload_s_per_day: tuple[int, ...]  #: rounded person-seconds a day of the whole office
    error_s_per_day: tuple[int, ...]  #: standard errors over replications
    erlang_s_per_day: tuple[int, ...]  #: Erlang-A estimate beside it
