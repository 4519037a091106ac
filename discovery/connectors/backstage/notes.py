"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "backstage.file_not_read": Sentence(
        "the file {file} can not be read: {reason}",
        "文件 {file} 无法读取：{reason}",
    ),
    "backstage.files_not_read": Sentence(
        "more files match than may be read: {read} were read",
        "匹配的文件超过允许的数量：读取了 {read} 个",
    ),
    "backstage.left_out": Sentence(
        "{count} of the kind {kind} were left out: {because}",
        "类型为 {kind} 的 {count} 个实体未予采用：{because}",
    ),
    "backstage.not_whole": Sentence(
        "{read} of {count} entities were read",
        "{count} 个实体中读取了 {read} 个",
    ),
    "backstage.reference_left_out": Sentence(
        "{count} reference(s) in {field} were left out: {because}",
        "{field} 中有 {count} 个引用未予采用：{because}",
    ),
    "backstage.shortened": Sentence(
        "{count} entities had values that are too long and were cut",
        "{count} 个实体的值过长，已截短",
    ),
    "backstage.type_unknown": Sentence(
        "{count} entities are of {type}, which is not known, and were taken as {class}",
        "{count} 个实体的类型 {type} 未知，按 {class} 处理",
    ),
}
