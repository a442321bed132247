"""Faults with real processes and real sockets: does every message get its one reply, in order?

``python -m tests.chaos`` (``make chaos``) lets people write on a platform while workers are killed,
frozen, lost or told to end, or the database restarts, and counts from the platform's own log.
"""
