"""What pages that are done teach those that are not."""
