"""
Every command that is ever run on a host, as data: all of them only read, and none is made of anything a host said.

A host may follow what its own processes say (the path of a configuration), yet within a command that is the same for
all hosts. ``{sudo}`` becomes ``sudo -n `` where the settings ask for it, else nothing. The README lists them.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000
MARK = "=foreshock="
"""Stands alone on the line after which the answer begins; what a login script prints comes before it."""
FILE = "=file="
"""Begins the line before each file of a command that reads several: process id, path."""

_BEFORE = f"echo {MARK}; LC_ALL=C PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH; "


@dataclass(frozen=True, slots=True)
class Command:
    """
    One published command.

    ``name`` is that of the part it fills. ``reads`` says what for. ``right`` are the exit statuses after which its
    output is whole. ``limit`` is how many bytes of it are read.
    """

    name: str
    text: str
    reads: str
    right: tuple[int, ...] = (0,)
    limit: int = MEGABYTE

    def line(self, *, sudo: bool) -> str:
        """Return what the host's shell is given."""
        return _BEFORE + self.text.replace("{sudo}", "sudo -n " if sudo else "")


def _files_of(program: str, option: str, usual: str, more: str = "") -> str:
    """Return a command that prints the configuration files which the processes of a programme were started with."""
    # The title of an nginx master holds its arguments in one piece, so spaces end an argument as zero bytes do. What a
    # process says is only ever the quoted name of a file to read; "?" before a name says that it could not be read. A
    # process with a network of its own is another host's, and one with files of its own has them below /proc.
    return (
        "mine=$(readlink /proc/self/ns/net);"
        f" for p in $(pgrep -x {program} | head -n 64); do"
        ' net=$({sudo}readlink /proc/$p/ns/net); if [ "${net:-$mine}" != "$mine" ]; then continue; fi; f=; n=; set -f;'
        " for a in $(tr '\\000 ' '\\n\\n' < /proc/$p/cmdline | head -n 256); do"
        f' if [ -n "$n" ]; then f="$f $a"; n=; elif [ "$a" = {option} ]; then n=y; fi; done; set +f;'
        f" for a in ${{f:-{usual}}}{more}; do"
        ' if {sudo}test -d "$a"; then set -- "$a"/*.cfg; else set -- "$a"; fi;'
        ' for b in "$@"; do c=/proc/$p/root$b; if {sudo}test -f "$c"; then :; else c=$b; fi;'
        f' if {{sudo}}test -f "$c" && echo "{FILE} $p $b" && {{sudo}}cat -- "$c"; then echo;'
        f' else echo "{FILE} $p ?$b"; fi; done; done; done; true'
    )


_DMI = " ".join(("sys_vendor", "product_name", "product_serial", "product_uuid"))
# Of a process nothing but its service unit and the name of the script that an interpreter runs is read: the rest of a
# command line, and all of an environment, may hold credentials.
_PROGRAMS = (
    "ps -eo pid=,comm= | head -n 20000 | while read -r p c; do u=; s=; m=; i=0;"
    " { while IFS= read -r l; do case $l in *.service) u=${l##*/};; esac; done < /proc/$p/cgroup; } 2>/dev/null;"
    " case $c in python*|pypy*|java|node|ruby*|perl|php*|gunicorn*|uwsgi)"
    " set -f; for a in $(tr '\\000' '\\n' < /proc/$p/cmdline 2>/dev/null | head -n 32); do i=$((i+1));"
    ' if [ $i = 1 ]; then continue; fi; if [ -n "$m" ]; then s=$a; break; fi;'
    # What follows these is a programme's text, and no name of one.
    ' case "$a" in -m|-jar) m=y;; -c|-r|-p|-e*|-[!-]*e|--eval*|--print*) break;;'
    " -cp|-classpath|-W|-X) i=0;; -*) ;; *) s=$a; break;; esac; done; set +f;; esac;"
    ' s=${s##*/}; case "$s" in *[!A-Za-z0-9_.-]*) s=;; esac;'
    ' if [ -n "$u$s" ]; then echo "$p $c u=$u s=$s"; fi; done; true'
)
_VERSIONS = (
    "for b in haproxy nginx keepalived; do"
    ' command -v $b >/dev/null 2>&1 && echo "$b: $($b -v 2>&1 | head -n 1)"; done;'
    " for b in mariadbd mysqld redis-server valkey-server memcached mongod postgres /usr/lib/postgresql/*/bin/postgres"
    ' /usr/pgsql-*/bin/postgres; do command -v $b >/dev/null 2>&1 && echo "${b##*/}: $($b --version 2>&1 | head -n 1)";'
    " done; true"
)

