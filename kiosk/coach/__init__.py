"""From metrics to one cue: rules, chains, timing. Pure."""
