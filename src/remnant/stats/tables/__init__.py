"""What tables of two compartments can tell, patient by patient and pooled."""
