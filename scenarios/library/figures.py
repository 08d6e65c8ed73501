"""The figures of the Binh Duong scenario that stand in no data file, each with its basis.

S sourced, D derived from sourced figures, A assumed. The grounds of each are in `sources.csv` of the scenario.
"""

from datetime import date, time

from ..schema import (
    ArrivalProfile,
    Choice,
    Closure,
    Demand,
    Hours,
    Indicators,
    Learning,
    Level,
    Phase,
    Planning,
    ProcedureField,
    Queue,
    Target,
    Travel,
)

# id, Vietnamese, English, level, records a 1,000 and month, online self, online assisted, same day, days allowed,
# service minutes, CV, digitization minutes, boundary-free from
FIELDS: tuple[tuple[str, str, str, Level, float, float, float, float, int, float, float, float, str], ...] = (
    ("certification", "Chứng thực", "Certification", "commune", 18.5, 0.0, 0.0, 1.0, 1, 9.0, 0.8, 0.3, "p2"),
    ("civil_status", "Hộ tịch", "Civil status", "commune", 3.4, 0.25, 0.35, 0.55, 3, 14.0, 0.6, 4.0, "p3"),
    ("social_protection", "Bảo trợ xã hội", "Social protection", "commune", 1.4, 0.25, 0.35, 0.10, 10, 13.0, 0.6, 4.0, "p3"),
    ("residence", "Cư trú và xác nhận", "Residence and confirmations", "commune", 1.2, 0.25, 0.25, 0.70, 3, 8.0, 0.6, 2.0, "p3"),
    ("land_confirmation", "Xác nhận đất đai", "Land confirmation", "commune", 0.7, 0.05, 0.10, 0.10, 10, 18.0, 0.7, 6.0, "p3"),
    ("commune_other", "Lĩnh vực khác cấp xã", "Other, commune level", "commune", 0.8, 0.30, 0.30, 0.30, 5, 11.0, 0.6, 3.0, "p3"),
    ("land_registration", "Đăng ký đất đai", "Land registration", "district", 5.5, 0.10, 0.15, 0.05, 15, 15.0, 0.7, 6.0, "p3"),
    ("household_business", "Hộ kinh doanh", "Household business", "district", 1.2, 0.45, 0.35, 0.10, 3, 12.0, 0.6, 2.0, "p2"),
    (
        "construction",
        "Xây dựng, số nhà",
        "Construction, house numbers",
        "district",
        0.8,
        0.30,
        0.30,
        0.0,
        15,
        15.0,
        0.6,
        6.0,
        "p3",
    ),
    (
        "district_certification",
        "Chứng thực cấp huyện",
        "District certification",
        "district",
        1.2,
        0.0,
        0.0,
        0.90,
        2,
        9.0,
        0.7,
        0.3,
        "p2",
    ),
    (
        "district_labor",
        "Lao động cấp huyện",
        "Labor, district level",
        "district",
        0.5,
        0.30,
        0.30,
        0.10,
        10,
        11.0,
        0.6,
        3.0,
        "p3",
    ),
    (
        "district_other",
        "Lĩnh vực khác cấp huyện",
        "Other, district level",
        "district",
        0.8,
        0.35,
        0.30,
        0.20,
        7,
        12.0,
        0.6,
        3.0,
        "p3",
    ),
    ("driving_licence", "Giấy phép lái xe", "Driving licences", "province", 1.9, 0.45, 0.10, 0.0, 5, 8.0, 0.5, 2.0, "p2"),
    ("judicial_record", "Lý lịch tư pháp", "Judicial records", "province", 0.8, 0.50, 0.20, 0.0, 10, 8.0, 0.5, 2.0, "p2"),
    (
        "business_registration",
        "Đăng ký doanh nghiệp",
        "Business registration",
        "province",
        0.9,
        0.85,
        0.05,
        0.0,
        3,
        14.0,
        0.6,
        3.0,
        "p2",
    ),
    ("province_labor", "Lao động cấp tỉnh", "Labor, province level", "province", 0.5, 0.50, 0.10, 0.0, 10, 11.0, 0.6, 3.0, "p2"),
    (
        "investment",
        "Đầu tư, xây dựng",
        "Investment and construction",
        "province",
        0.25,
        0.40,
        0.10,
        0.0,
        20,
        18.0,
        0.6,
        6.0,
        "p2",
    ),
    ("health", "Y tế", "Health", "province", 0.25, 0.50, 0.10, 0.0, 15, 14.0, 0.6, 4.0, "p2"),
    (
        "province_other",
        "Lĩnh vực khác cấp tỉnh",
        "Other, province level",
        "province",
        0.5,
        0.45,
        0.10,
        0.0,
        10,
        12.0,
        0.6,
        3.0,
        "p2",
    ),
)
LAND = ("land_confirmation", "land_registration")


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
            missing_papers_share=0.12,
            patience_min=240.0 if row[0] in LAND else 75.0,
            balk_long_share=0.05 if row[0] in LAND else 0.20,
            balk_very_long_share=0.15 if row[0] in LAND else 0.50,
            return_share=0.80,
            arrival_profile="land" if row[0] in LAND else "standard",
            boundary_free_from=row[12],
        )
        for row in FIELDS
    )


