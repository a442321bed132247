"""The durable inbox: an event is stored before it is acknowledged, worked on in its person's lane,
and its one reply is shown once, whatever dies in between (docs/decisions/0004)."""
