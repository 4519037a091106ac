"""
Network: devices, their interfaces, and what is configured on them.

Figures: a switch or router fails about once in ten years and is swapped within ten hours; firewalls and load balancers
run more software and fail about twice as often; a leased line fails about four times a year for four hours. Addresses,
networks and zones are configuration: they fail only with what they depend on and have no figures of their own.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import (
    boolean,
    cidr,
    decimal,
    enum,
    fqdn,
    integer,
    ip,
    ips,
    mac,
    reference,
    text,
    texts,
)
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "network_device",
        parent="hardware",
        label="Network device",
        label_zh="网络设备",
        description="A device that forwards traffic, of a kind that has no class of its own.",
        unavailability=0.0001,
        mtbf_hours=100_000,
        attributes=(
            fqdn("fqdn", "FQDN", "完全限定域名"),
            ip("management_ip", "Management address", "管理地址"),
            text("sys_name", "System name", "系统名称", "as SNMP tells it"),
            mac("base_mac", "Base MAC", "基准 MAC 地址"),
            text("chassis_id", "Chassis id", "机箱标识", "as LLDP tells it"),
            text("os", "Operating system", "操作系统"),
            text("os_version", "OS version", "操作系统版本"),
        ),
    ),
    CIClass(
        "switch",
        parent="network_device",
        label="Switch",
        label_zh="交换机",
        description="A device that forwards frames between its ports.",
        attributes=(
            integer("ports", "Ports", "端口数"),
            enum("layer", "Layer", "层级", ("access", "distribution", "core", "leaf", "spine")),
        ),
    ),
    CIClass(
        "router",
        parent="network_device",
        label="Router",
        label_zh="路由器",
        description="A device that forwards packets between networks.",
        attributes=(integer("as_number", "AS number", "自治系统号"),),
    ),
    CIClass(
        "firewall",
        parent="network_device",
        label="Firewall",
        label_zh="防火墙",
        description="A device that lets through only the traffic its rules allow.",
        unavailability=0.0002,
        mtbf_hours=50_000,
        attributes=(text("policy", "Policy", "安全策略", "the name of its rule set"),),
    ),
    CIClass(
        "load_balancer",
        parent="network_device",
        label="Load balancer",
        label_zh="负载均衡器",
        description="A device or programme that spreads requests over the members of a pool.",
        unavailability=0.0002,
        mtbf_hours=50_000,
        attributes=(
            enum("method", "Method", "调度算法", ("round_robin", "least_connections", "hash", "weighted", "other")),
        ),
    ),
    CIClass(
        "wireless_access_point",
        parent="network_device",
        label="Wireless access point",
        label_zh="无线接入点",
        description="A device that connects wireless clients.",
        attributes=(texts("ssids", "Network names", "无线网络名称"),),
    ),
    CIClass(
        "network_element",
        parent="ci",
        label="Network element",
        label_zh="网络元素",
        description="A part of the network that is no device: a port, a line, an address or a zone.",
        abstract=True,
    ),
    CIClass(
        "interface",
        parent="network_element",
        label="Interface",
        label_zh="网络接口",
        description="A port of a device or a host, physical or virtual.",
        attributes=(
            reference("device", "Device", "所属设备", to="ci"),
            text("if_name", "Interface name", "接口名称", "as the device tells it"),
            mac("mac", "MAC address", "MAC 地址"),
            ips("ip_addresses", "IP addresses", "IP 地址"),
            texts("networks", "Networks", "所属网段", "the networks its addresses are in: `10.77.1.0/24`"),
            integer("speed_mbps", "Speed", "速率", unit="Mbit/s"),
            boolean("enabled", "Enabled", "已启用"),
        ),
    ),
    CIClass(
        "vlan",
        parent="network_element",
        label="VLAN",
        label_zh="虚拟局域网",
        description="A virtual local network.",
        attributes=(integer("vlan_id", "VLAN id", "VLAN 编号", minimum=1, maximum=4_094),),
    ),
    CIClass(
        "subnet",
        parent="network_element",
        label="Subnet",
        label_zh="子网",
        description="An IP network.",
        attributes=(
            cidr("cidr", "Network", "网段"),
            ip("gateway", "Gateway", "网关"),
            text("vrf", "VRF", "VRF 实例", "the routing table it belongs to"),
        ),
    ),
    CIClass(
        "ip_address",
        parent="network_element",
        label="IP address",
        label_zh="IP 地址",
        description="An address that is managed as an item of its own.",
        attributes=(ip("address", "Address", "地址"), fqdn("fqdn", "FQDN", "完全限定域名")),
    ),
    CIClass(
        "vip",
        parent="network_element",
        label="Virtual IP",
        label_zh="虚拟 IP",
        description="An address that moves between hosts, or behind which a pool stands; it never identifies a host.",
        attributes=(
            ip("address", "Address", "地址"),
            integer("port", "Port", "端口", minimum=0, maximum=65_535),
            enum("protocol", "Protocol", "协议", ("tcp", "udp", "http", "https", "other")),
        ),
    ),
    CIClass(
        "network_path",
        parent="network_element",
        label="Network path",
        label_zh="网络路径",
        description="The way between two places of the network, or to one thing from such a place; it is derived from"
        " cabling, addresses and routes.",
    ),
    CIClass(
        "wan_link",
        parent="network_element",
        label="WAN link",
        label_zh="广域网链路",
        description="A leased line, an internet access or another link between sites.",
        unavailability=0.002,
        mtbf_hours=2_000,
        attributes=(
            text("provider", "Provider", "运营商"),
            text("circuit_id", "Circuit id", "电路编号"),
            decimal("bandwidth_mbps", "Bandwidth", "带宽", unit="Mbit/s"),
        ),
    ),
    CIClass(
        "vpn_tunnel",
        parent="network_element",
        label="VPN tunnel",
        label_zh="VPN 隧道",
        description="An encrypted tunnel between two sites or networks.",
        attributes=(ip("local_ip", "Local address", "本端地址"), ip("remote_ip", "Remote address", "对端地址")),
    ),
    CIClass(
        "dns_zone",
        parent="network_element",
        label="DNS zone",
        label_zh="DNS 区域",
        description="A zone of the domain name system.",
        attributes=(
            text("zone", "Zone", "区域名称"),
            texts("name_servers", "Name servers", "域名服务器"),
        ),
    ),
)
