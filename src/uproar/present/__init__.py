"""Values to words, charts and pages. Pure: everything returns text or bytes."""
