"""How figures are drawn: colours, SVG, and the two kinds of picture that there are. Knows numbers and names, no table."""
