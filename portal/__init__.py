"""The Portal, the face a Client's staff meet, and the Django admin."""
