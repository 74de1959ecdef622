"""The ways out. They carry what `present` made."""
