"""What both plug-ins do and no toolkit is needed for: the walk, what a document keeps, colours."""
