"""What social networks send, as posts: Jetstream (Bluesky), Mastodon's streaming, lines of JSON."""
