"""What each paragraph is: its bounds, its kind, its language, what it repeats, how far its scores can be relied on."""
