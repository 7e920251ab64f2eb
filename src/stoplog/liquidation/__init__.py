"""What happens to a compartment that was breached."""
