"""Many counts at once: a hierarchy of patients, compartments and visits, by simulation of its posterior."""
