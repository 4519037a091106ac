"""
The root of all classes, and hardware, from which equipment of several families descends.

The root has no default figures: a CI that nobody knows anything about gets none invented. Hardware has none either, as
its kinds differ too much. What the figures of the other families mean is the same everywhere: ``mtbf_hours`` counts
failures of the thing itself (not of what it depends on), ``unavailability`` is mean time to repair over mean time
between failures, and both are orders of magnitude in round numbers, to be replaced by an organisation's own.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import date, decimal, integer, reference, text, texts, url
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "ci",
        label="Configuration item",
        label_zh="配置项",
        description="Anything that must be controlled to deliver a service; every other class descends from it.",
        abstract=True,
        attributes=(
            text("description", "Description", "描述"),
            text("owner", "Owner", "负责方", "the team or role that answers for it"),
            text("environment", "Environment", "环境", "such as production or test"),
            integer(
                "tier", "Tier", "服务等级", "1 is the highest; that of a service counts in impact", minimum=1, maximum=4
            ),
            text("site", "Site", "站点", "the short name of the place it serves or stands in"),
            texts("tags", "Tags", "标签"),
            url("link", "Link", "链接", "where people read more about it"),
        ),
    ),
    CIClass(
        "hardware",
        parent="ci",
        label="Hardware",
        label_zh="硬件",
        description="A device one can touch: an asset with vendor, serial number, cost and warranty.",
        abstract=True,
        attributes=(
            text("vendor", "Vendor", "厂商"),
            text("model", "Model", "型号"),
            text("serial_number", "Serial number", "序列号"),
            text("asset_tag", "Asset tag", "资产编号", "the organisation's own number for the asset", unique=True),
            text("firmware", "Firmware", "固件版本"),
            reference("rack", "Rack", "机柜", to="rack"),
            integer("rack_position", "Rack position", "机柜位置", "lowest unit it occupies", unit="U"),
            date("purchased_on", "Purchased on", "购置日期"),
            decimal("cost", "Cost", "成本", "purchase price in the organisation's currency"),
            date("warranty_until", "Warranty until", "保修截止日期"),
            text("holder", "Holder", "保管方", "the team or role that holds the asset"),
        ),
    ),
)
