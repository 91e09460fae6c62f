"""Files as people have them: broken, mislabelled, lying; and what is said of each."""
