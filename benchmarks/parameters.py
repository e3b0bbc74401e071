"""The kinds of question that a benchmark policy asks: no input; the bank comes out.

The first answer of a kind is the group's; when schools answer for themselves, they take turns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from yaml_text import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A parameter before it belongs to a policy, with the text that prints it."""

    id: str
    question: str
    facts: Mapping[str, Value]
    answers: tuple[Value, ...]
    text: str
    local: bool = False
    """Each school answers; the group says nothing."""
    may_vanish: bool = False
    """A silent answer leaves the clause out."""


NEIGHBOUR = "neighbour"
"""Stands for the id of another policy of the handbook in the answer of a `titles` parameter."""

KINDS = (
    Kind(
        id="report_within",
        question="How soon does news of <event> reach the lead?",
        facts={
            "type": "choice",
            "choices": {
                "same-day": {"words": "on the same day"},
                "next-day": {"words": "by the end of the next working day"},
                "two-days": "within two working days",
            },
        },
        answers=("same-day", "next-day", "two-days"),
        text="News of <event> reaches the <role> {{ answer.report_within }}.",
    ),
    Kind(
        id="check_weeks",
        question="How many weeks lie between two checks of <record>?",
        facts={"type": "number", "min": 2, "max": 12},
        answers=(4, 2, 3, 6),
        text="The <role> looks through <record> every {{ answer.check_weeks | words }} weeks.",
    ),
    Kind(
        id="lead_role",
        question="Who leads on <matter>?",
        facts={"type": "role"},
        answers=("head", "dsl", "office"),
        text="The {{ answer.lead_role }} leads on <matter> and answers questions about it.",
    ),
    Kind(
        id="meeting_places",
        question="Where do talks about <events> take place?",
        facts={
            "type": "choices",
            "choices": {
                "office": "in a private office",
                "meeting-room": "in the meeting room",
                "outside": "outdoors, out of earshot",
                "call": "by telephone",
            },
        },
        answers=(("office", "meeting-room"),),
        text="Talks about <events> take place {{ answer.meeting_places | any }}.",
    ),
    Kind(
        id="examples",
        question="Which examples of <events> do you give?",
        facts={"type": "lines"},
        answers=(
            (
                "A first report from a visitor",
                "A second case within a week",
                "A case that involves travel",
            ),
            ("A case that begins online", "A case that a neighbour sees"),
        ),
        text="These examples show what counts:\n\n{{ answer.examples | bullets }}",
    ),
    Kind(
        id="log_name",
        question="What do you call the place for daily notes on <matter>?",
        facts={"type": "text"},
        answers=("the blue folder", "the daybook", "the shared notes page", "the duty diary"),
        text="Daily notes on <matter> sit in {{ answer.log_name }}.",
        local=True,
    ),
    Kind(
        id="visitors",
        question="How do visitors move about the site during <event>?",
        facts={
            "type": "choice",
            "choices": {
                "freely": {"words": "with a badge"},
                "escorted": {"words": "with an escort"},
                "never": {"words": "not at all"},
            },
        },
        answers=("escorted", "freely", "never"),
        text=(
            "During <event> visitors move about the site {{ answer.visitors }}."
            ' {% if answer.visitors == "escorted" %}The escort meets them at the gate'
            " and stays until they leave."
            "{% else %}The front desk explains this on arrival and answers questions.{% endif %}"
        ),
    ),
    Kind(
        id="own_device",
        question="Are personal devices used for notes about <events>?",
        facts={
            "type": "choice",
            "silent": "Nothing is said about personal devices.",
            "choices": {
                "allowed": {"words": "are welcome"},
                "banned": {"words": "stay switched off"},
            },
        },
        answers=("banned", "allowed", "silent"),
        text=(
            "Notes about <events> belong in <record>."
            "{% if answer.own_device %} During <event>, personal devices {{ answer.own_device }}."
            "{% endif %}"
        ),
    ),
    Kind(
        id="told_roles",
        question="Who hears about <event> as a matter of course?",
        facts={"type": "roles"},
        answers=(("head", "office"), ("head", "dsl", "senco")),
        text="News of <event> goes to the {{ answer.told_roles | all }}.",
    ),
    Kind(
        id="related",
        question="Which documents is this one read with?",
        facts={
            "type": "titles",
            "choices": {
                "conduct": {"words": "code of conduct"},
                "welfare": {"words": "welfare policy"},
                "handbook": {"words": "another policy of this handbook"},
            },
        },
        answers=(
            {
                "conduct": "Code of Conduct for Adults",
                "welfare": {"title": "Welfare Policy", "url": "https://example.org/welfare"},
                "handbook": {"policy": NEIGHBOUR},
            },
        ),
        text="These documents belong with the rules on <matter>:\n\n{{ answer.related | bullets }}",
    ),
    Kind(
        id="platforms",
        question="Where does public news about <matter> appear?",
        facts={
            "type": "choices",
            "choices": {
                "facebook": {"platform": "facebook"},
                "x": {"platform": "x"},
                "youtube": {"platform": "youtube"},
            },
        },
        answers=(("facebook", "x"),),
        text=(
            "Public news about <matter> appears on {{ answer.platforms | any }} and nowhere else."
            ' The account on {{ platform["facebook"] }} is the oldest.'
        ),
    ),
    Kind(
        id="hold_years",
        question="For how many years do you keep <record>?",
        facts={"type": "number", "min": 2, "max": 25},
        answers=(6, 3, 7, 10),
        text="Entries in <record> stay on file for {{ answer.hold_years | words }} years.",
    ),
    Kind(
        id="local_note",
        question="What else do people on your site know about <matter>?",
        facts={"type": "text", "silent": "There is nothing to add.", "live": True},
        answers=(
            "the side gate closes at nine",
            "silent",
            "the hall is free on Tuesdays",
            "the lift key hangs at reception",
        ),
        text="One point is worth knowing for <event>: {{ answer.local_note }}.",
        local=True,
        may_vanish=True,
    ),
    Kind(
        id="first_contacts",
        question="Whom do people contact first about <event>?",
        facts={"type": "roles"},
        answers=(("dsl", "head"), ("office", "dsl")),
        text="These people can help with <event>:\n\n{{ answer.first_contacts | contacts }}",
    ),
    Kind(
        id="sessions",
        question="When are the advice sessions on <matter>?",
        facts={
            "type": "choices",
            "choices": {
                "early": {"words": "before the working day"},
                "noon": {"words": "at midday"},
                "late": {"words": "after the working day"},
            },
        },
        answers=(("early", "noon"),),
        text=(
            "Advice sessions on <matter> run {{ answer.sessions | all }}."
            '{% if "early" in answer.sessions %} Breakfast comes with the first.{% endif %}'
        ),
    ),
    Kind(
        id="first_steps",
        question="What are the first steps in <event>?",
        facts={"type": "lines"},
        answers=(
            ("Stop and look", "Call for help", "Stay until help comes"),
            ("Pause", "Tell the office", "Write it down"),
        ),
        text=(
            "The first steps are these.{% for item in answer.first_steps %} {{ item }}.{% endfor %}"
        ),
    ),
    Kind(
        id="basis",
        question="Which laws do you name as the basis for <matter>?",
        facts={
            "type": "choices",
            "choices": {
                "data": {"law": "dpa-2018"},
                "equality": {"law": "eqa-2010"},
                "work": {"law": "hswa-1974"},
            },
        },
        answers=(("data", "equality"),),
        text="The rules on <matter> rest on {{ answer.basis | all }}.",
    ),
)
