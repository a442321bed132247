"""A small chat platform for tests: people write, bots answer, and everything that can go wrong does
so on demand. ``python -m tests.chatroom`` runs it as a process of its own."""
