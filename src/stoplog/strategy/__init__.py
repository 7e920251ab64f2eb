"""`stoplog quote --strategy`: one compartment with several legs, in words, figures and a picture."""
