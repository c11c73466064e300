"""The engine: from raw articles to tables, each stage a function from polars frames to polars frames."""
