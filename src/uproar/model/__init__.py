"""What we speak of, as frozen values; of ours only the errors are imported here."""
