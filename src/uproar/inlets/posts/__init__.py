"""The ways in for posts: they read streams, count by service, and forget what was posted."""
