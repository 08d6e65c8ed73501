"""The figures of the Binh Duong scenarios that stand in no data file. The ground of each stands in `grounds`."""

from datetime import date, time
from typing import Literal

from ..schema import (
    ArrivalProfile,
    Choice,
    Closure,
    Demand,
    DemandChange,
    Hours,
    Indicators,
    Learning,
    Level,
    Phase,
    Planning,
    ProcedureField,
    Queue,
    Target,
)
from . import dossiers

# id, Vietnamese, English, level, records a 1,000 and month, online self, online assisted, same day, days allowed,
# service minutes, CV, digitization minutes, boundary-free from
# fmt: off
FIELDS: tuple[tuple[str, str, str, Level, float, float, float, float, int, float, float, float, str], ...] = (
    ("certification", "Chứng thực", "Certification", "commune", 18.5, 0.0, 0.0, 1.0, 1, 9.0, 0.8, 0.3, "p2"),
    ("civil_status", "Hộ tịch", "Civil status", "commune", 3.4, 0.25, 0.35, 0.55, 3, 14.0, 0.6, 4.0, "p3"),
    ("social_protection", "Bảo trợ xã hội", "Social protection", "commune", 1.4, 0.25, 0.35, 0.1, 10, 13.0, 0.6, 4.0, "p3"),
    ("residence", "Cư trú và xác nhận", "Residence and confirmations", "commune", 1.2, 0.25, 0.25, 0.7, 3, 8.0, 0.6, 2.0, "p3"),
    ("land_confirmation", "Xác nhận đất đai", "Land confirmation", "commune", 0.7, 0.05, 0.1, 0.1, 10, 18.0, 0.7, 6.0, "p3"),
    ("commune_other", "Lĩnh vực khác cấp xã", "Other, commune level", "commune", 0.8, 0.3, 0.3, 0.3, 5, 11.0, 0.6, 3.0, "p3"),
    ("land_registration", "Đăng ký đất đai", "Land registration", "district", 5.5, 0.1, 0.15, 0.05, 15, 15.0, 0.7, 6.0, "p3"),
    ("household_business", "Hộ kinh doanh", "Household business", "district", 1.2, 0.45, 0.35, 0.1, 3, 12.0, 0.6, 2.0, "p2"),
    ("construction", "Xây dựng, số nhà", "Construction, house numbers", "district", 0.8, 0.3, 0.3, 0.0, 15, 15.0, 0.6, 6.0, "p3"),
    ("district_certification", "Chứng thực cấp huyện", "District certification", "district", 1.2, 0.0, 0.0, 0.9, 2,
     9.0, 0.7, 0.3, "p2"),
    ("district_labor", "Lao động cấp huyện", "Labor, district level", "district", 0.5, 0.3, 0.3, 0.1, 10, 11.0, 0.6, 3.0, "p3"),
    ("district_other", "Lĩnh vực khác cấp huyện", "Other, district level",
     "district", 0.8, 0.35, 0.3, 0.2, 7, 12.0, 0.6, 3.0, "p3"),
    ("driving_licence", "Giấy phép lái xe", "Driving licenses", "province", 1.9, 0.45, 0.1, 0.0, 5, 8.0, 0.5, 2.0, "p2"),
    ("judicial_record", "Lý lịch tư pháp", "Judicial records", "province", 0.8, 0.5, 0.2, 0.0, 10, 8.0, 0.5, 2.0, "p2"),
    ("business_registration", "Đăng ký doanh nghiệp", "Business registration",
     "province", 0.9, 0.85, 0.05, 0.0, 3, 14.0, 0.6, 3.0, "p2"),
    ("province_labor", "Lao động cấp tỉnh", "Labor, province level", "province", 0.5, 0.5, 0.1, 0.0, 10, 11.0, 0.6, 3.0, "p2"),
    ("investment", "Đầu tư, xây dựng", "Investment and construction", "province", 0.25, 0.4, 0.1, 0.0, 20, 18.0, 0.6, 6.0, "p2"),
    ("health", "Y tế", "Health", "province", 0.25, 0.5, 0.1, 0.0, 15, 14.0, 0.6, 4.0, "p2"),
    ("province_other", "Lĩnh vực khác cấp tỉnh", "Other, province level",
     "province", 0.5, 0.45, 0.1, 0.0, 10, 12.0, 0.6, 3.0, "p2"),
)
# fmt: on
LAND = ("land_confirmation", "land_registration")  # people wait hours for it
PATIENCE_MIN, LAND_PATIENCE_MIN = 75.0, 240.0
BALK_SHARES, LAND_BALK_SHARES = (0.20, 0.50), (0.05, 0.15)  # of a long and of a very long shown wait
RETURN_SHARE = 0.80


