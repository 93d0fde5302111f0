"""Traffic: raw drops become events, pages, consent, sessions and quarantine. Everything here may hold personal data."""
