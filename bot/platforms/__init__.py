"""What the adapters of chat platforms share: cutting texts, and the words around a session."""
