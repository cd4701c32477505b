"""How docs/ and the lessons become the site: `course site`."""
