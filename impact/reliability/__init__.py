"""How much redundancy is left: outcomes, single points of failure, margins."""
