"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "netbox.cable_with_too_many_ends": Sentence(
        "{count} cables have more than {most} ends on one side and were not followed",
        "{count} 根线缆一侧的端点超过 {most} 个，未跟随",
    ),
    "netbox.left_out": Sentence(
        "{count} of {model} were left out: {because}",
        "{model} 中有 {count} 个未予采用：{because}",
    ),
    "netbox.not_whole": Sentence(
        "{read} of {count} objects of {model} were read",
        "{model} 的 {count} 个对象中读取了 {read} 个",
    ),
    "netbox.path_too_long": Sentence(
        "{count} ways of cables have more than {most} steps and were not followed further",
        "{count} 条线缆路径超过 {most} 段，未继续跟随",
    ),
    "netbox.role_unknown": Sentence(
        "{count} devices have the role {role}, which tells no class; they were taken as {class}",
        "{count} 台设备的角色 {role} 不能说明类别，按 {class} 处理",
    ),
    "netbox.shortened": Sentence(
        "{count} objects had values that are too long and were cut",
        "{count} 个对象的值过长，已截短",
    ),
    "netbox.taken_as": Sentence(
        "{count} of {model} were taken as: {as}",
        "{model} 的 {count} 个对象的用途：{as}",
    ),
}
