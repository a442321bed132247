"""The terminal: a chat for people, and one JSON object a line for scripts."""
