"""Who says what: quotation marks, reporting clauses, speakers, and the attribution of each span."""
