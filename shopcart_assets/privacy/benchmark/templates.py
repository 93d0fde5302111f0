"""The sentences of both sets, and how a value is written into one. Who is planted where belongs to plant.py."""

import html
import json
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.benchmark.forms import FormName, write
from shopcart_assets.privacy.benchmark.people import SetName, data_files, plain_letters

Channel = Literal["text", "attribute", "url", "json", "event"]


class Template(BaseModel):
    """One place for a value: an element of a page, or the typed text or address of an event. Without `locales` it is for everyone."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    fields: tuple[str, ...]
    form: FormName = "as_is"
    locales: tuple[str, ...] = ()
    html: str = ""
    value: str = ""
    url: str = ""

    def written(self, value: str) -> str:
        """The value as this template has it written."""
        return write(value, self.form)

    def fits(self, field: str, locale: str) -> bool:
        """Whether this field of a person of the locale can stand here."""
        return field in self.fields and (not self.locales or locale in self.locales)

    def element(self, value: str, number: str) -> str:
        """The element with the value in it, stamped with its number.

        >>> Template(fields=("name",), html="<a * href='/x?k={plus}'>{v}</a>").element("Ann Lee", "m1")
        "<a data-eid='m1' href='/x?k=Ann+Lee'>Ann Lee</a>"
        """
        return fill(self.html.replace("*", f"data-eid='{number}'", 1), value)


class Templates(BaseModel):
    """The sentences of a file, or of a set; their form is told in `development/templates_1.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zones: tuple[str, ...]
    own: dict[Channel, tuple[Template, ...]]
    third_party: dict[Channel, tuple[Template, ...]]


@lru_cache(maxsize=2)
def load_templates(set_name: SetName = "development") -> Templates:
    """The templates that come with the package: those that rules were written beside, or those that only measure them."""
    files = [Templates.model_validate(told) for told in data_files("templates", set_name)]
    both = {
        whose: {
            channel: sum((getattr(one, whose).get(channel, ()) for one in files), ()) for channel in get_args(Channel)
        }
        for whose in ("own", "third_party")
    }
    return Templates(zones=sum((one.zones for one in files), ()), **both)


def fill(template: str, value: str) -> str:
    """The template with the value in the forms that it asks for. Other braces stay."""
    slug = "-".join(filter(None, map(plain_letters, value.split()))) or quote(value)
    first, _, rest = value.partition(" ")
    forms = {
        "{v}": html.escape(value),
        "{first}": html.escape(first),
        "{rest}": html.escape(rest),
        "{upper}": html.escape(value.upper()),
        "{percent}": quote(value, safe=""),
        "{plus}": quote_plus(value),
        "{slug}": slug,
        "{json}": html.escape(json.dumps(value)[1:-1]),
    }
    for name, form in forms.items():
        template = template.replace(name, form)
    return template


def plain(template: str, value: str) -> str:
    """The template of an event with the value in it: no markup, so nothing is escaped as such."""
    return template.replace("{v}", value).replace("{lower}", value.lower()).replace("{plus}", quote_plus(value))
