"""The causes, one file each: what a mechanism is, what speaks for it, and what it is confused with."""
