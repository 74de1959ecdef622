"""Packets as they were captured: files to frames (`pcap`, `pcapng`), frames to columns (`headers`)."""
