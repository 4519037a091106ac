"""Service management: the desks for what interrupts services."""
