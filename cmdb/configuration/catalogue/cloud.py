"""
Cloud: accounts, regions and what is rented there.

Figures: an availability zone is lost about every other year for two hours, a region half as often; both follow the
public post-mortems of the large providers, as an order of magnitude. The rest is configuration and has none.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import cidr, integer, json, text
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "cloud_resource",
        parent="ci",
        label="Cloud resource",
        label_zh="云资源",
        description="Something rented from a cloud, of a kind that has no class of its own.",
        attributes=(
            text("provider", "Provider", "云服务商"),
            text("cloud_id", "Cloud id", "云资源标识", "the provider's id of it, such as an ARN", unique=True),
            text("resource_type", "Resource type", "资源类型", "the provider's own word for it"),
            text("region", "Region", "区域"),
            json("labels", "Labels", "标签集"),
        ),
    ),
    CIClass(
        "cloud_account",
        parent="cloud_resource",
        label="Cloud account",
        label_zh="云账号",
        description="An account, subscription or project with a provider.",
    ),
    CIClass(
        "cloud_region",
        parent="cloud_resource",
        label="Cloud region",
        label_zh="云区域",
        description="A region of a provider.",
        unavailability=0.00005,
        mtbf_hours=40_000,
    ),
    CIClass(
        "availability_zone",
        parent="cloud_resource",
        label="Availability zone",
        label_zh="可用区",
        description="A zone of a region that fails apart from the others.",
        unavailability=0.0001,
        mtbf_hours=20_000,
    ),
    CIClass(
        "virtual_network",
        parent="cloud_resource",
        label="Virtual network",
        label_zh="虚拟网络",
        description="A private network in a cloud.",
        attributes=(cidr("cidr", "Network", "网段"),),
    ),
    CIClass(
        "security_group",
        parent="cloud_resource",
        label="Security group",
        label_zh="安全组",
        description="A set of rules that says which traffic reaches the machines it is given to.",
    ),
    CIClass(
        "auto_scaling_group",
        parent="cloud_resource",
        label="Auto-scaling group",
        label_zh="弹性伸缩组",
        description="A group that keeps a number of like machines running.",
        attributes=(
            integer("minimum", "Minimum", "最小数量"),
            integer("maximum", "Maximum", "最大数量"),
            integer("desired", "Desired", "期望数量"),
        ),
    ),
    CIClass(
        "serverless_function",
        parent="cloud_resource",
        label="Serverless function",
        label_zh="无服务器函数",
        description="Code that a provider runs on demand.",
        attributes=(text("runtime", "Runtime", "运行时"), integer("memory_mb", "Memory", "内存", unit="MB")),
    ),
)
