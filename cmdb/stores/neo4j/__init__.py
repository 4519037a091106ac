"""The store on a Neo4j server or cluster, every promise of the port. Imported only where that store is used."""

from cmdb.stores.neo4j.backup import restore
from cmdb.stores.neo4j.store import Neo4jStore, open_store

__all__ = ["Neo4jStore", "open_store", "restore"]
