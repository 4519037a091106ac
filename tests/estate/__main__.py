"""``python -m tests.estate``: the estate for people, and for a look from another terminal."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable

from tests.estate import keeper
from tests.estate.description import HOSTS, Host
from tests.estate.estate import Estate, attach, up
from tests.estate.needs import missing
from tests.estate.netns import EstateFault

HOW = """\
The estate is up after {seconds:.1f} s, {until}, for an hour at most. In another terminal, as root:

  shop      {ip} curl -s http://10.77.1.100/
  sign in   {ip} ssh -i {access.ssh_key} -o UserKnownHostsFile={access.known_hosts} root@10.77.1.21
  SNMP      SNMPCONFPATH={keys} {ip} snmpwalk -v 2c 10.77.1.251 1.3.6.1.2.1.1
  captures  {ip} tcpdump -ni eth0
  discover  {ip} env FORESHOCK_STORE=sqlite:////tmp/foreshock-estate.db foreshock discover run SOURCE
            {hosts}
            {devices}

  {me} components
  {me} stop process:lb1/haproxy
  {me} ask
  {me} start process:lb1/haproxy

Keys and passwords are in {keys}, the logs of a host in {folder}/HOST/root/var/log.
"""


def _addresses(wanted: Callable[[Host], bool]) -> str:
    return ", ".join(host.addresses[0] for host in HOSTS if wanted(host))


def tell(estate: Estate, until: str) -> str:
    """Return how to look at an estate that is up until something."""
    return HOW.format(
        seconds=estate.up_seconds,
        until=until,
        ip=f"ip netns exec {estate.place.namespace('probe')}",
        access=estate.access,
        keys=estate.place.keys,
        hosts=f"ssh_linux: user root, key and known_hosts as above, hosts {_addresses(lambda host: host.has_sshd)}",
        devices=f"snmp_network: user {estate.access.snmp_user}, devices {_addresses(lambda host: not host.has_sshd)}",
        folder=estate.place.folder,
        me=f"{sys.executable} -m tests.estate --name {estate.place.name}",
    )


def show(name: str) -> None:
    """Keep an estate up until somebody interrupts."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with up(name) as estate:
        print(tell(estate, "until Ctrl-C"), flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("ending the estate")


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.estate", description=__doc__)
    parser.add_argument("--name", default="demo", help="which estate, where several are up (default: demo)")
    parser.add_argument("do", choices=("show", "up", "down", "components", "stop", "start", "ask", "sweep"))
    parser.add_argument("component", nargs="?", help="for stop and start")
    given = parser.parse_args()
    if given.do in ("stop", "start") and not given.component:
        parser.error(f"{given.do} needs a component; `components` lists them")
    try:
        act(given.do, given.name, given.component)
    except EstateFault as fault:
        sys.exit(str(fault))


def act(what: str, name: str, component: str) -> None:
    """Do one thing with the estate of that name."""
    if lacks := missing():
        raise EstateFault(f"no estate here: {', '.join(lacks)}")
    if what == "show":
        show(name)
    elif what == "up":
        print(tell(up(name, held=False), "until `down`"))
    elif what == "sweep":
        print("\n".join(keeper.sweep()))
    elif what == "down":
        attach(name).down()
    elif what == "components":
        print("\n".join(attach(name).components()))
    elif what == "ask":
        print(attach(name).ask().text)
    elif what == "stop":
        attach(name).stop(component)
    else:
        attach(name).start(component)


if __name__ == "__main__":
    main()