def procedure_fields() -> tuple[ProcedureField, ...]:
    """The 19 fields; land is waited for longer than anything else."""
    return tuple(
        ProcedureField(
            id=row[0],
            name_vi=row[1],
            name_en=row[2],
            level=row[3],
            demand_per_1000_month=row[4],
            online_self_share=row[5],
            online_assisted_share=row[6],
            postal_share=0.0,
            service_min=row[9],
            service_cv=row[10],
            digitize_min=row[11],
            same_day_share=row[7],
            limit_days=row[8],
            missing_papers_share=dossiers.MISSING_PAPERS_SHARES.get(row[0], dossiers.MISSING_PAPERS_SHARE),
            patience_min=LAND_PATIENCE_MIN if row[0] in LAND else PATIENCE_MIN,
            balk_long_share=(LAND_BALK_SHARES if row[0] in LAND else BALK_SHARES)[0],
            balk_very_long_share=(LAND_BALK_SHARES if row[0] in LAND else BALK_SHARES)[1],
            return_share=RETURN_SHARE,
            arrival_profile="land" if row[0] in LAND else "standard",
            boundary_free_from=row[12],
            topic=dossiers.NEEDS[row[0]].topic,
            systems=dossiers.NEEDS[row[0]].systems,
            dossiers_per_visit=dossiers.DOSSIERS_PER_VISIT,
            agents_share=dossiers.AGENTS_SHARE if row[0] in LAND else 0.0,
            agent_dossiers=dossiers.AGENT_DOSSIERS if row[0] in LAND else 1.0,
            lead_days=round(dossiers.LEAD_SHARE * row[8], 2),
            lead_cv=dossiers.LEAD_CV,
            back_office_min=dossiers.NEEDS[row[0]].back_office_min,
            collect_share=dossiers.COLLECT_SHARE,
            result_post_share=dossiers.RESULT_POST_SHARE,
        )
        for row in FIELDS
    )


# hours of arrival at the competent office; the last window ends with the last ticket
WINDOWS = ("06:45", "07:30", "08:30", "09:30", "10:30", "11:30", "13:00", "14:00", "15:00", "16:00", "16:30")
STANDARD_SHARES = (0.05, 0.19, 0.20, 0.17, 0.09, 0.0, 0.11, 0.10, 0.06, 0.03)
LAND_SHARES = (0.15, 0.19, 0.20, 0.17, 0.09, 0.0, 0.074, 0.066, 0.04, 0.02)  # a tenth moves from afternoon to dawn


def arrival_profiles() -> tuple[ArrivalProfile, ...]:
    """Windows of arrival of the two profiles."""
    clocks = [time.fromisoformat(text) for text in WINDOWS]
    return tuple(
        ArrivalProfile(profile=name, start=start, end=end, share=share)
        for name, shares in (("land", LAND_SHARES), ("standard", STANDARD_SHARES))
        for start, end, share in zip(clocks, clocks[1:], shares, strict=False)
        if share > 0
    )


