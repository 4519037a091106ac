"""What of a configuration leaves the reading: who serves whom, and no credential."""

from __future__ import annotations

from discovery.connectors.ssh_linux.redact import KEEPERS
from discovery.connectors.ssh_linux.redact.haproxy import keep_haproxy
from discovery.connectors.ssh_linux.redact.keepalived import keep_keepalived
from discovery.connectors.ssh_linux.redact.nginx import keep_nginx

SECRET = "planted-credential"


def test_of_haproxy_pools_stay_and_accounts_go():
    """Users, statistics' passwords, cookies and headers do not leave; pools and their servers do."""
    text = f"""
global
    stats socket /run/x.sock user {SECRET}
userlist people
    user admin insecure-password {SECRET}
defaults
    balance leastconn
frontend shop
    bind :443 ssl crt /etc/{SECRET}.pem
    http-request set-header Authorization "Basic {SECRET}"
    acl few nbsrv(app) lt 2
    monitor fail if few
    use_backend api if {{ path_beg /{SECRET} }}
    default_backend app   # {SECRET}
backend app
    stats auth admin:{SECRET}
    server app1 10.0.0.1:80 check cookie {SECRET} weight 10
    server app2 "10.0.0.2:80" backup
    server app3 10.0.0.3:80 disabled
"""
    kept = keep_haproxy(text)
    assert SECRET not in kept
    assert kept.splitlines() == [
        "global",
        "defaults",
        "balance leastconn",
        "frontend shop",
        "bind :443",
        "needs app 2",
        "use_backend api if",
        "default_backend app",
        "backend app",
        "server app1 10.0.0.1:80 weight=10",
        "server app2 10.0.0.2:80 backup",
        "server app3 10.0.0.3:80 disabled",
    ]


def test_of_nginx_pools_stay_and_headers_go():
    """Also where all of it stands on one line, and where an address holds a user and a password."""
    text = (
        f'http {{ map $x $y {{ default "{SECRET}"; }} upstream app {{ server 127.0.0.1:8080 weight=5; keepalive 4; }}'
        f' server {{ listen 80; location / {{ proxy_set_header Authorization "Bearer {SECRET}";'
        f" proxy_pass http://reader:{SECRET}@app/{SECRET}?key={SECRET}; }}"
        f" location /x {{ content_by_lua_block {{ server {SECRET}; }} fastcgi_pass unix:/run/php.sock; }} }} }}"
    )
    kept = keep_nginx(text)
    assert SECRET not in kept
    assert "upstream app {\nserver 127.0.0.1:8080\n}" in kept
    assert "proxy_pass http://app\n" in kept
    assert "fastcgi_pass unix:/run/php.sock\n" in kept


def test_of_keepalived_addresses_stay_and_passwords_go():
    """The VRRP password and the text of a check do not leave; that a check looks at haproxy does."""
    text = f"""
vrrp_script chk
{{
    script "/usr/bin/curl -u admin:{SECRET} http://localhost/haproxy"  ! {SECRET}
}}
vrrp_instance SHOP {{
    interface eth0
    virtual_router_id 51
    authentication {{
        auth_type PASS
        auth_pass {SECRET}
    }}
    virtual_ipaddress {{ 10.0.0.100/24 dev eth0 }}
    track_script {{ chk }}
    notify "/opt/{SECRET}"
}}
"""
    kept = keep_keepalived(text)
    assert SECRET not in kept
    assert "vrrp_script chk {\nwatches haproxy\n}" in kept
    assert "virtual_ipaddress {\n10.0.0.100/24\n}" in kept
    assert "virtual_router_id 51" in kept


def test_a_file_that_is_no_configuration_leaves_nothing():
    """A process may claim any file as its configuration, so of one that is none nothing goes on."""
    shadow = f"root:$y${SECRET}:19000:0:99999:7:::\nserver:{SECRET}:1:\n"
    for keep in KEEPERS.values():
        assert SECRET not in keep(f"=file= 7 /etc/shadow\n{shadow}")


def test_a_configuration_may_be_nothing_but_braces_and_quotes():
    """Whatever a file holds, reading it ends and gives text."""
    for text in (
        "{" * 10_000,
        "}" * 10_000,
        '"' * 9_999,
        "vrrp_instance " * 9_999,
        "\x00\udcff{;" * 999,
        "server 'x\n",
    ):
        for keep in KEEPERS.values():
            assert isinstance(keep(f"=file= 7 /x\n{text}"), str)
