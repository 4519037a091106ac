"""Pools of haproxy and nginx become groups with what they need, as the running configuration says."""

from __future__ import annotations

from cmdb.model.relation import Strength
from discovery.connectors.ssh_linux.redact import KEEPERS
from tests.discovery.connectors.ssh_linux.hosts import HOST, codes, connected, listens, one, relations, shaped

POOLS = "web1/pools"
PROXY, NGINX = f"{HOST}/process:haproxy", f"{HOST}/process:nginx"


def haproxy(config: str, **said: str):
    """A host that runs haproxy with a configuration."""
    text = KEEPERS["haproxy"](f"=file= 7 /etc/haproxy/haproxy.cfg\n{config}\n")
    return shaped(haproxy=text, **{"listeners": listens("0.0.0.0:80 haproxy 7"), **said})


def nginx(config: str, more: str = "", **said: str):
    """A host that runs nginx with a configuration, and an application behind it."""
    text = KEEPERS["nginx"](f"=file= 8 /etc/nginx/nginx.conf\n{config}\n{more}")
    return shaped(nginx=text, **{"listeners": listens("0.0.0.0:80 nginx 8", "127.0.0.1:8080 app 9"), **said})


def member(end: str, pool: str | None) -> tuple[str, str, str, str | None]:
    return f"-> {end}", "depends_on", "configuration", pool


def groups(found, native_id=PROXY):
    return {g.name: (g.needs, g.strength) for g in one(found, native_id, POOLS).groups}


def test_a_backend_is_a_group_of_its_servers():
    """One of them is needed; spare servers belong to it, those that are disabled or drained do not."""
    found = haproxy(
        "frontend shop\n default_backend web\nbackend web\n balance leastconn\n server a 10.0.0.1:80 check\n"
        " server b 10.0.0.2:80 check backup\n server c 10.0.0.3:80 disabled\n server d 10.0.0.4:80 weight 0"
    )
    assert relations(found, PROXY, POOLS) == {member("10.0.0.1:80/tcp", "web"), member("10.0.0.2:80/tcp", "web")}
    assert groups(found) == {"web": (1, Strength.HARD)}
    assert one(found, PROXY, POOLS).attributes == {"method": "least_connections"}
    assert POOLS in found.complete


def test_the_servers_defaults_count():
    """default-server stands before the servers it is for, in the section or in defaults."""
    found = haproxy(
        "defaults\n default-server disabled\nlisten shop\n bind :80\n server a 10.0.0.1:80\n"
        " server b 10.0.0.2:80 enabled\n server c 10.0.0.3:80 enabled"
    )
    assert relations(found, PROXY, POOLS) == {member("10.0.0.2:80/tcp", "shop"), member("10.0.0.3:80/tcp", "shop")}


def test_how_many_servers_are_needed_may_be_said():
    """A load balancer that reports itself unfit with fewer than two servers needs two."""
    config = (
        "frontend shop\n acl few nbsrv(web) lt 2\n monitor fail if few\n default_backend web\n"
        "backend web\n server a 10.0.0.1:80\n server b 10.0.0.2:80\n server c 10.0.0.3:80"
    )
    assert groups(haproxy(config)) == {"web": (2, Strength.HARD)}
    assert groups(haproxy(config.replace("acl few", "acl other"))) == {"web": (1, Strength.HARD)}


def test_a_pool_for_some_requests_is_soft_and_one_for_none_is_left_out():
    """What most requests go to is needed; a backend that no frontend names does nothing."""
    servers = "\n server a 10.0.{n}.1:80\n server b 10.0.{n}.2:80\n"
    config = "frontend shop\n use_backend api if { path_beg /api }\n default_backend web\n" + "".join(
        f"backend {name}{servers.format(n=n)}" for n, name in enumerate(("web", "api", "unused"), 1)
    )
    assert groups(haproxy(config)) == {"web": (1, Strength.HARD), "api": (1, Strength.SOFT)}


def test_a_pool_of_one_is_a_plain_dependency():
    """There is nothing to spare, so it is no redundancy."""
    found = haproxy("listen shop\n bind :80\n server only 10.0.0.1:80")
    assert relations(found, PROXY, POOLS) == {member("10.0.0.1:80/tcp", None)}
    assert groups(found) == {}


