"""HTML pages: their blocks, which of them are the article, and what their metadata say."""
