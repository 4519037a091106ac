"""The fault tree of a service's own cone, and what follows from it exactly: probability, importance, risk groups."""
