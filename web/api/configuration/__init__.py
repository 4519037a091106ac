"""The configuration area of the API: CIs and what joins them, their classes, the estate as a whole."""
