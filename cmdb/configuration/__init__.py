"""What is in the estate: the catalogue of classes, the register of CIs, and the ways in and out."""
