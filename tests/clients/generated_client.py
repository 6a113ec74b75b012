"""A client that openapi-generator made: signs in, lists titles, reads a ranking, creates a competition."""

import json
import os
import sys
import warnings

sys.path.insert(0, os.environ["MADE"])
# pylint: disable=wrong-import-position
warnings.simplefilter("ignore")  # A member called `copy` hides a method of pydantic.
import qianglian_generated as made_client
from fixtures import round_trips

with open(os.environ["SIGN_INS"], encoding="utf-8") as file:
    who = json.load(file)["office"]
with open(os.environ["SETTINGS"], encoding="utf-8") as file:
    settings = json.load(file)

configuration = made_client.Configuration(host=os.environ["BASE"])
client = made_client.ApiClient(configuration)
answer = made_client.SessionApi(client).log_in(made_client.LogIn(name=who["user"], password=who["password"]))
configuration.access_token = answer.actual_instance.access_token

titles = made_client.TitlesApi(client).list_titles()
assert titles.items and titles.items[0].standing, titles

competitions = made_client.CompetitionsApi(client)
announced = next(one for one in competitions.list_competitions().items if one.state == "announced")
tallies = competitions.list_competition_tallies(announced.id)
ranking = competitions.get_competition_tally_ranking(announced.id, tallies.items[-1].number)
assert ranking.complete and ranking.tally.number == tallies.items[-1].number, ranking



def without_nulls(value):
    """The same without members that are null, which this maker writes where they are absent."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


sent = made_client.Settings.from_dict(settings)
assert without_nulls(json.loads(sent.to_json())) == without_nulls(settings), "the settings are not what they were"
made = competitions.create_competition(sent)
assert made.settings.to_dict()["quotas"] == settings["quotas"], made


def of(wanted, made):
    """What was made without the members that were not wanted: this maker adds those that have a default."""
    if isinstance(wanted, dict) and isinstance(made, dict):
        return {name: of(wanted[name], member) for name, member in made.items() if name in wanted}
    if isinstance(wanted, list) and isinstance(made, list) and len(wanted) == len(made):
        return list(map(of, wanted, made))
    return made


def to_and_fro(schema, request):
    """The request as the maker's type writes it."""
    made = getattr(made_client, schema).from_dict(request)
    return of(without_nulls(request), without_nulls(json.loads(made.to_json())))


count = round_trips(to_and_fro, without_nulls)
print(f"openapi-generator: signed in, listed titles, read a ranking, created a competition, {count} requests are what they were")
