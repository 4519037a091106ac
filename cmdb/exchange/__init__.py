"""The formats an estate travels in: a folder or file each, reader and writer together, pure."""
