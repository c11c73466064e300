"""How a batch of sources gets done: planned, analyzed in this process, in workers or on Dask, within its time."""
