"""discord.py's requests, whose rate limits refuse nothing that Discord would take."""

from __future__ import annotations

from discord.http import HTTPClient, Ratelimit


class Bucket(Ratelimit):
    """A rate limit that refuses a request at once only when its window has none left.

    discord.py's own refuses every request in a window that lasts longer than may be waited: the
    second of fifty threads in five minutes as well.
    """

    async def acquire(self) -> None:
        """Count a request. Raises discord.RateLimited where it would have to wait for long."""
        if self.is_expired():
            self.reset()
        if self.remaining <= 0:
            await super().acquire()
            return
        self._last_request = self._loop.time()
        self.remaining -= 1
        self.outgoing += 1


class PacedClient(HTTPClient):
    """discord.py's client of the API with such rate limits."""

    def get_ratelimit(self, key: str) -> Ratelimit:
        """The rate limit of a kind of request."""
        if key not in self._buckets:
            self._buckets[key] = Bucket(self.max_ratelimit_timeout)
            self._try_clear_expired_ratelimits()
        return self._buckets[key]