# leaving home: ten minutes before the hours of arrival; the last window ends so that the last ticket is reached
WINDOWS = ("06:40", "07:20", "08:20", "09:20", "10:20", "11:20", "12:50", "13:50", "14:50", "15:50", "16:20")
STANDARD = (0.05, 0.19, 0.20, 0.17, 0.09, 0.0, 0.11, 0.10, 0.06, 0.03)
LAND_SHARES = (0.15, 0.19, 0.20, 0.17, 0.09, 0.0, 0.074, 0.066, 0.04, 0.02)  # a tenth moves from afternoon to dawn


def arrival_profiles() -> tuple[ArrivalProfile, ...]:
    """Leaving-home windows of the two profiles."""
    clocks = [time.fromisoformat(text) for text in WINDOWS]
    return tuple(
        ArrivalProfile(profile=name, start=start, end=end, share=share)
        for name, shares in (("land", LAND_SHARES), ("standard", STANDARD))
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
TRAVEL = Travel(
    circuity=1.30,
    fixed_min=4.0,
    urban_dense_kmh=21.0,
    urban_kmh=28.0,
    rural_kmh=35.0,
    dense_people_per_km2=4000.0,
    within_unit_factor=0.38,
)
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
    ),
)
CLOSURES = (
    Closure(id="new-year-2025", name_vi="Tết Dương lịch", name_en="New Year", start=date(2025, 1, 1), end=date(2025, 1, 1)),
    Closure(id="tet-2025", name_vi="Tết Nguyên đán", name_en="Tet", start=date(2025, 1, 25), end=date(2025, 2, 2)),
    Closure(id="hung-2025", name_vi="Giỗ Tổ Hùng Vương", name_en="Hung Kings", start=date(2025, 4, 7), end=date(2025, 4, 7)),
    Closure(id="april-2025", name_vi="30/4 và 1/5", name_en="30 April, 1 May", start=date(2025, 4, 30), end=date(2025, 5, 4)),
    Closure(id="september-2025", name_vi="Quốc khánh", name_en="National Day", start=date(2025, 8, 30), end=date(2025, 9, 2)),
)
TARGETS = (
    Target(
        id="coverage",
        name_vi="Trong 30 phút hoặc 5 km",
        name_en="Within 30 minutes or 5 km",
        indicator="coverage_share",
        sense="at_least",
        value=1.0,
    ),
    Target(
        id="digitized",
        name_vi="Hồ sơ được số hóa",
        name_en="Dossiers digitized",
        indicator="digitized_share",
        sense="at_least",
        value=1.0,
    ),
    Target(
        id="satisfaction",
        name_vi="Mức độ hài lòng",
        name_en="Satisfaction",
        indicator="satisfaction",
        sense="at_least",
        value=0.95,
    ),
    Target(
        id="wait",
        name_vi="Chờ trung bình (phút)",
        name_en="Mean wait (minutes)",
        indicator="wait_mean_min",
        sense="at_most",
        value=20.0,
    ),
    Target(
        id="over-20",
        name_vi="Chờ quá 20 phút",
        name_en="Waiting over 20 minutes",
        indicator="share_wait_over_20",
        sense="at_most",
        value=0.0,
    ),
    Target(
        id="over-30",
        name_vi="Chờ quá 30 phút",
        name_en="Waiting over 30 minutes",
        indicator="share_wait_over_30",
        sense="at_most",
        value=0.0,
    ),
)
