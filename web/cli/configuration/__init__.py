"""The estate at the command line: CIs, relations, classes, import and export."""
