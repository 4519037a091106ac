"""
Compute: servers and what is cut out of them.

Figures: a server fails about once in three years and is repaired by the end of the next working day (25,000 h, 25 h); a
virtual machine or a container on a sound host fails by its own software and is back after an hour, or after minutes.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import boolean, decimal, fqdn, integer, ips, macs, text, texts
from cmdb.model.ci_class import CIClass

# What runs an operating system has these, be it made of metal or not; a server is hardware first, so they are declared
# in two places rather than inherited from one.
HOST = (
    fqdn("fqdn", "FQDN", "完全限定域名"),
    ips("ip_addresses", "IP addresses", "IP 地址"),
    macs("mac_addresses", "MAC addresses", "MAC 地址"),
    texts("gateways", "Gateways", "网关", "how it reaches other networks: `0.0.0.0/0 via 10.77.1.1`"),
    text("os", "Operating system", "操作系统"),
    text("os_version", "OS version", "操作系统版本"),
    text("kernel", "Kernel", "内核版本"),
    integer("cpu_cores", "CPU cores", "CPU 核数"),
    integer("memory_mb", "Memory", "内存", unit="MB"),
    decimal("disk_gb", "Disk", "磁盘容量", unit="GB"),
    text("uuid", "System UUID", "系统 UUID", "SMBIOS UUID; clones may share one"),
    text("machine_id", "Machine id", "机器标识"),
    texts("roles", "Roles", "角色", "what it is used for"),
)

CLASSES = (
    CIClass(
        "server",
        parent="hardware",
        label="Server",
        label_zh="服务器",
        description="A host: a computer that serves others.",
        unavailability=0.001,
        mtbf_hours=25_000,
        attributes=HOST,
    ),
    CIClass(
        "hypervisor_host",
        parent="server",
        label="Hypervisor host",
        label_zh="虚拟化主机",
        description="A server that runs virtual machines.",
        attributes=(text("hypervisor", "Hypervisor", "虚拟化软件"),),
    ),
    CIClass(
        "hypervisor_cluster",
        parent="ci",
        label="Hypervisor cluster",
        label_zh="虚拟化集群",
        description="Hypervisor hosts that take over each other's virtual machines.",
        attributes=(
            text("hypervisor", "Hypervisor", "虚拟化软件"),
            boolean("high_availability", "High availability", "高可用", "machines of a lost host start elsewhere"),
        ),
    ),
    CIClass(
        "virtual_machine",
        parent="ci",
        label="Virtual machine",
        label_zh="虚拟机",
        description="A host made by a hypervisor or rented from a cloud.",
        unavailability=0.0001,
        mtbf_hours=10_000,
        attributes=(
            *HOST,
            text("cloud_id", "Cloud id", "云资源标识", "the provider's id of it", unique=True),
            text("flavor", "Instance type", "实例规格"),
        ),
    ),
    CIClass(
        "container",
        parent="ci",
        label="Container",
        label_zh="容器",
        description="A container that is run and watched as an item of its own.",
        unavailability=0.0001,
        mtbf_hours=1_000,
        attributes=(
            text("image", "Image", "镜像"),
            text("container_id", "Container id", "容器标识"),
            text("runtime", "Runtime", "运行时"),
        ),
    ),
    CIClass(
        "container_image",
        parent="ci",
        label="Container image",
        label_zh="容器镜像",
        description="An image that containers are started from.",
        attributes=(
            text("repository", "Repository", "镜像仓库"),
            text("tag", "Tag", "镜像标签"),
            text("digest", "Digest", "摘要"),
        ),
    ),
)
