"""The pages of the configuration: the estate, its CIs and classes, and what-goes-down."""
