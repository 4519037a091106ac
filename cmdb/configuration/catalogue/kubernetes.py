"""
Kubernetes: clusters and what runs in them.

Figures: a control plane is out about twice a year for two hours, most often at an upgrade; a node fails as a virtual
machine does; a workload fails by its own software about four times a year for an hour. Names, namespaces and routes are
configuration and have no figures.
"""

from __future__ import annotations

from cmdb.configuration.catalogue.declare import enum, integer, ip, json, text, texts
from cmdb.model.ci_class import CIClass

CLASSES = (
    CIClass(
        "kubernetes_object",
        parent="ci",
        label="Kubernetes object",
        label_zh="Kubernetes 对象",
        description="What the API of a cluster lists.",
        abstract=True,
        attributes=(
            text("cluster", "Cluster", "集群", "the name of the cluster"),
            text("namespace", "Namespace", "命名空间"),
            text("uid", "UID", "对象 UID", "changes when the object is made again"),
            json("labels", "Labels", "标签集"),
        ),
    ),
    CIClass(
        "kubernetes_cluster",
        parent="ci",
        label="Kubernetes cluster",
        label_zh="Kubernetes 集群",
        description="A cluster, above all its control plane.",
        unavailability=0.0005,
        mtbf_hours=4_000,
        attributes=(
            text("version", "Version", "版本"),
            text("uid", "UID", "集群 UID"),
            text("distribution", "Distribution", "发行版"),
        ),
    ),
    CIClass(
        "kubernetes_node",
        parent="kubernetes_object",
        label="Kubernetes node",
        label_zh="Kubernetes 节点",
        description="A machine as the cluster sees it.",
        unavailability=0.0001,
        mtbf_hours=10_000,
        attributes=(
            text("kubelet_version", "Kubelet version", "Kubelet 版本"),
            text("zone", "Zone", "可用区"),
        ),
    ),
    CIClass(
        "kubernetes_namespace",
        parent="kubernetes_object",
        label="Kubernetes namespace",
        label_zh="Kubernetes 命名空间",
        description="A named part of a cluster.",
    ),
    CIClass(
        "kubernetes_workload",
        parent="kubernetes_object",
        label="Kubernetes workload",
        label_zh="Kubernetes 工作负载",
        description="What keeps pods running: a Deployment, StatefulSet, DaemonSet, Job or the like.",
        unavailability=0.0005,
        mtbf_hours=2_000,
        attributes=(
            text("kind", "Kind", "类型", "such as Deployment"),
            integer("replicas", "Replicas", "副本数"),
            texts("images", "Images", "镜像"),
        ),
    ),
    CIClass(
        "kubernetes_pod",
        parent="kubernetes_object",
        label="Kubernetes pod",
        label_zh="Kubernetes 容器组",
        description="One running replica.",
        attributes=(ip("ip", "IP address", "IP 地址"),),
    ),
    CIClass(
        "kubernetes_service",
        parent="kubernetes_object",
        label="Kubernetes service",
        label_zh="Kubernetes 服务",
        description="A name and address inside a cluster behind which pods stand; no service in the sense of ITIL.",
        attributes=(
            enum("type", "Type", "类型", ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")),
            ip("cluster_ip", "Cluster address", "集群地址"),
        ),
    ),
    CIClass(
        "kubernetes_ingress",
        parent="kubernetes_object",
        label="Kubernetes ingress",
        label_zh="Kubernetes 入口",
        description="A rule by which requests from outside reach a Kubernetes service.",
        attributes=(texts("hosts", "Host names", "主机名"),),
    ),
)
