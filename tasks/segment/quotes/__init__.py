"""Who says what: quotation marks, reporting clauses, speakers, and the voice of each span."""
