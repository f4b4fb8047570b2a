"""Floor 5: one thin adapter for each place where people talk to the bot."""
