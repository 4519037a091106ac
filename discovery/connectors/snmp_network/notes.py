"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "snmp.interfaces_of_one_name": Sentence(
        "{count} names are those of several interfaces each, which were told apart by their numbers: {names}",
        "{count} 个名称各自对应多个接口，已按编号区分：{names}",
    ),
    "snmp.more_macs": Sentence(
        "{count} MAC addresses are its own; {kept} were kept",
        "它自己的 MAC 地址有 {count} 个，保留了 {kept} 个",
    ),
    "snmp.neighbour_at_unknown_port": Sentence(
        "it hears the neighbour {neighbour} at port {port}, which is none of its interfaces",
        "它在端口 {port} 听到邻居 {neighbour}，但该端口不是它的接口",
    ),
    "snmp.several_chassis": Sentence(
        "it is a stack of several chassis; the first serial number counts: {serials}",
        "它由多个机箱堆叠而成，以第一个序列号为准：{serials}",
    ),
    "snmp.table_cut": Sentence(
        "the table {table} was not read to its end: {because}",
        "表 {table} 没有读完：{because}",
    ),
}
