"""Sources and tables in object stores: addresses, downloads and uploads."""
