"""The processes the shop consists of: two load balancers, two web servers with the application, three data stores."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.estate import service
from tests.estate.description import BY_NAME, NETWORKS, VIP, VIP_HOLDERS, VRRP_ID, Host
from tests.estate.place import SOURCE, Access, Place
from tests.estate.service import File, Service, shell

WEBS = ("web1", "web2")
POSTGRESQL_DATA = "/var/lib/postgresql/data"
MARIADB_DATA = "/var/lib/mysql"


def haproxy(host: Host, place: Place, access: Access) -> Service:
    """A load balancer over both web servers; one that fails two checks gets no more requests."""
    servers = "".join(f"    server {web} {BY_NAME[web].addresses[0]}:80 check\n" for web in WEBS)
    config = f"""\
global
    user haproxy
    group haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
defaults
    mode http
    timeout connect 1s
    timeout client 20s
    timeout server 10s
    timeout check 1s
    retries 2
    option redispatch 1
frontend shop
    bind :80
    default_backend shop_web
backend shop_web
    balance roundrobin
    option httpchk GET /health
    default-server inter 500ms fall 2 rise 1
{servers}"""
    return Service(
        ("/usr/sbin/haproxy", "-W", "-f", "/etc/haproxy/haproxy.cfg", "-p", "/run/haproxy.pid"),
        {"/etc/haproxy/haproxy.cfg": File(config)},
        {"/run/haproxy": "root"},
    )


def keepalived(host: Host, place: Place, access: Access) -> Service:
    """One of two that share the shop's address: whoever has no haproxy lets go of it."""
    rank = VIP_HOLDERS.index(host.name)
    config = f"""\
global_defs {{
    router_id {host.name}
    enable_script_security
    script_user root
}}
vrrp_script haproxy_runs {{
    script "/usr/bin/pgrep -x haproxy"
    interval 1
    timeout 1
    fall 2
    rise 1
}}
vrrp_instance SHOP {{
    state {"BACKUP" if rank else "MASTER"}
    interface eth0
    virtual_router_id {VRRP_ID}
    priority {150 - 50 * rank}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass {access.vrrp_password}
    }}
    virtual_ipaddress {{
        {VIP}/24
    }}
    track_script {{
        haproxy_runs
    }}
}}
"""
    argv = ("/usr/sbin/keepalived", "-n", "-l", "-f", "/etc/keepalived/keepalived.conf")
    return Service(argv, {"/etc/keepalived/keepalived.conf": File(config, 0o600)})


def nginx(host: Host, place: Place, access: Access) -> Service:
    """A reverse proxy before the application; its site stands in a file of its own."""
    main = """\
user www-data;
worker_processes 1;
daemon off;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 256; }
http {
    access_log off;
    include /etc/nginx/sites-enabled/*;
}
"""
    site = """\
upstream shop {
    server 127.0.0.1:8080;
    keepalive 4;
}
server {
    listen 80;
    location / {
        proxy_pass http://shop;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_connect_timeout 1s;
        proxy_read_timeout 8s;
    }
}
"""
    return Service(
        ("/usr/sbin/nginx", "-c", "/etc/nginx/nginx.conf"),
        {"/etc/nginx/nginx.conf": File(main), "/etc/nginx/sites-enabled/shop": File(site)},
        {"/var/log/nginx": "root", "/var/lib/nginx": "root"},
    )


def shop(host: Host, place: Place, access: Access) -> Service:
    """The application; as a script that is started by its name, that is how it is called in every listing."""
    settings = {
        "port": 8080,
        "postgresql": BY_NAME["db1"].addresses[0],
        "mariadb": BY_NAME["db2"].addresses[0],
        "redis": BY_NAME["cache1"].addresses[0],
        "password": access.database_password,
    }
    source = (SOURCE / "shop.py").read_text(encoding="utf-8")
    return Service(
        ("/opt/shop/shop",),
        {
            "/opt/shop/shop": File(f"#!{sys.executable} -I\n{source}", 0o755),
            "/etc/shop/shop.json": File(json.dumps(settings), 0o600),
        },
    )


def postgresql(host: Host, place: Place, access: Access) -> Service:
    """A database of the shop's own; its cluster is made at the first start."""
    programs, data = postgresql_programs(), POSTGRESQL_DATA
    script = f"""\
if [ ! -e {data}/made ]; then
    {programs}/initdb -D {data} -A trust -N -E UTF8 --locale=C > /dev/null || exit
    echo 'host shop shop {NETWORKS["br0"]} trust' >> {data}/pg_hba.conf
    printf 'CREATE ROLE shop LOGIN\\nCREATE DATABASE shop OWNER shop\\n' \\
        | {programs}/postgres --single -F -D {data} postgres > /dev/null || exit
    touch {data}/made
fi
exec {programs}/postgres -D {data} -c listen_addresses='*' -c fsync=off -c shared_buffers=16MB -k /run/postgresql
"""
    folders = {data: "postgres", "/run/postgresql": "postgres"}
    return Service(shell(script, "postgres"), {}, folders, stop="SIGINT")


def mariadb(host: Host, place: Place, access: Access) -> Service:
    """A database of the shop's own, with a password; its tables are made at the first start."""
    data = MARIADB_DATA
    config = f"""\
[mariadbd]
datadir = {data}
socket = /run/mysqld/mysqld.sock
pid-file = /run/mysqld/mysqld.pid
bind-address = 0.0.0.0
init-file = /etc/mysql/shop.sql
skip-name-resolve
innodb-log-file-size = 4M
innodb-buffer-pool-size = 16M
innodb-flush-log-at-trx-commit = 0
"""
    grants = f"""\
CREATE DATABASE IF NOT EXISTS shop;
CREATE USER IF NOT EXISTS shop@'10.77.1.%' IDENTIFIED BY '{access.database_password}';
GRANT ALL ON shop.* TO shop@'10.77.1.%';
"""
    script = f"""\
if [ ! -e {data}/made ]; then
    mariadb-install-db --defaults-file=/etc/mysql/my.cnf --datadir={data} --skip-test-db \\
        --auth-root-authentication-method=normal > /dev/null || exit
    touch {data}/made
fi
exec /usr/sbin/mariadbd --defaults-file=/etc/mysql/my.cnf
"""
    files = {"/etc/mysql/my.cnf": File(config), "/etc/mysql/shop.sql": File(grants, 0o600, "mysql")}
    return Service(shell(script, "mysql"), files, {data: "mysql", "/run/mysqld": "mysql"})


def redis(host: Host, place: Place, access: Access) -> Service:
    """A cache that keeps nothing."""
    config = 'bind 0.0.0.0\nprotected-mode no\nsave ""\ndir /var/lib/redis\ndaemonize no\n'
    script = "exec /usr/bin/redis-server /etc/redis/redis.conf"
    return Service(shell(script, "redis"), {"/etc/redis/redis.conf": File(config)}, {"/var/lib/redis": "redis"})


def postgresql_programs() -> Path:
    """Return the folder of PostgreSQL's programmes, of the newest version there is."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max(found, key=lambda path: int(path.parts[-3]), default=Path("/usr/lib/postgresql/0/bin/postgres")).parent


MAKERS: dict[str, Callable[[Host, Place, Access], Service]] = {
    "sshd": service.sshd,
    "snmpd": service.snmpd,
    "lldpd": service.lldpd,
    "haproxy": haproxy,
    "keepalived": keepalived,
    "nginx": nginx,
    "shop": shop,
    "postgresql": postgresql,
    "mariadb": mariadb,
    "redis": redis,
}
