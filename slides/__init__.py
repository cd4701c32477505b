"""What a teacher shows: the decks, and the programs that fill them with computed numbers and figures."""
