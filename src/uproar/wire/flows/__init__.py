"""Flow records of routers and switches: NetFlow v5, NetFlow v9, IPFIX and sFlow v5 datagrams to columns."""
