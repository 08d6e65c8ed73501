"""A small valid scenario as text: two districts, four units, five offices, two phases. Tests write it and break it.

Every table has rows; the last sections may be left out.
"""

import csv
from pathlib import Path

TOML_NEEDED = """schema_version = 1
id = "small"
name_vi = "Tỉnh nhỏ"
name_en = "Small province"
notice_vi = ""
notice_en = ""
number_format = "en"

[demand]
working_days_per_month = 22.0
scale = 1.0
weekday_factors = [1.2, 1.0, 1.0, 0.9, 0.9, 0.0, 0.0]
month_factors = [1.0, 0.8, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
month_start_days = 5
month_start_factor = 1.1
noise_cv = 0.1
noise_shared = 0.5
assisted_extra_min = 4.0
priority_share = 0.05

[queue]
balk_long_min = 45.0
balk_very_long_min = 90.0
patience_shape = 1.5
return_days_max = 3
visits_max = 3
overtime_min = 15.0

[choice]
travel_weight = 1.7
counters_weight = 0.8
wait_scale_min = 40.0
reach_min = 60.0
remembered_smoothing = 0.3
remembered_start_min = 10.0

[learning]
first_days = 14
first_pace = 1300
second_days = 28
second_pace = 1150

[travel]
circuity = 1.3
fixed_min = 5.0
urban_dense_kmh = 20.0
urban_kmh = 25.0
rural_kmh = 30.0
dense_people_per_km2 = 5000.0
within_unit_factor = 0.5

[planning]
commute_limit_min = 40.0
move_price_min = 5.0
commute_price_min_per_km = 0.5
point_holders = 1
branch_holders = 2
center_holders = 2

[indicators]
wait_standard_min = 20.0
wait_long_min = 30.0
lost_charge_min = 60.0
overloaded_half_hour_min = 60.0
access_min = 30.0
access_km = 5.0
satisfaction_top = 0.99
satisfaction_mid_min = 60.0
satisfaction_scale_min = 20.0
reference_start = 2025-03-03
reference_end = 2025-03-28
warmup_days = 5
"""
TOML_OPTIONAL = """
[papers]
check_share = 0.6
mend_share = 0.5
failed_share = 0.5
return_share = 0.7
return_days_max = 4
reuse_missing_factor = 0.5
reuse_reception_factor = 0.9

[results]
collect_min = 2.5
collect_cv = 0.4
collect_days_max = 6
postal_days = 3
online_check_min = 5.0
lead_in_days = 10

[booking]
no_show_share = 0.1

[interruptions]
turn_away_share = 0.3
portal = "portal"
portal_to_counter_share = 0.2
"""
TOML = TOML_NEEDED + TOML_OPTIONAL

