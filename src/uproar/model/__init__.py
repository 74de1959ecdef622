"""The nouns, as frozen values. Imports nothing of ours but the errors."""
