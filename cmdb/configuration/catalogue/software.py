"""
Software: products, licences, certificates, and the applications an organisation runs.

Figures: an application as a whole fails by its own software about eight times a year for an hour, one of its components
half as often. A product, a licence, a certificate and an endpoint have none: what stops them is a date or a dependency.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import date, decimal, enum, integer, text, texts, time, url
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "software",
        parent="ci",
        label="Software",
        label_zh="软件",
        description="A software product in one version, as it is installed or bought.",
        attributes=(
            text("vendor", "Vendor", "厂商"),
            text("version", "Version", "版本"),
            text("package_url", "Package URL", "软件包 URL", "purl, such as pkg:deb/debian/openssl@3.0.15"),
            text("cpe", "CPE", "CPE 标识"),
            text("licence_id", "Licence id", "许可证标识", "SPDX id, such as MIT"),
            date("end_of_support", "End of support", "支持终止日期"),
        ),
    ),
    CIClass(
        "licence",
        parent="ci",
        label="Licence",
        label_zh="软件许可",
        description="The bought right to use software.",
        attributes=(
            text("product", "Product", "产品"),
            integer("seats", "Seats", "授权数量", "how many may use it"),
            integer("seats_used", "Seats used", "已用数量"),
            enum("metric", "Metric", "计量方式", ("user", "device", "core", "site", "subscription", "other")),
            date("valid_until", "Valid until", "有效期至"),
            decimal("cost_per_year", "Cost a year", "年度费用", "in the organisation's currency"),
        ),
    ),
    CIClass(
        "certificate",
        parent="ci",
        label="Certificate",
        label_zh="证书",
        description="An X.509 certificate.",
        attributes=(
            text("subject", "Subject", "主体"),
            text("issuer", "Issuer", "颁发者"),
            text("certificate_serial", "Serial number", "证书序列号"),
            text(
                "fingerprint_sha256",
                "Fingerprint (SHA-256)",
                "指纹 (SHA-256)",
                "64 hexadecimal digits in lower case",
                pattern="[0-9a-f]{64}",
                unique=True,
            ),
            texts("alternative_names", "Alternative names", "备用名称"),
            time("not_before", "Valid from", "生效时间"),
            time("not_after", "Valid until", "失效时间"),
        ),
    ),
    CIClass(
        "application",
        parent="ci",
        label="Application",
        label_zh="应用系统",
        description="Software that does something for its users, with all its components.",
        unavailability=0.001,
        mtbf_hours=1_000,
        attributes=(
            text("version", "Version", "版本"),
            url("repository", "Repository", "代码仓库"),
            enum("lifecycle", "Lifecycle", "生命周期", ("planned", "production", "sunset", "retired")),
        ),
    ),
    CIClass(
        "application_component",
        parent="ci",
        label="Application component",
        label_zh="应用组件",
        description="A part of an application that is deployed on its own.",
        unavailability=0.0005,
        mtbf_hours=2_000,
        attributes=(
            text("version", "Version", "版本"),
            url("repository", "Repository", "代码仓库"),
            text("language", "Language", "编程语言"),
            text("namespace", "Namespace", "命名空间", "service.namespace as traces tell it"),
        ),
    ),
    CIClass(
        "endpoint",
        parent="ci",
        label="Endpoint",
        label_zh="端点",
        description="An address at which something answers: a page, an API or a port.",
        attributes=(
            url("url", "URL", "网址"),
            integer("port", "Port", "端口", minimum=0, maximum=65_535),
            enum("protocol", "Protocol", "协议", ("http", "https", "grpc", "tcp", "udp", "other")),
        ),
    ),
)
