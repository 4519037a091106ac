"""What several causes bring about together: conflicts of changes, and what frees them."""
