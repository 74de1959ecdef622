"""Telemetry of flows over UDP: workers that receive, decode and sum up, and who watches over them."""
