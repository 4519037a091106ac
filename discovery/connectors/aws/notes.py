"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "aws.group_short": Sentence(
        "the auto-scaling group {group} needs {minimum} machines and has {in_service} in service",
        "自动伸缩组 {group} 至少需要 {minimum} 台机器，目前只有 {in_service} 台在服务",
    ),
    "aws.listing_incomplete": Sentence(
        "{listing} is not complete: {reason}",
        "{listing} 不完整：{reason}",
    ),
    "aws.permission_missing": Sentence(
        "{listing} is left out: the permission {permission} is missing",
        "未读取 {listing}：缺少权限 {permission}",
    ),
    "aws.pool_empty": Sentence(
        "the target group {target_group} has no targets",
        "目标组 {target_group} 没有任何目标",
    ),
    "aws.standby_zone_unknown": Sentence(
        "the database {database} has a standby, and AWS does not say in which zone",
        "数据库 {database} 有备用实例，但 AWS 没有说明它在哪个可用区",
    ),
    "aws.targets_unfit": Sentence(
        "{count} of the {of} targets of the group {target_group} do not count, for they are not fit: {targets}",
        "目标组 {target_group} 的 {of} 个目标中有 {count} 个状态不佳，未计入：{targets}",
    ),
    "aws.too_many": Sentence(
        "{listing} was read up to {most} objects, and is not complete",
        "{listing} 只读取了 {most} 个对象，并不完整",
    ),
    "aws.without_id": Sentence(
        "{count} object(s) of {listing} have no id and were left out",
        "{listing} 中有 {count} 个对象没有标识，未予采用",
    ),
    "aws.zone_unknown": Sentence(
        "{listing} names the zone {zone}, which the region does not list",
        "{listing} 提到可用区 {zone}，但该区域没有列出它",
    ),
}
