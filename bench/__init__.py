"""What Stoplog and its peers reach, measured in one run: `python -m bench`."""