def test_servers_may_be_names_paths_or_of_this_host():
    """A name is looked up as the host does it; a port of this host is the programme that listens there."""
    found = haproxy(
        "listen shop\n bind :80\n server a web7:80\n server b api.example.org:80\n server c 127.0.0.1:8080\n"
        " server d unix@/run/app.sock\n server e nowhere:80\n server f [2001:db8::1]:80\n server g ${HOST}:80",
        hosts="10.0.0.7 web7.example.org web7\n",
        listeners=listens("0.0.0.0:80 haproxy 7", "127.0.0.1:8080 app 9"),
        paths='u_str LISTEN 0 5 /run/app.sock 4711 * 0 users:(("worker",pid=12,fd=3))\n',
    )
    assert {end for end, *_ in relations(found, PROXY, POOLS)} == {
        "-> 10.0.0.7:80/tcp",
        "-> api.example.org",
        "-> process:app",
        "-> process:worker",
        "-> [2001:db8::1]:80/tcp",
    }
    assert [n.facts["member"] for n in found.notes if n.code == "ssh.pool_member_unknown"] == ["e", "g"]


def test_an_upstream_of_nginx_is_a_group():
    """Spare servers belong to it, those that are down do not; only what requests are passed to counts."""
    found = nginx(
        "http { upstream app { server 10.0.0.1:8080; server 10.0.0.2; server 10.0.0.3 backup; server 10.0.0.4 down; }"
        " upstream unused { server 10.0.0.9:1; server 10.0.0.8:1; }"
        " server { location / { proxy_pass http://app/x; } } }"
    )
    assert relations(found, NGINX, POOLS) == {member(f"10.0.0.{end}/tcp", "app") for end in ("1:8080", "2:80", "3:80")}
    assert groups(found, NGINX) == {"app": (1, Strength.HARD)}


def test_what_nginx_passes_to_without_an_upstream_is_a_dependency():
    """An address that is written out is one server; a variable is told, for it can not be followed."""
    found = nginx(
        "http { server { location / { proxy_pass http://127.0.0.1:8080; }"
        " location /pay { proxy_pass https://10.0.0.3; }"
        " location /x { proxy_pass http://$anything; } } }"
    )
    assert relations(found, NGINX, POOLS) == {member("process:app", None), member("10.0.0.3:443/tcp", None)}
    assert "ssh.pool_member_unknown" in codes(found)


def test_included_files_belong_to_the_configuration():
    """What is included counts, what merely lies there does not, and what is included and was not read is told."""
    site = "=file= 8 /etc/nginx/conf.d/shop.conf\nserver { location / { proxy_pass http://127.0.0.1:8080; } }\n"
    stray = "=file= 8 /etc/nginx/conf.d/old.off\nserver { location / { proxy_pass http://10.0.0.9:1; } }\n"
    found = nginx("http { include /etc/nginx/mime.types; include conf.d/*.conf; }", site + stray)
    assert relations(found, NGINX, POOLS) == {member("process:app", None)}
    assert POOLS in found.complete
    missing = nginx("http { include /opt/sites/*.conf; }")
    assert POOLS not in missing.complete
    assert "ssh.file_not_read" in codes(missing)


def test_a_configuration_that_may_not_be_read_leaves_the_scope_open():
    """The pools that were known stay known; nothing of them is said to be gone."""
    found = shaped(listeners=listens("0.0.0.0:80 haproxy 7"), haproxy="=file= 7 ?/etc/haproxy/haproxy.cfg\n")
    assert POOLS not in found.complete
    assert {"web1", "web1/sockets"} <= found.complete


def test_the_haproxy_of_a_container_is_not_the_hosts():
    """A process that holds no socket here belongs to another network; its pools are not this host's."""
    text = "=file= 99 /etc/haproxy/haproxy.cfg\nlisten x\nserver a 10.0.0.1:80\n"
    assert not [o for o in shaped(haproxy=text).observations if o.scope == POOLS]


def test_traffic_to_a_pool_is_evidence_besides_the_configuration():
    """Both stand there, each as what it is; a connection to a server makes no second need of its gateway."""
    config = "listen shop\n bind :80\n server a 10.9.0.1:80\n server b 10.0.0.2:80"
    found = haproxy(config, looks=(connected("10.0.0.5:40000 10.9.0.1:80 haproxy 7"), ""))
    assert ("-> 10.9.0.1:80/tcp", "depends_on", "traffic_out", None) in relations(found, PROXY, "web1/sockets")
    assert "-> 10.0.0.1" not in {end for end, *_ in relations(found, PROXY)}
    behind = haproxy(config.replace("10.0.0.2", "10.9.0.2"))
    assert ("-> 10.0.0.1", "depends_on", "inventory", None) in relations(behind, PROXY)
