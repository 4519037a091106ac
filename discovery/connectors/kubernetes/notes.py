"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "kubernetes.kinds_left_out": Sentence(
        "kinds that are not read: {kinds}",
        "未读取的类型：{kinds}",
    ),
    "kubernetes.labels_left_out": Sentence(
        "{count} labels of more than {characters} characters were left out",
        "{count} 个超过 {characters} 个字符的标签未予采用",
    ),
    "kubernetes.list_cut": Sentence(
        "{attribute} of {object} has {count} entries; {kept} were kept",
        "{object} 的 {attribute} 有 {count} 项，保留了 {kept} 项",
    ),
    "kubernetes.listing_incomplete": Sentence(
        "{listing} are not complete: {reason}",
        "{listing} 不完整：{reason}",
    ),
    "kubernetes.no_cluster_uid": Sentence(
        "the uid of the cluster is not known, so its objects are known by their names alone",
        "集群的 uid 未知，其对象只能按名称识别",
    ),
    "kubernetes.permission_missing": Sentence(
        "{listing} are left out: the permission {permission} is missing",
        "未读取 {listing}：缺少权限 {permission}",
    ),
    "kubernetes.services_without_backend": Sentence(
        "{count} services have no pods behind them: {services}",
        "{count} 个服务后面没有 Pod：{services}",
    ),
    "kubernetes.too_few_ready": Sentence(
        "{workload} needs {needs} pods and has {ready} ready",
        "{workload} 需要 {needs} 个 Pod，就绪的只有 {ready} 个",
    ),
    "kubernetes.too_many": Sentence(
        "{listing} were read up to {most} objects, and are not complete",
        "{listing} 只读取了 {most} 个对象，并不完整",
    ),
    "kubernetes.unknown_controllers": Sentence(
        "pods are held by kinds that are not known: {kinds}",
        "有 Pod 由未知的类型管理：{kinds}",
    ),
    "kubernetes.without_name": Sentence(
        "{count} of {listing} have no name and were left out",
        "{listing} 中有 {count} 个没有名称，未予采用",
    ),
}
