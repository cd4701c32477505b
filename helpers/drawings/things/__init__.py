"""What the everyday classes look like: one function each, by name, in the order of their labels."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from helpers.drawings.canvas import Generator
from helpers.drawings.materials import Cutout, Outfit
from helpers.drawings.things.accessories import ACCESSORIES
from helpers.drawings.things.animals import ANIMALS
from helpers.drawings.things.clothing import CLOTHING
from helpers.drawings.things.craft import CRAFT
from helpers.drawings.things.creatures import CREATURES
from helpers.drawings.things.fruit import FRUIT
from helpers.drawings.things.furniture import FURNITURE
from helpers.drawings.things.household import HOUSEHOLD
from helpers.drawings.things.pastimes import PASTIMES
from helpers.drawings.things.plants import PLANTS
from helpers.drawings.things.pottery import POTTERY
from helpers.drawings.things.tableware import TABLEWARE
from helpers.drawings.things.tools import TOOLS
from helpers.drawings.things.vehicles import VEHICLES

THINGS: Mapping[str, Callable[[Generator, Cutout, Outfit], None]] = MappingProxyType(
    POTTERY
    | TABLEWARE
    | FURNITURE
    | HOUSEHOLD
    | TOOLS
    | PASTIMES
    | CLOTHING
    | ACCESSORIES
    | VEHICLES
    | CRAFT
    | PLANTS
    | FRUIT
    | ANIMALS
    | CREATURES
)
