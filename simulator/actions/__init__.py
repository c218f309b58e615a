"""What can be made to happen in the simulated WeCom, and what can be asked about it."""
