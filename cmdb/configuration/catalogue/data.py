"""
Data: databases, queues and caches.

Figures: a database or broker process fails, or is maintained with an outage, about twice a year for two hours; a cache
about four times a year for an hour. A cluster, a database and a queue are lost with the instances they lie on.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import decimal, enum, integer, text
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "data_service",
        parent="ci",
        label="Data service",
        label_zh="数据服务",
        description="A running programme that keeps data for others.",
        abstract=True,
        attributes=(
            text("engine", "Engine", "引擎", "such as postgresql"),
            text("version", "Version", "版本"),
            integer("port", "Port", "端口", minimum=0, maximum=65_535),
            text("cloud_id", "Cloud id", "云资源标识", "the provider's id of it", unique=True),
        ),
    ),
    CIClass(
        "database_instance",
        parent="data_service",
        label="Database instance",
        label_zh="数据库实例",
        description="One running database server process.",
        unavailability=0.0005,
        mtbf_hours=4_000,
        attributes=(enum("role", "Role", "角色", ("primary", "replica", "standalone", "arbiter")),),
    ),
    CIClass(
        "database_cluster",
        parent="data_service",
        label="Database cluster",
        label_zh="数据库集群",
        description="Instances that answer as one database server.",
    ),
    CIClass(
        "database",
        parent="ci",
        label="Database",
        label_zh="数据库",
        description="A named set of data inside an instance or a cluster.",
        attributes=(
            decimal("size_gb", "Size", "大小", unit="GB"),
            enum("sensitivity", "Sensitivity", "数据敏感级别", ("public", "internal", "confidential", "secret")),
        ),
    ),
    CIClass(
        "message_broker",
        parent="data_service",
        label="Message broker",
        label_zh="消息代理",
        description="A running programme, or a cluster of them, that passes messages on.",
        unavailability=0.0005,
        mtbf_hours=4_000,
    ),
    CIClass(
        "message_queue",
        parent="ci",
        label="Message queue",
        label_zh="消息队列",
        description="A queue, topic or stream on a broker.",
        attributes=(
            enum("kind", "Kind", "类型", ("queue", "topic", "stream")),
            integer("partitions", "Partitions", "分区数"),
        ),
    ),
    CIClass(
        "cache",
        parent="data_service",
        label="Cache",
        label_zh="缓存",
        description="A store whose content can be made again.",
        unavailability=0.0005,
        mtbf_hours=2_000,
        attributes=(integer("memory_mb", "Memory", "内存", unit="MB"),),
    ),
)
