"""Names in sentences, with and without a cue, and what looks like one and is none. The people are made up."""

import pytest

from shopcart_assets.privacy.free_text.people import find_greeted, find_lone_person, find_people


def _cued(text: str) -> list[str]:
    return [span.value for span in find_people(text, is_free=False)]


def _free(text: str) -> list[str]:
    return [span.value for span in find_people(text, is_free=True)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Got this for my wife Sarah, she loves it", ["Sarah"]),
        ("our 6 year old son Mateo broke it", ["Mateo"]),
        ("Für meine Schwester Anneliese gekauft", ["Anneliese"]),
        ("un cadeau pour mon frère Loïc", ["Loïc"]),
        ("para mi hermana Macarena", ["Macarena"]),
        ("per mia moglie Ornella", ["Ornella"]),
        ("ask for Mrs. Henderson at the desk", ["Henderson"]),
        ("Happy birthday, Priya!", ["Priya"]),
        ("Thanks,\nGareth", ["Gareth"]),
        ("Answered by Rose Brown three days ago", ["Rose Brown"]),
        ("Photo by Capucine d'Aubigny", ["Capucine d'Aubigny"]),
        ("Registry of Femke van den Berg", ["Femke van den Berg"]),
        ("Recipient: Pritchard, Nigel", ["Pritchard, Nigel"]),
        ("My husband Raffaele De Santis uses it", ["Raffaele De Santis"]),
        ("Rohit Bhattacharya wrote a review", ["Rohit Bhattacharya"]),
        ("12 May, handed over to receptionist (Leyla Kaya)", ["Leyla Kaya"]),
        ("Siobhán has joined the chat", ["Siobhán"]),
        ("Congratulations on the baby, Siobhán! Sleep well", ["Siobhán"]),
        ("Noemi Lo Presti, optometrist at our branch", ["Noemi Lo Presti"]),
        ("Ann Whitfield, wearing a scarf", ["Ann Whitfield"]),
        ("Your stylist Widline has picked five", ["Widline"]),
        ("Received at the door by Gareth Lee, 10:22", ["Gareth Lee"]),
        ("Made by hand by H. Sutherland in a workshop", ["H. Sutherland"]),
        ("Person collecting: Guerrero Núñez, Mateo (ID checked)", ["Guerrero Núñez, Mateo"]),
        ("Remove Siobhán from your family account", ["Siobhán"]),
        ("Message María Fernanda about this listing", ["María Fernanda"]),
        ("Was served by Desiée De Santos, who told me", ["Desiée De Santos"]),
        ("By Gareth Lee on 3 March 2024", ["Gareth Lee"]),
        ("To Siobhán, on your first day", ["Siobhán"]),
        ("Report the review written by Chiara", ["Chiara"]),
        ("it comes from Filipa, her godfather", ["Filipa"]),
        ("You're invited to Aylin's baby shower", ["Aylin"]),
        ("Gennaro De Santis, head gardener", ["Gennaro De Santis"]),
        ("for my brother in law Kévin Diallo", ["Kévin Diallo"]),
        ("In loving memory of Gareth Lee 1948", ["Gareth Lee"]),
        ("Answered by Siobhán Ó Súilleabháin on 3 March", ["Siobhán Ó Súilleabháin"]),
        ("Photo by Femke in 't Veld", ["Femke in 't Veld"]),
        ("my neighbour J. Kowalski", ["J. Kowalski"]),
        ("my friend Ann Lee's dog, and Mr. Clegg", ["Ann Lee", "Clegg"]),
        ("Kayla Whitfield wrote a review", ["Kayla Whitfield"]),
        ("Photo by Marku\\u0073 Tran and by Markus%20Tran", ["Markus Tran"]),
    ],
)
def test_a_name_is_known_by_its_cue(text: str, names: list[str]) -> None:
    assert _cued(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Dress by Ralph Lauren",
        "Your Seller Dashboard and Your Driver Update",
        "Thanks for the chair, Samsung",
        "(GMT +9:30) Adelaide, Darwin",
        "Rose, pink and white",
        "Photo by Getty Images",
        "my husband loves Calvin Klein",
        "for my daughter Harry Potter is everything",
        "Mr. Coffee, Dr. Martens, Mr. Heater",
        "Contact Customer Service",
        "Thanks, Amazon!",
        "Hello Kitty",
        "a gift from Paris",
        "reviews of Sony Products",
        "our Dining Room Table",
        "Happy birthday! Great Price",
        "Photo by [NAME_7F3A] Tran",
        "for Anker - Power Bank",
        "from Portland, ME",
        "made by Samsung, who knows",
        "",
    ],
)
def test_goods_makers_and_places_are_nobody(text: str) -> None:
    assert _cued(text) == []


