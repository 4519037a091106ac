"""
The words that people head their columns with, in English and Chinese, besides the catalogue's own names and labels.

Words are compared without case, spaces and signs. An attribute's words lead to the first of the named attributes that
the class has.
"""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ID = _words("""
    id ciid cinumber key identifier uniqueid assetid
    编号 ci编号 配置项编号 配置项id 唯一标识 唯一编号 资源编号 资源id 设备编号 服务器编号
""")
NAME = _words("""
    name ciname displayname hostname host servername devicename vmname
    名称 配置项名称 主机名 主机名称 主机 设备名称 设备名 服务器名称 服务器名 虚拟机名称
    系统名称 应用名称 服务名称 资源名称
""")
CLASS = _words("""
    class ciclass citype type category
    类 类型 类别 分类 配置项类型 配置项类别 设备类型 资产类型 资产类别 资源类型
""")
DEPENDS_ON = _words("""
    depends dependson dependency dependencies requires needs upstream
    依赖 依赖于 依赖项 依赖关系 所依赖 依赖系统 上游 上游系统 上游依赖
""")
NEEDED_BY = _words("dependents usedby neededby downstream 被依赖 被依赖于 下游 下游系统")
RUNS_ON = _words("runson runningon hostedon deployedon 运行于 部署于 部署在 宿主机 所在主机 部署主机")

ATTRIBUTES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("ip_addresses", "management_ip", "address", "ip_address"),
        "ip ips ipaddress ipaddresses ipaddr managementip ip地址 管理ip 管理地址 内网ip 业务ip 主机ip 服务器ip",
    ),
    (("mac_addresses", "mac_address", "mac"), "mac macs macaddress macaddresses 物理地址 网卡地址 mac地址"),
    (("fqdn",), "fqdn dns dnsname domain domainname 域名 完整域名"),
    (("serial_number",), "serial serialno serialnumber sn 序列号 设备序列号 产品序列号 机器序列号 服务编码 servicetag"),
    (("asset_tag",), "assettag assetno assetnumber inventoryno 资产编号 固定资产编号 资产号 资产标签"),
    (("uuid",), "uuid smbiosuuid systemuuid 系统uuid"),
    (("vendor",), "vendor manufacturer brand make 厂商 品牌 制造商 生产厂商 供应商"),
    (("model",), "model modelnumber 型号 规格型号 设备型号"),
    (("os",), "os operatingsystem platform 操作系统 系统"),
    (("os_version",), "osversion osrelease 操作系统版本 系统版本"),
    (("cpu_cores",), "cpu cpus cores cpucores vcpu vcpus cpucount cpu核数 cpu数 核数 处理器核数"),
    (("memory_mb",), "ram memory mem 内存 内存大小"),
    (("disk_gb", "capacity_gb", "size_gb"), "disk storage capacity 磁盘 硬盘 磁盘容量 硬盘容量 存储容量 容量"),
    (("owner",), "owner ownedby team responsible 负责人 责任人 负责团队 负责部门 所属部门 所属团队 管理部门 运维团队"),
    (("holder",), "holder custodian 保管人 保管部门 使用部门"),
    (("environment",), "env environment stage 环境 部署环境 运行环境"),
    (("site",), "site location datacenter dc 站点 位置 机房 数据中心 所在机房 所在地"),
    (("rack",), "rack cabinet 机柜 机柜编号 所在机柜"),
    (("rack_position",), "rackunit rackposition u位 机柜位置 起始u位"),
    (("purchased_on",), "purchased purchasedate bought purchasedon 购买日期 采购日期 购置日期 入库日期"),
    (("warranty_until",), "warranty warrantyend warrantyuntil 保修期 保修到期 保修截止 过保日期 维保到期 维保截止日期"),
    (("cost",), "price cost 价格 原值 采购价"),
    (("tier",), "tier servicelevel criticality 等级 服务等级 重要等级 级别"),
    (("version",), "version release 版本 版本号"),
    (("port",), "port 端口 端口号"),
    (("engine",), "engine dbtype 引擎 数据库类型"),
    (("tags", "roles"), "tag tags label labels 标签"),
    (("roles",), "role roles purpose usage 角色 用途"),
    (("link",), "link url wiki 链接 文档链接"),
    (("description",), "description desc comment comments note notes remark remarks 备注 说明 描述"),
)
BY_WORD = {word: names for names, words in ATTRIBUTES for word in words.split()}

_UNIT = re.compile(r"[(（\[]\s*([^()（）\[\]]{1,12}?)\s*[)）\]]\s*$")
_SIGNS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return a text as words are compared: without case, width, spaces and signs."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def apart(header: str) -> tuple[str, str]:
    """Return a header without what stands in brackets at its end, such as a unit, and that."""
    found = _UNIT.search(header)
    return (header[: found.start()], found[1]) if found else (header, "")
