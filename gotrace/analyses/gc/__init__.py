"""The garbage collector: cycles, what they cost and whom, and what the program had left."""
