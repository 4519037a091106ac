"""
Service: what customers get, where it runs, and what comes from outside.

Figures: a service fails with what it depends on and has none of its own. An external service gets 99.9 %, what public
contracts commonly promise, as an outage of an hour every 1,000 hours. A logical gate is a place in a fault tree, no
thing: it never fails by itself. A basic event has the figure of its tree and none of its class.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import boolean, enum, integer, text, url
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "service",
        parent="ci",
        label="Service",
        label_zh="服务",
        description="What is delivered to customers or to other teams, and judged in every impact answer.",
        attributes=(
            text("state", "State", "状态", "where it is between setup and removal"),
            boolean("page", "Pages on-call", "触发值班告警", "an outage calls people out"),
            integer("port", "Port", "端口", minimum=0, maximum=65_535),
            text("customers", "Customers", "客户"),
        ),
    ),
    CIClass(
        "business_service",
        parent="service",
        label="Business service",
        label_zh="业务服务",
        description="A service that customers know by name.",
    ),
    CIClass(
        "technical_service",
        parent="service",
        label="Technical service",
        label_zh="技术服务",
        description="A service that other services are built on, such as DNS or single sign-on.",
    ),
    CIClass(
        "service_instance",
        parent="ci",
        label="Service instance",
        label_zh="服务实例",
        description="A service at one site or in one environment.",
        attributes=(integer("port", "Port", "端口", minimum=0, maximum=65_535),),
    ),
    CIClass(
        "external_service",
        parent="ci",
        label="External service",
        label_zh="外部服务",
        description="A service that somebody else runs.",
        unavailability=0.001,
        mtbf_hours=1_000,
        attributes=(
            text("provider", "Provider", "服务商"),
            url("status_page", "Status page", "状态页面"),
            enum("kind", "Kind", "类型", ("saas", "paas", "api", "network", "other")),
        ),
    ),
    CIClass(
        "logical_gate",
        parent="ci",
        label="Logical gate",
        label_zh="逻辑门",
        description="A place in a fault tree where conditions meet; it has no existence of its own.",
        unavailability=0.0,
    ),
    CIClass(
        "basic_event",
        parent="ci",
        label="Basic event",
        label_zh="基本事件",
        description="A failure at the bottom of a fault tree, with its own probability and no cause below it.",
    ),
)
