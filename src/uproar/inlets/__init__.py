"""The ways in. They parse, strip the person from what arrived, append, and judge nothing."""
