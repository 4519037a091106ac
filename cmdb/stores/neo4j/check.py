"""Placeholder."""


def check(database, progress):
    return ()
