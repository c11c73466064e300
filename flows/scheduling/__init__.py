"""Deployments and schedules: when a run is due, and the Prefect server that starts it."""
