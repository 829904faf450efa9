"""One function per API: a decoded request in, the fields of the answer out."""
