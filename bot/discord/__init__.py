"""Discord: what happens there becomes events, replies become messages; nothing is decided here."""
