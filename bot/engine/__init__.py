"""The coaching engine: deterministic, knows no platform, no SDK and no model library."""
