"""A Slack on this machine, for tests: the Web API, Socket Mode, signed requests, and people.

It keeps to what the documentation of Slack says and to what its clients do; where it is stricter,
the stricter rule is one that an app should keep. What an app must never do (an unknown method, a
refused acknowledgement) is gathered, and `Server.check` raises it.
"""
