"""
Facility: the places, the power and the cooling.

Figures: a data centre as a whole is lost about once in five years for half a day at worst (40,000 h, 4 h); a utility
feed fails about twice a year for two hours; a UPS and a PDU are electronics with a swap within ten hours (50,000 h and
200,000 h); a cooling unit has moving parts (20,000 h, 20 h). A generator stands still nearly always, so what counts is
the chance that it does not start when it is needed, about one in a hundred, and no time between failures.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import boolean, decimal, enum, integer, reference, text
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "facility",
        parent="ci",
        label="Facility",
        label_zh="基础设施场所",
        description="A place, or what a place is supplied with.",
        abstract=True,
    ),
    CIClass(
        "region",
        parent="facility",
        label="Region",
        label_zh="地区",
        description="An area of the map in which places lie; what strikes it may strike them all.",
    ),
    CIClass(
        "data_center",
        parent="facility",
        label="Data center",
        label_zh="数据中心",
        description="A building, or a leased part of one, in which equipment stands.",
        unavailability=0.0001,
        mtbf_hours=40_000,
        attributes=(
            text("address", "Address", "地址"),
            enum("tier_rating", "Tier rating", "机房等级", ("I", "II", "III", "IV"), "the building's own class"),
            text("operator", "Operator", "运营方"),
        ),
    ),
    CIClass(
        "room",
        parent="facility",
        label="Room",
        label_zh="机房",
        description="A room, hall or fire section of a data center.",
        attributes=(
            text("floor", "Floor", "楼层"),
            reference("data_center", "Data center", "数据中心", to="data_center"),
        ),
    ),
    CIClass(
        "rack",
        parent="facility",
        label="Rack",
        label_zh="机柜",
        description="A rack or cabinet that devices are mounted in.",
        attributes=(
            integer("height_units", "Height", "高度", unit="U"),
            decimal("power_limit_kw", "Power limit", "功率上限", unit="kW"),
            reference("room", "Room", "机房", to="room"),
        ),
    ),
    CIClass(
        "power_feed",
        parent="facility",
        label="Power feed",
        label_zh="供电线路",
        description="An incoming line of electricity, or a separately fused branch of one.",
        unavailability=0.0004,
        mtbf_hours=5_000,
        attributes=(
            text("provider", "Provider", "供电方"),
            decimal("capacity_kva", "Capacity", "容量", unit="kVA"),
            integer("voltage", "Voltage", "电压", unit="V"),
        ),
    ),
    CIClass(
        "generator",
        parent="hardware",
        label="Generator",
        label_zh="发电机",
        description="An engine that supplies power when the feeds fail.",
        unavailability=0.01,
        attributes=(
            decimal("capacity_kva", "Capacity", "容量", unit="kVA"),
            decimal("fuel_hours", "Fuel for", "燃料续航", "running time on a full tank", unit="h"),
        ),
    ),
    CIClass(
        "ups",
        parent="hardware",
        label="UPS",
        label_zh="不间断电源",
        description="A battery system that bridges the loss of a feed.",
        unavailability=0.0002,
        mtbf_hours=50_000,
        attributes=(
            decimal("capacity_kva", "Capacity", "容量", unit="kVA"),
            integer("runtime_minutes", "Runtime", "续航时间", "on battery at full load", unit="min"),
        ),
    ),
    CIClass(
        "pdu",
        parent="hardware",
        label="PDU",
        label_zh="配电单元",
        description="A power distribution unit: the strip or cabinet that devices are plugged into.",
        unavailability=0.00005,
        mtbf_hours=200_000,
        attributes=(
            integer("outlets", "Outlets", "插座数"),
            boolean("switched", "Switched", "可远程控制", "its outlets can be switched from afar"),
        ),
    ),
    CIClass(
        "cooling_unit",
        parent="hardware",
        label="Cooling unit",
        label_zh="制冷机组",
        description="A unit that cools a room or a row of racks.",
        unavailability=0.001,
        mtbf_hours=20_000,
        attributes=(decimal("capacity_kw", "Capacity", "制冷量", unit="kW"),),
    ),
)
