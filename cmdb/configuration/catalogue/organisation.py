"""
Organisation: the parties, papers and agreements that stand behind services.

None of them is up or down, so none has figures.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import date, decimal, enum, integer, text, url
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "party",
        parent="ci",
        label="Party",
        label_zh="相关方",
        description="An organisation or a part of one.",
        abstract=True,
        attributes=(text("contact", "Contact", "联系方式", "a role's address, no person's"),),
    ),
    CIClass(
        "supplier",
        parent="party",
        label="Supplier",
        label_zh="供应商",
        description="Who delivers goods or services to the organisation.",
        attributes=(
            enum("kind", "Kind", "类型", ("external", "internal", "customer_as_supplier")),
            text("support_hours", "Support hours", "支持时间"),
        ),
    ),
    CIClass(
        "customer",
        parent="party",
        label="Customer",
        label_zh="客户",
        description="Who receives services.",
        attributes=(text("customer_number", "Customer number", "客户编号"),),
    ),
    CIClass(
        "team",
        parent="party",
        label="Team",
        label_zh="团队",
        description="A group of people that answers for CIs.",
        attributes=(text("on_call", "On-call", "值班方式", "how it is reached out of hours"),),
    ),
    CIClass(
        "contract",
        parent="ci",
        label="Contract",
        label_zh="合同",
        description="An agreement with a supplier or a customer.",
        attributes=(
            text("number", "Number", "合同编号"),
            date("starts_on", "Starts on", "开始日期"),
            date("ends_on", "Ends on", "结束日期"),
            integer("notice_days", "Notice", "通知期", unit="days"),
            decimal("cost_per_year", "Cost a year", "年度费用", "in the organisation's currency"),
        ),
    ),
    CIClass(
        "document",
        parent="ci",
        label="Document",
        label_zh="文档",
        description="A document that is controlled as a CI, such as a runbook, a plan or a drawing.",
        attributes=(
            text("version", "Version", "版本"),
            url("location", "Location", "存放位置"),
            date("review_on", "Review on", "复审日期"),
        ),
    ),
)