TABLES = {
    "districts": """id,name
d1,Thủ Dầu Một
d2,Bến Cát
""",
    "units": """id,name,kind,district,population,area_km2,lat,lon,demand_factor
u1,Phú Cường,ward,d1,30000,2.5,10.98,106.65,1.0
u2,Hiệp Thành,ward,d1,25000,6.0,11.00,106.66,1.0
u3,Mỹ Phước,ward,d2,40000,21.5,11.14,106.61,1.0
u4,An Điền,commune,d2,15000,31.2,11.13,106.56,1.0
""",
    "origins": """unit,origin,share
u1,u2,0.1
u4,u3,0.2
""",
    "hours": """id,ticket_open,open,lunch_start,lunch_end,close,last_ticket,lunch_halves
standard,07:00,07:30,11:30,13:00,17:00,16:45,no
through,07:00,07:30,11:30,12:30,17:00,16:45,yes
""",
    "offices": """id,name,kind,unit,district,lat,lon,counters,premises_limit,reserved_counters,seats,minimum_crew,hours,scanners
c1,Trung tâm tỉnh,center,u1,d1,10.981,106.651,4,6,0,40,2,standard,1
o1,Một cửa Phú Cường,point,u1,d1,10.982,106.652,3,4,0,20,1,standard,0
o2,Một cửa Hiệp Thành,point,u2,d1,11.001,106.661,4,4,0,20,1,standard,0
o3,Một cửa Mỹ Phước,point,u3,d2,11.141,106.611,3,4,0,20,1,standard,0
o4,Một cửa An Điền,point,u4,d2,11.131,106.561,2,3,0,10,1,standard,0
""",
    "fields": """id,name_vi,name_en,level,demand_per_1000_month,online_self_share,online_assisted_share,postal_share,service_min,\
service_cv,digitize_min,same_day_share,limit_days,missing_papers_share,patience_min,balk_long_share,balk_very_long_share,\
return_share,arrival_profile,boundary_free_from,topic,systems,dossiers_per_visit,agents_share,agent_dossiers,\
appointment_share,lead_days,lead_cv,back_office_min,collect_share,result_post_share
civil,Hộ tịch,Civil status,commune,8,0.1,0.2,0.05,9,0.6,2,0.6,2,0.1,60,0.2,0.5,0.7,office,p2,,one_stop,1.2,0,1,0,1,0.4,20,0.5,0.1
notary,Chứng thực,Certification,commune,20,0,0.1,0,5,0.5,1,0.95,1,0.05,45,0.2,0.5,0.6,office,,certification,register,1.5,0,1,0,0,0,0,0.9,0.1
land,Đất đai,Land,province,5,0.05,0.1,0.1,15,0.7,4,0,15,0.2,90,0.1,0.3,0.9,office,,land,one_stop register,1.2,0.1,5,0.3,7,0.5,45,0.6,0.2
""",
    "arrival_profiles": """profile,start,end,share
office,07:00,09:00,0.35
office,09:00,11:00,0.3
office,13:00,15:00,0.2
office,15:00,16:30,0.15
""",
    "offers": """phase,office,field
*,point,civil
*,point,notary
*,center,land
""",
    "officers": """id,name,home,employer,grade,counter_share,home_unit,movable,first_phase,last_phase,absence_rate,cost_per_day,fields,shift,pool
w01,Nguyễn Văn An,c1,province,III,0.8,u1,yes,,,0.03,400,land,full,
w02,Trần Thị Bình,c1,province,III,0.8,u2,yes,,,0.03,400,land,full,
w03,Lê Văn Cường,o1,commune,,0.7,u1,yes,,,0.03,350,civil notary:1150,full,
w04,Phạm Thị Dung,o1,commune,,1.0,u1,no,,,0.03,350,notary civil:1150,full,
w05,Hoàng Văn Em,o2,commune,,1.0,u2,yes,,,0.03,350,civil notary,full,
w06,Vũ Thị Giang,o2,commune,,0.7,u2,yes,,,0.03,350,civil notary,full,
w07,Đặng Văn Hải,o3,commune,,1.0,u3,yes,,,0.03,350,civil notary,full,
w08,Bùi Thị Hoa,o3,commune,,0.7,u3,yes,,,0.03,350,civil notary,full,
w09,Đỗ Văn Khoa,o4,commune,,1.0,u4,yes,,,0.03,350,civil notary,full,
w10,Hồ Thị Lan,o4,commune,,0.7,u4,yes,p1,p2,0.03,350,civil notary,full,
w11,Ngô Văn Minh,c1,province,,1.0,u1,yes,,,0.03,400,land civil:1200,morning,
w12,Dương Thị Nga,o1,district,,0.9,u1,yes,,,0.03,380,civil notary,full,float
""",
    "rosters": """phase,officer,weekday,start,end,office
p1,w03,1,07:30,11:30,
p1,w03,1,13:00,15:00,
p1,w03,3,07:30,11:30,o2
""",
    "volunteers": """office,start,end,count
o3,2025-03-03,2025-03-14,3
""",
    "phases": """id,name_vi,name_en,start,end,moves_within,max_moves,stay_share,online_self_factor,online_assisted_factor,\
reuse_share,merged_counters_cap,reuse_growth_per_month,postal_factor,appointment_factor,informed_share
p1,Giai đoạn 1,Phase 1,2025-01-02,2025-03-31,district,10,1.0,1.0,1.0,0.1,0,0.01,1,1,0
p2,Giai đoạn 2,Phase 2,2025-04-01,2025-06-30,province,10,0.7,1.2,1.1,0.3,8,0.02,1.1,1.5,0.2
""",
    "office_changes": """phase,office,into,move_days
p2,o4,o3,2
""",
    "counter_changes": """phase,office,added,reserved
p1,o3,1,0
p2,o3,2,1
""",
    "closures": """id,name_vi,name_en,start,end
tet,Tết Nguyên đán,Lunar New Year,2025-01-25,2025-02-02
""",
    "demand_changes": """id,field,place,start,end,factor
after_tet,*,*,2025-02-03,2025-02-07,1.3
land_rush,land,d2,2025-03-03,2025-03-07,1.5
""",
    "systems": """id,name_vi,name_en,manual_pace,failures_per_month,failure_min,scope
one_stop,Hệ thống một cửa,One-stop system,0,0.5,45,province
register,Sổ chứng thực điện tử,Register of certifications,1300,0.25,30,office
portal,Cổng dịch vụ công,Service portal,0,0.5,60,province
""",
    "outages": """id,system,place,start,end,from_time,to_time,pace
cut,one_stop,*,2025-03-10,2025-03-11,08:00,10:30,0
slow,register,o2,2025-03-12,2025-03-12,13:00,17:00,1400
""",
    "office_closures": """id,office,start,end,to
flood,o4,2025-03-17,2025-03-18,o3
repair,o2,2025-05-05,2025-05-06,
""",
    "absence_waves": """id,place,start,end,share
flu,d1,2025-03-03,2025-03-07,0.1
""",
    "pools": """id,district,base,look_min,send_wait_min,return_wait_min,stay_min
float,d1,o1,15,30,10,60
""",
    "back_offices": """level,place,minutes_per_day,backlog,backlog_overdue_share
commune,*,400,5,0.1
district,d1,900,0,0
province,*,1500,40,0.05
""",
    "slots": """office,field,slot_min,places
center,*,30,4
c1,land,15,2
""",
    "targets": """id,name_vi,name_en,indicator,sense,value
wait,Chờ không quá 20 phút,Waits up to 20 minutes,wait_mean_min,at_most,20
""",
    "sources": """table,column,rows,basis,source
units,population,*,assumed,made for tests
fields,service_min,civil notary,assumed,made for tests
""",
    "assignments": """phase,officer,office
p2,w06,o3
""",
}


def write_small(folder: Path) -> Path:
    """Write the scenario into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.toml").write_text(TOML, encoding="utf-8")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def set_cell(folder: Path, table: str, row: int, column: str, value: str) -> None:
    """Replace one cell; `row` as a spreadsheet shows it (2 = first row of data)."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def add_row(folder: Path, table: str, line: str) -> None:
    """Append one line to a table."""
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def replace_text(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file; it must be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
