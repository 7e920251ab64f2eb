"""SPAN: parameter files read and written, portfolios margined by them, arrays reproduced from a file's own inputs."""
