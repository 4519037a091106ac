"""The aggregates as values: frozen dataclasses, enums and pure arithmetic, standard library only."""
