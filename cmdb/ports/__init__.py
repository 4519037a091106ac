"""What the rooms ask of the outside: promises with their order, units and errors, and no adapter."""
