"""What the line art alone says: ink, areas and pieces."""
