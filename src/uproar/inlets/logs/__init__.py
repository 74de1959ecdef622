"""The way in for access logs: files are followed as they are written and turned over."""
