"""
Storage: arrays and what is carved out of them.

Figures: an array has doubled parts inside and is out about once in six years for half a working day (50,000 h, 5 h); a
bucket of a provider is out about once a year for an hour. A volume or a share is lost with what it lies on.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import decimal, enum, ip, text
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "storage_array",
        parent="hardware",
        label="Storage array",
        label_zh="存储阵列",
        description="A device that offers disks to others.",
        unavailability=0.0001,
        mtbf_hours=50_000,
        attributes=(
            decimal("capacity_gb", "Capacity", "容量", unit="GB"),
            ip("management_ip", "Management address", "管理地址"),
        ),
    ),
    CIClass(
        "storage_space",
        parent="ci",
        label="Storage space",
        label_zh="存储空间",
        description="Room for data that is handed out as one piece.",
        abstract=True,
        attributes=(
            decimal("capacity_gb", "Capacity", "容量", unit="GB"),
            text("cloud_id", "Cloud id", "云资源标识", "the provider's id of it", unique=True),
        ),
    ),
    CIClass(
        "volume",
        parent="storage_space",
        label="Volume",
        label_zh="存储卷",
        description="A disk as a host sees it: a LUN, a logical volume or a cloud disk.",
        attributes=(text("wwn", "WWN", "全局唯一名称"), text("file_system", "File system", "文件系统")),
    ),
    CIClass(
        "file_share",
        parent="storage_space",
        label="File share",
        label_zh="文件共享",
        description="A directory that is offered over the network.",
        attributes=(
            enum("protocol", "Protocol", "协议", ("nfs", "smb", "other")),
            text("path", "Path", "路径"),
        ),
    ),
    CIClass(
        "object_bucket",
        parent="storage_space",
        label="Object bucket",
        label_zh="对象存储桶",
        description="A named place for objects.",
        unavailability=0.0001,
        mtbf_hours=10_000,
        attributes=(text("region", "Region", "区域"),),
    ),
)
