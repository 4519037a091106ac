"""P(fail): the probability that a change is backed out or fails, learned from what became of earlier ones."""
