"""What the stages stand on: the lake and its dictionary, settings, actions, the model port. No stage is known here."""
