"""How often the model's predictions came true in a trace."""
