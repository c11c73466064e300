"""How batches of sources are analyzed: planned, then run in this process, in workers or on Dask, within a time limit."""
