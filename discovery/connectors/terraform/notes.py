"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "terraform.built_upon_others": Sentence(
        "{count} blocks that are built upon are not in this state: {blocks}; and {data_sources} data sources",
        "有 {count} 个被依赖的块不在此状态中：{blocks}；另有 {data_sources} 个数据源",
    ),
    "terraform.cut_short": Sentence(
        "it was not read to its end: {resources} resources were",
        "没有读完：读取了 {resources} 个资源",
    ),
    "terraform.dependencies_not_thinned": Sentence(
        "the dependencies come to more than {limit} steps, so that indirect ones stand beside direct ones",
        "依赖超过 {limit} 步，间接依赖与直接依赖并列保留",
    ),
    "terraform.no_lineage": Sentence(
        "its lineage is not known, so its resources are not known again elsewhere",
        "它的 lineage 未知，因此其资源在别处无法再次识别",
    ),
    "terraform.no_prior_state": Sentence(
        "it does not say what was built before",
        "它没有说明此前建了什么",
    ),
    "terraform.passed_data_source": Sentence(
        "{count} data sources were passed over",
        "略过了 {count} 个数据源",
    ),
    "terraform.passed_deposed": Sentence(
        "{count} deposed objects were passed over",
        "略过了 {count} 个已弃置的对象",
    ),
    "terraform.passed_sensitive": Sentence(
        "{count} values that are marked as sensitive were not read",
        "{count} 个标为敏感的值未读取",
    ),
    "terraform.shared_id": Sentence(
        "{count} ids belong to several resources and identify none: {ids}",
        "{count} 个标识属于多个资源，不能用于识别：{ids}",
    ),
    "terraform.too_many": Sentence(
        "more than {limit} resources stand in it; the rest was not read",
        "其中的资源超过 {limit} 个，其余未读取",
    ),
    "terraform.too_many_instances": Sentence(
        "{count} blocks have more than {limit} instances that could be meant, and were not related: {blocks}",
        "{count} 个块可能对应的实例超过 {limit} 个，未建立关系：{blocks}",
    ),
    "terraform.types_without_class": Sentence(
        "{count} resources are of types without a class: {types}",
        "{count} 个资源的类型没有对应的类：{types}",
    ),
    "terraform.values_left_out": Sentence(
        "{count} values were left out, for they do not fit",
        "{count} 个值不合适，未予采用",
    ),
}