KERNEL = Command("kernel", "uname -srm; {sudo}id -u", "kernel, and whether what follows is read as root")
# All that makes the native id comes from this one command, so that a host is either the same as before or not told.
IDENTITY = Command(
    "identity",
    "echo id=$(cat /etc/machine-id /var/lib/dbus/machine-id 2>/dev/null | head -n 1); cd /sys/class/net || exit 1;"
    " for i in *; do n=; t=; a=; s=; d=; { read -r n < $i/ifindex; read -r t < $i/addr_assign_type;"
    " read -r a < $i/address; read -r s < $i/speed;"
    " while IFS= read -r l; do case $l in DEVTYPE=*) d=${l#*=};; esac; done < $i/uevent; } 2>/dev/null;"
    ' echo "$n $i address=$a assigned=$t kind=$d speed=$s"; done; true',
    "machine id, and the MAC addresses of its cards with where they come from",
    limit=8 * MEGABYTE,
)
ADDRESSES = Command("addresses", "ip -j -d addr", "interfaces and addresses", limit=16 * MEGABYTE)
LISTENERS = Command("listeners", "{sudo}ss -Htulnp", "what listens, and which process", limit=4 * MEGABYTE)
CONNECTIONS = Command("connections", "{sudo}ss -Htanp", "who talks to whom", limit=12 * MEGABYTE)
PACKAGES = Command(
    "packages",
    "if command -v dpkg-query >/dev/null 2>&1; then"
    " dpkg-query -W -f 'deb ${Package} ${Version} ${Architecture} ${db:Status-Abbrev}\\n';"
    " else rpm -qa --qf 'rpm %{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH} ii\\n'; fi",
    "installed packages, where the settings ask for them",
    limit=4 * MEGABYTE,
)

ONCE: tuple[Command, ...] = (
    KERNEL,
    IDENTITY,
    Command("os", "cat /etc/os-release 2>/dev/null; true", "name and version of the operating system"),
    Command("names", "uname -n; hostname -f 2>/dev/null; true", "host name and full name"),
    Command(
        "hardware",
        f'for f in {_DMI}; do echo "$f=$({{sudo}}cat /sys/class/dmi/id/$f 2>/dev/null)"; done; true',
        "vendor, model, serial number and UUID; the latter two need root",
    ),
    Command("virtualization", "systemd-detect-virt 2>/dev/null; true", "whether it is a machine of its own"),
    Command(
        "capacity",
        "echo cpus=$(getconf _NPROCESSORS_ONLN); grep -E '^MemTotal:' /proc/meminfo;"
        " echo hypervisor=$(grep -c -m 1 -w hypervisor /proc/cpuinfo); true",
        "processors and memory",
    ),
    ADDRESSES,
    Command("routes", "ip -j route show table main", "gateways", limit=4 * MEGABYTE),
    Command("hosts", "cat /etc/hosts", "names that configurations use"),
    LISTENERS,
    Command("paths", "{sudo}ss -Hxlp", "sockets in the file system, and which process", limit=4 * MEGABYTE),
    Command("programs", _PROGRAMS, "service units, and scripts of interpreters", limit=2 * MEGABYTE),
    Command("versions", _VERSIONS, "versions of well-known programmes"),
    Command("haproxy", _files_of("haproxy", "-f", "/etc/haproxy/haproxy.cfg"), "pools", limit=8 * MEGABYTE),
    Command(
        "nginx",
        _files_of(
            "nginx",
            "-c",
            "/etc/nginx/nginx.conf",
            " /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* /etc/nginx/upstreams/* /etc/nginx/stream.d/*.conf",
        ),
        "pools",
        limit=8 * MEGABYTE,
    ),
    Command(
        "keepalived",
        _files_of("keepalived", "-f", "/etc/keepalived/keepalived.conf", " /etc/keepalived/conf.d/*.conf"),
        "virtual addresses",
        limit=4 * MEGABYTE,
    ),
    Command(
        "postgresql",
        "ps -ww -eo pid=,ppid=,args="
        " | grep -E '^ *[0-9]+ +[0-9]+ postgres: ([^ ]+: )?(walsender|walreceiver|startup recovering)'; true",
        "streaming replication, from the titles of its processes",
    ),
)
"""In the order in which they are run, once for each host; then ``CONNECTIONS``, several times."""

PUBLISHED: tuple[Command, ...] = (*ONCE, CONNECTIONS, PACKAGES)
