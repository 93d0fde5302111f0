"""The reasoning stage: a synthesized first-person sentence for each action, which never knows what comes after it."""
