"""The HTTP side: health, metrics, and the routes of platforms that send their events by HTTP."""
