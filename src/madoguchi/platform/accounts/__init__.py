"""Staff accounts: who may sign in, with which factors, and which function each may use at which place."""
