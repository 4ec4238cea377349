"""Which malignant stem cells survive a remission, and when does the disease return?"""
