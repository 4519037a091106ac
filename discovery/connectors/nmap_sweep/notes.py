"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "nmap.answers_for_others": Sentence(
        "{count} addresses are answered for by others, which have these MAC addresses: {macs}",
        "{count} 个地址由别的设备代为应答，其 MAC 地址为：{macs}",
    ),
    "nmap.hosts_cut": Sentence(
        "{count} hosts have more names, addresses or ports than are taken",
        "{count} 台主机的名称、地址或端口超过上限，多出的未予采用",
    ),
    "nmap.nobody_answered": Sentence(
        "nobody answered in {range}, which proves nothing",
        "{range} 内没有任何应答，这不能说明什么",
    ),
    "nmap.not_finished": Sentence(
        "the sweep was not finished: {because}",
        "扫描未完成：{because}",
    ),
    "nmap.said": Sentence(
        "nmap says: {text}",
        "nmap 的提示：{text}",
    ),
    "nmap.virtual_addresses": Sentence(
        "{count} virtual addresses are no hosts of their own: {addresses}",
        "{count} 个虚拟地址不是独立的主机：{addresses}",
    ),
}
