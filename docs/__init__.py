"""What is read about Netloom, and the scenes that its pictures are taken of."""
