"""Figures of what a dossier needs besides a counter: papers, systems, the back office, a way back.

The ground of each stands in `grounds`.
"""

from dataclasses import dataclass

from ..schema import Booking, Interruptions, Papers, Results, System

MISSING_PAPERS_SHARE, MISSING_PAPERS_SHARES = 0.25, {"certification": 0.12}
DOSSIERS_PER_VISIT = 1.15
AGENTS_SHARE, AGENT_DOSSIERS = 0.05, 6.0  # in land
LEAD_SHARE, LEAD_CV = 0.45, 0.45  # mean lead time as a share of the limit: 98 in 100 within it
COLLECT_SHARE, RESULT_POST_SHARE = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class Needs:
    """What a field needs: the word disturbances name it by, ids of systems, minutes of the back office a dossier."""

    topic: str
    systems: str
    back_office_min: float


# certification is entered by its own register, which can be kept on paper; everything else by the province's system
NEEDS = {
    "certification": Needs("certification", "certification_register", 0.0),
    "civil_status": Needs("civil_status", "one_stop civil_status population", 25.0),
    "social_protection": Needs("social_protection", "one_stop population", 40.0),
    "residence": Needs("residence", "one_stop population", 20.0),
    "land_confirmation": Needs("land", "one_stop", 45.0),
    "commune_other": Needs("", "one_stop", 30.0),
    "land_registration": Needs("land", "one_stop land", 45.0),
    "household_business": Needs("business", "one_stop business", 25.0),
    "construction": Needs("construction", "one_stop", 60.0),
    "district_certification": Needs("certification", "certification_register", 20.0),
    "district_labor": Needs("labor", "one_stop", 30.0),
    "district_other": Needs("", "one_stop", 30.0),
    "driving_licence": Needs("driving_licence", "one_stop", 20.0),
    "judicial_record": Needs("judicial_record", "one_stop population", 25.0),
    "business_registration": Needs("business", "one_stop business", 40.0),
    "province_labor": Needs("labor", "one_stop", 30.0),
    "investment": Needs("construction", "one_stop", 60.0),
    "health": Needs("health", "one_stop", 45.0),
    "province_other": Needs("", "one_stop", 30.0),
}
PORTAL = "national_portal"
SYSTEMS = tuple(
    System(id=name, name_vi=name_vi, name_en=name_en, manual_pace=by_hand, failures_per_month=failures, failure_min=minutes)
    for name, name_vi, name_en, by_hand, failures, minutes in (
        (
            "one_stop",
            "Hệ thống thông tin giải quyết thủ tục hành chính tỉnh",
            "Provincial information system for administrative procedures",
            0,
            0.5,
            45.0,
        ),
        (PORTAL, "Cổng Dịch vụ công quốc gia", "National public service portal", 0, 0.5, 60.0),
        ("population", "Cơ sở dữ liệu quốc gia về dân cư", "National population database", 0, 0.5, 30.0),
        ("civil_status", "Cơ sở dữ liệu hộ tịch điện tử", "Civil-status database", 0, 0.5, 45.0),
        ("land", "Cơ sở dữ liệu đất đai", "Land database", 0, 0.5, 60.0),
        (
            "business",
            "Hệ thống thông tin quốc gia về đăng ký doanh nghiệp",
            "National business registration system",
            0,
            0.25,
            60.0,
        ),
        ("certification_register", "Phần mềm quản lý chứng thực", "Register of certifications", 1300, 0.25, 45.0),
    )
)
PAPERS = Papers(
    check_share=0.6,
    mend_share=0.6,
    failed_share=0.6,
    return_share=0.8,
    return_days_max=3,
    reuse_missing_factor=0.5,
    reuse_reception_factor=0.85,
)
RESULTS = Results(collect_min=3.0, collect_cv=0.5, collect_days_max=5, postal_days=2, online_check_min=4.0, lead_in_days=20)
BOOKING = Booking(no_show_share=0.1)
INTERRUPTIONS = Interruptions(turn_away_share=0.3, portal=PORTAL, portal_to_counter_share=0.1)
