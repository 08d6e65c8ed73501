"""Experiments: designs over factors, points played and kept on disk, and how much growth each office bears."""
