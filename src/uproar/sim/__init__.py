"""The world on a desk: population, reporters, faults and scenarios, all by seed."""
