"""A local Discord that the real discord.py talks to over sockets: gateway, REST, and people."""
