"""Why did it fail? Facts to evidence, evidence to calibrated probabilities, with the sums on the table."""
