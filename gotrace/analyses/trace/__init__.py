"""What a trace says about memory: folds over its tables, block after block, in bounded memory."""
