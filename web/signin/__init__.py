"""Signing in: who a request is of, and the pages where a person proves it. Opened by the setting FORESHOCK_SIGN_IN."""
