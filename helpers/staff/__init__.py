"""What instructors and CI run; lessons import nothing from here."""

import sys

# jsonschema would compile the grammar of web addresses, a second in each process; no notebook holds one.
sys.modules.setdefault("rfc3987_syntax", None)
