"""A client that openapi-python-client made: signs in, lists titles, reads a ranking, creates a competition."""

import json
import os
import sys

sys.path.insert(0, os.environ["MADE"])
# pylint: disable=wrong-import-position
from fixtures import round_trips
from qianglian_client import AuthenticatedClient, Client, models
from qianglian_client.api.competitions import (
    create_competition,
    get_competition_tally_ranking,
    list_competition_tallies,
    list_competitions,
)
from qianglian_client.api.session import log_in
from qianglian_client.api.titles import list_titles
from qianglian_client.models import LogIn, Settings, TokenView

with open(os.environ["SIGN_INS"], encoding="utf-8") as file:
    who = json.load(file)["office"]
with open(os.environ["SETTINGS"], encoding="utf-8") as file:
    settings = json.load(file)

base = os.environ["BASE"]
tokens = log_in.sync(client=Client(base_url=base), body=LogIn(name=who["user"], password=who["password"]))
assert isinstance(tokens, TokenView), tokens
office = AuthenticatedClient(base_url=base, token=tokens.access_token)

titles = list_titles.sync(client=office)
assert titles.items and titles.items[0].standing, titles

announced = next(one for one in list_competitions.sync(client=office).items if one.state == "announced")
tallies = list_competition_tallies.sync(announced.id, client=office)
ranking = get_competition_tally_ranking.sync(announced.id, tallies.items[-1].number, client=office)
assert ranking.complete and ranking.tally.number == tallies.items[-1].number, ranking

sent = Settings.from_dict(settings)
assert sent.to_dict() == settings, "the settings are not what they were"
made = create_competition.sync(client=office, body=sent)
assert made.settings.to_dict()["quotas"] == settings["quotas"], made
count = round_trips(lambda schema, request: getattr(models, schema).from_dict(request).to_dict())
print(f"openapi-python-client: signed in, listed titles, read a ranking, created a competition, {count} requests are what they were")
