"""The page `/try/`: an operator enrolls and verifies a face, and sees the calls that do it."""
