"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "servicenow.class_of_table": Sentence(
        "{count} records are of the table {table}, which tells no class; they were taken as {class}",
        "{count} 条记录的表 {table} 不能说明类别，按 {class} 处理",
    ),
    "servicenow.left_out": Sentence(
        "{count} records of {table} were left out: {because}",
        "{table} 中有 {count} 条记录未予采用：{because}",
    ),
    "servicenow.no_table": Sentence(
        "ServiceNow has no table {table}, or the account may not read it",
        "ServiceNow 没有表 {table}，或该账号无权读取",
    ),
    "servicenow.not_whole": Sentence(
        "{read} of {count} records of {table} were read",
        "{table} 的 {count} 条记录中读取了 {read} 条",
    ),
    "servicenow.relation_left_out": Sentence(
        "{count} relations of the type {type} were left out: {because}",
        "类型为 {type} 的 {count} 条关系未予采用：{because}",
    ),
    "servicenow.shortened": Sentence(
        "{count} records had values that are too long and were cut",
        "{count} 条记录的值过长，已截短",
    ),
}
