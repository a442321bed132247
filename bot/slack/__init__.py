"""Slack: translates what happens there into events, and replies into messages; decides nothing."""
