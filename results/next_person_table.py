"""The next person by office and desk group as one tidy table."""

from collections.abc import Iterable

import pandas as pd

from optimizer import PhasePlan
from scenarios.schema import Scenario


def next_person_frame(plans: Iterable[PhasePlan], scenario: Scenario) -> pd.DataFrame:
    """One row a phase, office and desk group: the crew, and person-minutes of overload a day by one officer more and less.

    Empty where the curve ends. The office where one more helps most first.
    """
    names = {office.id: office.name for office in scenario.offices}
    rows = [
        (plan.phase, one.office, names[one.office], one.group, one.crew, one.more_min, one.less_min)
        for plan in plans
        for one in plan.next_person
    ]
    columns = ["phase", "office", "name", "group", "crew", "one_more_min_per_day", "one_less_min_per_day"]
    return pd.DataFrame(rows, columns=columns)
