"""Runs the engine, once from the command line or on a schedule."""
