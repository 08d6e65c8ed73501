from .compare import Comparison, Difference
from .files import RunError
from .maps import UnitMap, find_unit_map
from .provenance import Provenance, provenance_of
from .report import write_report
from .store import RunStore
from .summary import PhaseStudy, StudyData, Summary, summarize
from .wording import problem_sentence, say

__all__ = [
    "Comparison",
    "Difference",
    "PhaseStudy",
    "Provenance",
    "RunError",
    "RunStore",
    "StudyData",
    "Summary",
    "UnitMap",
    "find_unit_map",
    "problem_sentence",
    "provenance_of",
    "say",
    "summarize",
    "write_report",
]
