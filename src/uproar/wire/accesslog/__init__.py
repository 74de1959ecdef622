"""Access logs of web servers, proxies and content networks: lines to columns. `reading` is the way in."""
