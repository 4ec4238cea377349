"""Which mechanism the counts prefer, and what they cannot tell apart."""
