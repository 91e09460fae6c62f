"""Taking the model away: as a file for another program, or as code."""
