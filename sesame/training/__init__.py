"""Fitting score versions: from a panel of outcomes to rows of seeds, and the score in numpy."""
