"""The change area of the API: changes, their assessments and decisions, and the policy."""
