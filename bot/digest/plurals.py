"""English plural endings, taken off words of papers and of queries alike.

Both sides go through the same function, so a result need not be a word (`physics` loses its `s`):
it only has to be the same for singular and plural, and different for other words.
"""

# Plurals that no rule below gets right. From scientific English; each singular maps to itself.
_IRREGULAR = {
    "analyses": "analysis",
    "antennae": "antenna",
    "appendices": "appendix",
    "automata": "automaton",
    "avalanches": "avalanche",
    "axes": "axis",
    "caches": "cache",
    "children": "child",
    "cookies": "cookie",
    "corpora": "corpus",
    "crises": "crisis",
    "criteria": "criterion",
    "diagnoses": "diagnosis",
    "echoes": "echo",
    "equilibria": "equilibrium",
    "foci": "focus",
    "formulae": "formula",
    "halves": "half",
    "headaches": "headache",
    "heroes": "hero",
    "hypotheses": "hypothesis",
    "indices": "index",
    "larvae": "larva",
    "leaves": "leaf",
    "loci": "locus",
    "matrices": "matrix",
    "maxima": "maximum",
    "men": "man",
    "menus": "menu",
    "mice": "mouse",
    "minima": "minimum",
    "mosquitoes": "mosquito",
    "movies": "movie",
    "niches": "niche",
    "nuclei": "nucleus",
    "optima": "optimum",
    "parentheses": "parenthesis",
    "phenomena": "phenomenon",
    "plateaus": "plateau",
    "polyhedra": "polyhedron",
    "potatoes": "potato",
    "quizzes": "quiz",
    "radii": "radius",
    "simplices": "simplex",
    "spectra": "spectrum",
    "stimuli": "stimulus",
    "syntheses": "synthesis",
    "taxa": "taxon",
    "theses": "thesis",
    "tomatoes": "tomato",
    "tori": "torus",
    "vertices": "vertex",
    "volcanoes": "volcano",
    "vortices": "vortex",
    "women": "woman",
}
# Singulars in -s that form their plural in -es and would otherwise lose their own ending.
_ENDING_IN_S = {
    "alias",
    "atlas",
    "bias",
    "bonus",
    "bus",
    "campus",
    "canvas",
    "census",
    "gas",
    "lens",
    "status",
    "surplus",
    "virus",
}
# What looks like a plural of another word: news are no new things.
_UNCHANGED = {"axis", "chaos", "news", "series", "species"}

_SINGULARS = (
    _IRREGULAR
    | {singular + "es": singular for singular in _ENDING_IN_S}
    | {word: word for word in _ENDING_IN_S | _UNCHANGED}
)


def singular(word: str) -> str:
    """A lower-case word without its plural ending: `networks` -> `network`, `gpus` -> `gpu`."""
    known = _SINGULARS.get(word)
    if known is not None:
        return known
    if not _may_be_plural(word):
        return word
    if len(word) >= 5 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1]


def _may_be_plural(word: str) -> bool:
    """Whether the last `s` is an ending; in short words it is that of an acronym (`LMs`, `GPUs`).

    `class`, `analysis`, `corpus` and, of the short ones, `gas` and `was` keep theirs.
    """
    if len(word) < 3 or word[-1] != "s" or word[-2] == "s":
        return False
    if len(word) == 3:
        return word[-2] not in "aeiou"
    return len(word) == 4 or word[-2] not in "iu"
