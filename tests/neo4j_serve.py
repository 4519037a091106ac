"""Run a Neo4j server for a person to look into: ``make neo4j``."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import time
from pathlib import Path

from tests.neo4j_jars import LTS, Missing, find_java, jars
from tests.neo4j_server import LOOPBACK, NotReady, Server


def main() -> int:
    """Run a server in the foreground until Ctrl-C, or say what it lacks."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--home", type=Path, help="where its data is (default: .neo4j/VERSION)")
    parser.add_argument("--port", type=int, default=7687, help="for Bolt, on the loopback address (default: 7687)")
    parser.add_argument("--version", default=LTS, help=f"of Neo4j (default: {LTS})")
    parser.add_argument("--heap", default="1g", help="what Java may use (default: 1g)")
    parser.add_argument("--password", default="", help="turns authentication on; it holds from the first start on")
    parser.add_argument("--fetch", action="store_true", help="fetch what is needed and end")
    parser.add_argument("--java", action="store_true", help="tell which Java would be used and end")
    chosen = parser.parse_args()
    home = chosen.home or Path(".neo4j") / chosen.version
    try:
        if chosen.java or chosen.fetch:
            print(find_java(chosen.version) if chosen.java else jars(chosen.version))
            return 0
        return _serve(Server(home, chosen.port, chosen.version, password=chosen.password, heap=chosen.heap))
    except (Missing, NotReady) as error:
        print(f"neo4j: {error}", file=sys.stderr)
        return 1


def _serve(server: Server) -> int:
    with socket.socket() as probe:
        if probe.connect_ex((LOOPBACK, server.port)) == 0:
            raise NotReady(f"port {server.port} is taken already; choose another with NEO4J_PORT")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(f"Neo4j {server.version} starts, data in {server.home}", flush=True)
        server.start().ready()
        print(f"Neo4j {server.version} answers at {server.address}; Ctrl-C ends it", flush=True)
        while server.runs():
            time.sleep(0.5)
        raise NotReady(f"the server ended: {server.said()}")
    except KeyboardInterrupt:
        print("\nNeo4j stops", flush=True)
        return 0
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
