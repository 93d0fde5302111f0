from shopcart_assets.platform.actions import Click, TypeAndSubmit
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.render import LEFT_OUT, block, in_words

HTML = "<ul><li><a name='red_mug.view'>Red mug</a> $9.99 4.5 stars</li><li>more</li></ul>"
CLICK = Step(Click("red_mug.view"), "Results for mug", HTML)


def test_a_page_is_shown_whole_or_as_a_digest_or_left_out() -> None:
    action = '{"type": "click", "name": "red_mug.view"}'

    assert block(2, CLICK, None) == f"Step 2\nContext:\n{HTML}\nAction:\n{action}"
    assert block(2, CLICK, 28) == (
        'Step 2\nPage: Results for mug\nSeen: Red mug $9.99 4.5 stars\nAction: clicked "Red mug"'
    )
    assert block(2, CLICK, None, is_left_out=True) == f"Step 2\nContext:\n{LEFT_OUT}\nAction:\n{action}"
    assert HTML not in block(2, CLICK, 28, is_left_out=True)


def test_what_is_not_known_is_said() -> None:
    unknown = block(1, Step(None, "", ""), None)

    assert "(no page recorded)" in unknown and "something else" in unknown


def test_an_action_is_told_by_the_words_on_the_page() -> None:
    assert in_words(CLICK) == 'clicked "Red mug"'
    assert in_words(Step(Click("a.go_back"), "", "<p>")) == 'clicked "go back"'
    assert in_words(Step(TypeAndSubmit("search", "mug " * 99), "", "")) == 'typed "' + "mug " * 11 + 'mug"'
