"""What instructors and CI run; lessons import nothing from here."""
