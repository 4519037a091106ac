"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "files.cell_left_out": Sentence(
        "row {row}, column {column}: {said}; the value was left out",
        "第 {row} 行 {column} 列：{said}；该值未予采用",
    ),
    "files.compose.label_left_out": Sentence(
        "{at}: the label {label} was left out",
        "{at}：标签 {label} 未予采用",
    ),
    "files.compose.mounts": Sentence(
        "{at}: {count} mounts of folders are no volumes and were left out",
        "{at}：{count} 个文件夹挂载不是卷，未予采用",
    ),
    "files.compose.not_read": Sentence(
        "{at}: {key} is not followed; what it names is not read",
        "{at}：不会跟随 {key}，其所指内容未读取",
    ),
    "files.compose.not_there": Sentence(
        "{at}: {name} is named and is not there",
        "{at}：提到的 {name} 并不存在",
    ),
    "files.compose.unknown_key": Sentence(
        "{at}: the key {key} is not known and was not read",
        "{at}：键 {key} 未知，未读取",
    ),
    "files.compose.variable": Sentence(
        "{at}: the value {value} holds a variable, which is not filled in",
        "{at}：值 {value} 含有变量，未代入",
    ),
    "files.cyclonedx.not_there": Sentence(
        "{count} dependencies lead to components that are not there",
        "{count} 条依赖指向不存在的组件",
    ),
    "files.cyclonedx.ref_twice": Sentence(
        "two components have the reference {ref}; the first counts",
        "两个组件的引用都是 {ref}，以第一个为准",
    ),
    "files.fault": Sentence(
        "{at}: {said}",
        "{at}：{said}",
    ),
    "files.figures_left_out": Sentence(
        "{count} item(s) have figures that discovery does not carry; import the estate for those",
        "{count} 个配置项带有发现过程不采用的数值；如需采用，请导入该环境文件",
    ),
    "files.link": Sentence(
        "{path} was left out: it is a link, and links are not followed",
        "未读取 {path}：它是链接，链接不会被跟随",
    ),
    "files.more_faults": Sentence(
        "{count} more faults are not shown",
        "另有 {count} 处错误未显示",
    ),
    "files.more_notes": Sentence(
        "{count} more notes are not shown",
        "另有 {count} 条说明未显示",
    ),
    "files.no_match": Sentence(
        "no file matches {pattern}",
        "没有文件与 {pattern} 匹配",
    ),
    "files.no_replicas": Sentence(
        "the service {service} has no replicas: it is told not to run",
        "服务 {service} 的副本数为零：它被设为不运行",
    ),
    "files.no_subject": Sentence(
        "the bill of materials does not say what it is of",
        "物料清单没有说明它属于什么",
    ),
    "files.note": Sentence(
        "{said}",
        "{said}",
    ),
    "files.odd_name": Sentence(
        "{path} was left out: its name holds characters that names of files do not",
        "未读取 {path}：文件名含有不该出现的字符",
    ),
    "files.parts_left_out": Sentence(
        "{count} components are single files and were left out",
        "{count} 个组件只是单个文件，未予采用",
    ),
    "files.row_left_out": Sentence(
        "row {row} was left out: column {column}, by which it is known, holds no id",
        "第 {row} 行未予采用：标识所在的 {column} 列没有可用的标识",
    ),
    "files.too_many": Sentence(
        "{found} files match; the first {limit} are read",
        "有 {found} 个文件匹配，只读取前 {limit} 个",
    ),
    "files.too_many_looked_at": Sentence(
        "looking for files ended after {limit} names; name a smaller folder",
        "查看 {limit} 个名称后停止查找文件；请指定更小的文件夹",
    ),
    "files.twice": Sentence(
        "{id} stands in it more than once; what is said first counts",
        "{id} 出现了不止一次，以第一次为准",
    ),
    "files.without_item": Sentence(
        "{count} relation(s) or group(s) of items that it does not describe were left out",
        "有 {count} 条关系或组属于文件未描述的配置项，未予采用",
    ),
}
