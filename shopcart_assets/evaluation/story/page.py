"""Stories for a browser: one HTML file that needs nothing else. Everything that is not ours is escaped by the template."""

from collections.abc import Mapping

from shopcart_assets.evaluation.story.text import MARKS, summary
from shopcart_assets.evaluation.story.told import Story


def as_html(stories: Mapping[str, Story]) -> str:
    """A page with these stories under their headings. Equal stories give equal bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("shopcart_assets.evaluation.story", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["summary"] = summary
    return environment.get_template("page.html.j2").render(stories=stories, marks=MARKS)
