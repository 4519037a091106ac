"""Change management: the desks for changes, the verdict policy and decisions, from request to kept decision."""
