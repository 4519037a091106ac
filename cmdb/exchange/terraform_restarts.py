"""Which of Terraform's changes in place stop a thing for a moment: a table by type, as the providers document it."""

from __future__ import annotations

from collections.abc import Mapping

# Type > the values whose change in place stops the thing for a moment, as dotted paths; none where nothing does. A
# rolling replacement of copies counts, as a single copy would be out.
RESTARTS: Mapping[str, tuple[str, ...]] = {
    "aws_autoscaling_group": (),
    "aws_db_instance": ("instance_class", "engine_version", "port", "storage_type", "ca_cert_identifier"),
    "aws_ecs_service": ("task_definition",),
    "aws_elasticache_cluster": ("node_type", "engine_version"),
    "aws_elasticache_replication_group": ("node_type", "engine_version"),
    "aws_iam_policy": (),
    "aws_iam_role": (),
    "aws_instance": ("instance_type", "user_data", "user_data_base64", "ebs_optimized"),
    "aws_lambda_function": (),
    "aws_launch_template": (),
    "aws_lb": (),
    "aws_lb_listener": (),
    "aws_lb_target_group": (),
    "aws_mq_broker": ("engine_version", "host_instance_type"),
    "aws_rds_cluster": ("engine_version", "port"),
    "aws_rds_cluster_instance": ("instance_class", "ca_cert_identifier"),
    "aws_route53_record": (),
    "aws_s3_bucket": (),
    "aws_security_group": (),
    "aws_subnet": (),
    "aws_vpc": (),
    "azurerm_linux_virtual_machine": ("size",),
    "azurerm_mysql_flexible_server": ("sku_name", "version"),
    "azurerm_postgresql_flexible_server": ("sku_name", "version"),
    "azurerm_windows_virtual_machine": ("size",),
    "google_compute_instance": ("machine_type", "min_cpu_platform", "service_account"),
    "google_sql_database_instance": ("database_version", "settings.0.tier", "settings.0.database_flags"),
    "kubernetes_config_map": (),
    "kubernetes_daemonset": ("spec.0.template",),
    "kubernetes_daemon_set_v1": ("spec.0.template",),
    "kubernetes_deployment": ("spec.0.template",),
    "kubernetes_deployment_v1": ("spec.0.template",),
    "kubernetes_service": (),
    "kubernetes_service_v1": (),
    "kubernetes_stateful_set": ("spec.0.template",),
    "kubernetes_stateful_set_v1": ("spec.0.template",),
    "null_resource": (),
    "openstack_compute_instance_v2": ("flavor_id", "flavor_name"),
    "terraform_data": (),
    "vsphere_virtual_machine": ("num_cpus", "memory"),
}
