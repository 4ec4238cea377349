"""What the disease is called, and how dangerous it is: definitions and risk scores, from values alone."""
