"""What each command does: arguments in, text to print and an exit code out."""
