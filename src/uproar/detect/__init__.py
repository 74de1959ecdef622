"""When is something wrong? Counting, baselines, alarms, waves and incidents, all pure."""
