"""The desk: a local web application on the tables, `overtones serve`."""
