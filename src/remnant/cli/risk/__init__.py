"""`remnant risk`: IPSS-R, IPSS-RA and IPSS-M of a table of patients."""
