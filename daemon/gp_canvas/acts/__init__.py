"""What an artist does to a page, as one list of acts, and the colours that follow from it."""
