"""What words a reply: the offline voice, and later a language model."""
