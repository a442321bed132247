"""rocket-coach: a career coach for chat platforms."""
