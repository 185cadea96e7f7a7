"""The words that make imaginary companies sound as if they came from a country."""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """The words of one country; `cities` are pairs of name and postcode."""

    code: str
    name: str
    currency: str
    is_french: bool
    trades: tuple[str, ...]
    owners: tuple[str, ...]
    forms: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    banks: tuple[str, ...]
    things: tuple[str, ...]

    def companies(self, chance: random.Random, count: int) -> Sequence[str]:
        """Return `count` different company names; big crowds have their numbers."""
        pairs = [f"{trade} {owner}" for trade in self.trades for owner in self.owners]
        rounds = -(-count // len(pairs))
        crowd = [f"{pair} {n}" if n else pair for n in range(rounds) for pair in pairs]
        chosen = chance.sample(crowd, count)
        return [f"{name} {chance.choice(self.forms)}" for name in chosen]

    def person(self, chance: random.Random) -> str:
        """Return the name of a person."""
        return f"{chance.choice(self.first_names)} {chance.choice(self.owners)}"

    def street(self, chance: random.Random) -> str:
        """Return a number and street."""
        return f"{chance.randint(1, 120)} {chance.choice(self.streets)}"


FRANCE = Country(
    code="FR",
    name="France",
    currency="EUR",
    is_french=True,
    trades=(
        "Ateliers",
        "Boulangerie",
        "Brasserie",
        "Cabinet",
        "Imprimerie",
        "Librairie",
        "Maison",
        "Menuiserie",
        "Papeterie",
        "Transports",
    ),
    owners=(
        "Béraud",
        "Caillol",
        "Daguerre",
        "Évrard",
        "Fournel",
        "Girardot",
        "Héliot",
        "Jacquemin",
        "Kervella",
        "Lançon",
        "Mérigot",
        "Noblecourt",
        "Plessis & Fils",
        "Rousselin",
        "Thévenot",
        "d'Aubrac",
    ),
    forms=("SARL", "SAS", "SA", "EURL"),
    cities=(
        ("Paris", "75011"),
        ("Lyon", "69003"),
        ("Lille", "59800"),
        ("Nantes", "44000"),
        ("Angoulême", "16000"),
        ("Saint-Étienne", "42000"),
    ),
    streets=("rue des Lilas", "quai de la Fosse", "avenue Foch", "rue de l'Église"),
    first_names=("Amélie", "Benoît", "Chloé", "Élodie", "Jérôme", "Noémie", "Théo"),
    banks=("Banque des Deux Rives", "Crédit du Bocage", "Caisse de l'Atlantique"),
    things=(
        "Prestation de conseil",
        "Fournitures d'atelier",
        "Maintenance trimestrielle",
        "Livraison & pose",
        "Papier à en-tête",
        "Abonnement logiciel",
    ),
)

BRITAIN = Country(
    code="GB",
    name="United Kingdom",
    currency="GBP",
    is_french=False,
    trades=(
        "Aire Valley",
        "Bridge Street",
        "Calder",
        "Harrogate",
        "Millstone",
        "Northgate",
        "Pennine",
        "Ridings",
        "Saltaire",
        "Wharfe",
    ),
    owners=(
        "Ashworth",
        "Barraclough",
        "Crossley",
        "Dewhirst",
        "Fairburn",
        "Greenwood",
        "Holroyd",
        "Murgatroyd",
        "O'Hara",
        "Priestley & Sons",
        "Sutcliffe",
        "Tordoff",
    ),
    forms=("Ltd", "plc", "LLP"),
    cities=(
        ("Leeds", "LS1 4AP"),
        ("Bradford", "BD1 2SU"),
        ("Halifax", "HX1 1UJ"),
        ("Wakefield", "WF1 2EB"),
    ),
    streets=("Wool Exchange Road", "Canal Street", "Station Road", "Mill Lane"),
    first_names=("Alice", "Daniel", "Grace", "Harriet", "Imran", "Owen", "Priya"),
    banks=("Aire & Calder Bank", "Northern Mutual"),
    things=(
        "Worsted cloth, 40 m",
        "Dyeing and finishing",
        "Loom maintenance",
        "Carriage & packing",
        "Consultancy",
    ),
)

EVERYWHERE = Country(
    code="XX",
    name="Türkiye & Côte d’Ivoire",
    currency="EUR",
    is_french=False,
    trades=(
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "+1+1 @SUM(A1)",
        "Robert'); DROP TABLE records;--",
        "{{ 7*7 }} {% now %} %(name)s",
        "שלום בע״מ",
        "شركة النور",
        "株式会社 東京",
        "Ærøskøbing Smørrebrød",
        "Zażółć gęślą jaźń",
    ),
    owners=(
        "\"Quoted\" & 'Single'",
        "🦊 Füchse 👩‍👩‍👧",
        "&amp; &lt;b&gt; twice",
        "\u202eesrever",
        "zero\u200bwidth",
        "e\u0301 combining",
        "𝔣𝔯𝔞𝔨𝔱𝔲𝔯",
        "C:\\temp\\..\\x",
        "]]> CDATA",
        "a" * 60,
    ),
    forms=("GmbH", "Ltd", "<b>SA</b>", "有限公司"),
    cities=(("İstanbul", "34000"), ("<i>Łódź</i>", "90-001"), ("القاهرة", "11511")),
    streets=('"; alert(1); "', "Straße des 17. Juni", "\u202eteerts"),
    first_names=("Zoë", "Jean-<u>Luc</u>", "محمد", "=HYPERLINK(1)"),
    banks=("Bank & <Söhne>", "=1+1 Bank"),
    things=("<img src=x onerror=alert(1)>", "=2+5", "Ünïcödé – 10 %", "🧾 受領書"),
)