HOURS = (
    Hours(
        id="standard",
        ticket_open=time(7),
        open=time(7, 30),
        lunch_start=time(11, 30),
        lunch_end=time(13),
        close=time(17),
        last_ticket=time(16, 30),
    ),
)
DEMAND = Demand(
    working_days_per_month=22.0,
    scale=1.0,
    weekday_factors=(1.20, 1.05, 0.97, 0.92, 0.86, 0.0, 0.0),
    month_factors=(0.90, 1.18, 1.08, 1.00, 0.96, 1.04, 1.04, 1.03, 0.97, 0.94, 0.94, 0.92),
    month_start_days=5,
    month_start_factor=1.06,
    noise_cv=0.12,
    noise_shared=0.5,
    assisted_extra_min=4.0,
    priority_share=0.08,
)
QUEUE = Queue(balk_long_min=45.0, balk_very_long_min=90.0, patience_shape=1.5, return_days_max=3, visits_max=4, overtime_min=30.0)
CHOICE = Choice(
    travel_weight=1.7,
    counters_weight=0.8,
    wait_scale_min=40.0,
    reach_min=20.0,
    remembered_smoothing=0.3,
    remembered_start_min=10.0,
)
LEARNING = Learning(first_days=7, first_pace=1250, second_days=21, second_pace=1100)
PLANNING = Planning(
    commute_limit_min=40.0, move_price_min=5.0, commute_price_min_per_km=0.5, point_holders=1, branch_holders=2, center_holders=2
)
INDICATORS = Indicators(
    wait_standard_min=20.0,
    wait_long_min=30.0,
    lost_charge_min=60.0,
    overloaded_half_hour_min=5.0,
    access_min=30.0,
    access_km=5.0,
    satisfaction_top=0.99,
    satisfaction_mid_min=70.0,
    satisfaction_scale_min=20.0,
    reference_start=date(2025, 5, 12),
    reference_end=date(2025, 6, 6),
    warmup_days=5,
)
PHASES = (
    Phase(
        id="p1",
        name_vi="Giai đoạn 1",
        name_en="Phase 1",
        start=date(2024, 9, 30),
        end=date(2024, 12, 31),
        moves_within="district",
        max_moves=60,
        stay_share=1.0,
        online_self_factor=1.0,
        online_assisted_factor=1.0,
        reuse_share=0.05,
        reuse_growth_per_month=0.03,
        informed_share=0.0,
    ),
    Phase(
        id="p2",
        name_vi="Giai đoạn 2",
        name_en="Phase 2",
        start=date(2025, 1, 1),
        end=date(2025, 6, 30),
        moves_within="province",
        max_moves=60,
        stay_share=0.70,
        online_self_factor=1.12,
        online_assisted_factor=1.05,
        reuse_share=0.15,
        reuse_growth_per_month=0.024,
        informed_share=0.1,
    ),
    Phase(
        id="p3",
        name_vi="Giai đoạn 3",
        name_en="Phase 3",
        start=date(2025, 7, 1),
        end=date(2025, 12, 31),
        moves_within="province",
        max_moves=60,
        stay_share=0.45,
        online_self_factor=1.25,
        online_assisted_factor=1.10,
        reuse_share=0.30,
        merged_counters_cap=14,
        reuse_growth_per_month=0.02,
        informed_share=0.1,
    ),
)
# the Tet of 2025 is 25 January – 2 February; rows multiply, so certification carries what it has beyond the rest
BEFORE_TET, FIRST_DAYS, AFTER_TET = ("2025-01-20", "2025-01-24"), ("2025-02-03", "2025-02-04"), ("2025-02-05", "2025-02-25")
DEMAND_CHANGES = tuple(
    DemandChange(id=name, field=field, place="*", start=date.fromisoformat(start), end=date.fromisoformat(end), factor=factor)
    for name, field, (start, end), factor in (
        ("tet-before", "*", BEFORE_TET, 0.75),
        ("tet-before-certification", "certification", BEFORE_TET, 0.80),  # 0.75 × 0.80 = 0.60
        ("tet-first-days", "*", FIRST_DAYS, 0.80),
        ("tet-after", "*", AFTER_TET, 1.25),
        ("tet-after-certification", "certification", AFTER_TET, 1.12),  # 1.25 × 1.12 = 1.40
        ("licences-to-police", "driving_licence", ("2025-03-01", "2025-12-31"), 0.0),
    )
)
CLOSURES = tuple(
    Closure(id=name, name_vi=name_vi, name_en=name_en, start=date.fromisoformat(start), end=date.fromisoformat(end))
    for name, name_vi, name_en, start, end in (
        ("new-year-2025", "Tết Dương lịch", "New Year", "2025-01-01", "2025-01-01"),
        ("tet-2025", "Tết Nguyên đán", "Tet", "2025-01-25", "2025-02-02"),
        ("hung-2025", "Giỗ Tổ Hùng Vương", "Hung Kings", "2025-04-07", "2025-04-07"),
        ("april-2025", "30/4 và 1/5", "30 April, 1 May", "2025-04-30", "2025-05-04"),
        ("september-2025", "Quốc khánh", "National Day", "2025-08-30", "2025-09-02"),
    )
)
AT_LEAST: Literal["at_least"] = "at_least"
AT_MOST: Literal["at_most"] = "at_most"
TARGETS = tuple(
    Target(id=name, name_vi=name_vi, name_en=name_en, indicator=indicator, sense=sense, value=value)
    for name, name_vi, name_en, indicator, sense, value in (
        ("coverage", "Trong 30 phút hoặc 5 km", "Within 30 minutes or 5 km", "coverage_share", AT_LEAST, 1.0),
        ("digitized", "Hồ sơ được số hóa", "Dossiers digitized", "digitized_share", AT_LEAST, 1.0),
        ("satisfaction", "Mức độ hài lòng", "Satisfaction", "satisfaction", AT_LEAST, 0.95),
        ("wait", "Chờ trung bình (phút)", "Mean wait (minutes)", "wait_mean_min", AT_MOST, 20.0),
        ("over-20", "Chờ quá 20 phút", "Waiting over 20 minutes", "share_wait_over_20", AT_MOST, 0.0),
        ("over-30", "Chờ quá 30 phút", "Waiting over 30 minutes", "share_wait_over_30", AT_MOST, 0.0),
    )
)