def test_where_people_write_a_full_name_needs_no_cue() -> None:
    text = "Arrived late, but Kayla Whitfield made up for it"
    assert _cued(text) == [] and _free(text) == ["Kayla Whitfield"]
    assert _free("Rose Gold and Forest Green, like a Ralph Lauren or a Ray Ban") == []
    assert find_people(text, is_free=True, goods=frozenset({("kayla", "whitfield")})) == []


def test_where_people_write_a_lone_name_is_somebody_and_a_place_is_not() -> None:
    assert _free("Runs small! My cousin is a 10, so is Siobhán.") == ["Siobhán"]
    assert _free("we moved to Siobhán last year") == [] and _free("Siobhán Collection") == []
    assert _free("the blue and the rose one, in Georgia") == []
    assert _free("the fitter, F. Hargrove, was polite") == ["F. Hargrove"]


def test_a_finding_names_its_detector() -> None:
    assert {span.detector for span in find_people("for my wife Sarah, as Kayla Whitfield", is_free=True)} == {
        "people:cue",
        "people:pair",
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I love it, thanks for everything. Rosa xx", ["Rosa"]),
        ("Three weeks and nobody calls me!! Siobhán", ["Siobhán"]),
        ("We had my eye test with Simran last week", ["Simran"]),
        ("I love my new jeans and the belt. Levi's", []),
    ],
)
def test_who_writes_signs_and_tells_of_others(text: str, names: list[str]) -> None:
    assert _free(text) == names


@pytest.mark.parametrize("text", ["Ann Lee", " Jonas Weber\n", "Lee, Siobhán", "KAYLA WHITFIELD", "José Luis Mejía"])
def test_a_text_that_is_a_name_and_nothing_else(text: str) -> None:
    assert [span.value for span in find_lone_person(text)] == [text.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "Ann",
        "Hong Kong",
        "Ralph Lauren",
        "Orlando, Florida",
        "Ann Lee wrote",
        "Beyonce Surfboard Black",
        "Gift Cards",
        "",
    ],
)
def test_and_what_is_more_or_less_than_one(text: str) -> None:
    assert find_lone_person(text) == []


@pytest.mark.parametrize("text", ["Invoice issued to: Lee, Ann", "Lee, Ann", "Red, Rose"])
def test_a_name_in_the_order_of_lists_greets_nobody(text: str) -> None:
    assert find_greeted(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Prescription bag for Lindqvist, Siobhán – please bring ID", "Lindqvist, Siobhán"),
        ("on file: de la Torre Gil, Siobhán, last tested in May", "de la Torre Gil, Siobhán"),
        ("Picked and packed for you by N. Siobhán in Cork", "N. Siobhán"),
        ("WORST SERVICE EVER, AND THEN SIOBHÁN HUNG UP ON ME", "SIOBHÁN"),
    ],
)
def test_a_name_is_found_with_what_stands_before_it(text: str, name: str) -> None:
    assert [span.value for span in find_people(text, is_free=False, is_written=True)] == [name]


@pytest.mark.parametrize("place", ["502 Rosa Park", "Rue Siobhán 46", "Santa Siobhán", "Feira de Siobhán"])
def test_a_part_of_a_town_or_a_street_is_nobody(place: str) -> None:
    assert find_people(f"We moved in June and live in {place}, top floor", is_free=True, is_written=True) == []
