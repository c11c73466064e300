"""The commands, one per module. They resolve options, call the engine and print the result."""
