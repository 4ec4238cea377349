"""What a response is judged from: counts, marrows, transfusions and treatment, patient by patient."""
