"""The word banks of the benchmark handbook: no input; out come topics, themes and sentence frames.

`<slot>` in a frame is filled by `prose.py`. Frames hold no modal verb (a duty prints `{{ modal }}`)
and none of the words that belong to the terms and roles of an organisation.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What one policy is about, in the forms that the frames need."""

    id: str
    title: str
    matter: str
    event: str
    events: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What one clause is about; a theme without a strength opens with a statement."""

    id: str
    title: str
    strength: str | None
    openings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section that policies can have, with the themes of its clauses."""

    id: str
    title: str
    themes: tuple[Theme, ...]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _topic(line: str) -> Topic:
    title, matter, event, events, record = _cells(line)
    return Topic(
        id=title.lower().replace(" ", "-"),
        title=f"{title} policy",
        matter=matter,
        event=event,
        events=events,
        record=record,
    )


def _section(identifier: str, title: str, text: str) -> Section:
    """The section; a line with bars begins a theme, the lines after it are its openings."""
    themes: list[Theme] = []
    for line in _lines(text):
        if "|" in line:
            theme_id, theme_title, strength = _cells(line)
            spoken = None if strength == "says" else strength
            themes.append(Theme(id=theme_id, title=theme_title, strength=spoken, openings=()))
        else:
            themes[-1] = replace(themes[-1], openings=(*themes[-1].openings, line))
    return Section(id=identifier, title=title, themes=tuple(themes))


TOPICS = tuple(
    _topic(line)
    for line in _lines("""
    Attendance | attendance | an absence | absences | the attendance register
    Behaviour | behaviour | a behaviour incident | behaviour incidents | the behaviour log
    Admissions | admissions | an application | applications | the admissions list
    Anti-bullying | bullying prevention | a bullying report | bullying reports | the bullying log
    First aid | first aid | an injury | injuries | the accident book
    Fire safety | fire safety | a fire drill | fire drills | the fire log
    Educational visits | educational visits | a visit | visits | the visits planner
    Data protection | data protection | a data breach | data breaches | the breach log
    Online safety | online safety | an online incident | online incidents | the online incident log
    Safeguarding | safeguarding | a safeguarding concern | safeguarding concerns | the concerns file
    Acceptable use | the use of computers | a misuse report | misuse reports | the equipment log
    Access plan | access plan | a barrier to access | barriers to access | the access plan
    Allergy safety | allergy safety | an allergic reaction | allergic reactions | the allergy list
    Appraisal | appraisal | an appraisal meeting | appraisal meetings | the appraisal file
    Asbestos | asbestos safety | a damage report | damage reports | the asbestos survey
    Assessment | assessment | an assessment | assessments | the markbook
    Breakfast club | the breakfast club | a late booking | late bookings | the club register
    Business continuity | business continuity | a closure | closures | the continuity plan
    Capability | capability | a support meeting | support meetings | the support plan
    Catering | catering | a kitchen inspection | kitchen inspections | the kitchen log
    Cameras on site | the use of cameras | a footage request | footage requests | the footage log
    Charging | charging and remission | a refund request | refund requests | the charges ledger
    Code of conduct | conduct at work | a conduct concern | conduct concerns | the conduct file
    Complaints | complaints | a complaint | complaints | the complaints register
    Contractors on site | contractors | a contractor visit | contractor visits | the permit book
    Curriculum | the curriculum | a curriculum change | curriculum changes | the curriculum map
    Display screens | screen work | a workstation check | workstation checks | the workstation file
    Early reading | early reading | a reading check | reading checks | the reading record
    Equality | equality | an equality concern | equality concerns | the equality log
    Examinations | examinations | a clash of papers | clashes of papers | the examinations file
    Expenses | expenses | an expense claim | expense claims | the claims ledger
    Finance | finance | an order | orders | the order book
    Flexible working | flexible working | a working pattern | working patterns | the request file
    Gifts and hospitality | gifts | an offer of a gift | offers of gifts | the gifts register
    Grievance | grievances | a grievance | grievances | the grievance file
    Health and safety | health and safety | a near miss | near misses | the hazard log
    Homework | homework | a missed task | missed tasks | the homework planner
    Induction | induction | an induction meeting | induction meetings | the induction checklist
    Infection control | infection control | an outbreak | outbreaks | the illness log
    Intimate care | intimate care | a care session | care sessions | the care log
    Lettings | lettings | a booking | bookings | the lettings diary
    Leave of absence | leave of absence | a leave request | leave requests | the leave calendar
    Lockdown | lockdown | a lockdown drill | lockdown drills | the drill log
    Lone working | lone working | a lone shift | lone shifts | the lone working log
    Manual handling | lifting and carrying | a heavy lift | heavy lifts | the handling plan
    Medicines | medicines | a dose | doses | the medicines chart
    Mental health | mental health | a request for support | requests for support | the support log
    Minibus | the minibus | a journey | journeys | the vehicle log
    Mobile phones | mobile phones | a confiscation | confiscations | the phone log
    Physical education | physical education | a sports injury | sports injuries | the fixtures book
    Premises security | site security | a security alert | security alerts | the key register
    Procurement | procurement | a purchase | purchases | the contracts register
    Recruitment | recruitment | a vacancy | vacancies | the central record
    Remote learning | remote learning | a remote lesson | remote lessons | the lesson tracker
    Risk assessment | risk assessment | a new hazard | new hazards | the risk register
    Science safety | safety in science | a spillage | spillages | the chemical store list
    Swimming | swimming | a swimming session | swimming sessions | the poolside sheet
    Uniform | uniform | a uniform query | uniform queries | the uniform list
    Volunteering | volunteering | a volunteer day | volunteer days | the volunteer list
    Whistleblowing | whistleblowing | a disclosure | disclosures | the disclosures file
    """)
)

# A handbook of more than sixty policies has each topic again for a part of the organisation's work.
PARTS = (
    "early years",
    "sixth form",
    "nursery",
    "holiday club",
    "evening classes",
    "residential",
    "central team",
    "outreach",
    "specialist unit",
    "alternative provision",
)

SECTIONS = (
    _section(
        "introduction",
        "Aims and scope",
        """
        why-this-matters | Why this matters | says
            Good practice in <matter> protects children and adults alike.
            People do their best work in <matter> when the rules are plain.
            Everyone on site has a part in <matter>.
        what-we-mean | What the words mean | says
            Here <event> means one that happens on site, on a journey or online.
            The word <events> covers the large and the small.
        what-is-covered | What is covered | says
            These rules cover <events> on site, off site and online.
            The rules on <matter> apply all year, in and out of term.
        who-is-covered | Who is covered | says
            The rules on <matter> reach paid colleagues, volunteers and trainees.
            Everyone who works here, for an hour or for a year, follows these rules on <matter>.
        how-to-read-this | How to read these rules | should
            read the rules on <matter> before <event> happens
            look here first when <event> raises a question
        fair-for-all | Fair for everyone | must
            treat people fairly when dealing with <events>
            make decisions about <event> on the facts
        act-in-good-faith | Acting in good faith | must
            act honestly in all that concerns <matter>
            give a full and honest account of <event>
        limits-of-this-policy | What is left out | says
            These rules leave out matters that another document settles.
            Pay, contracts and notice lie outside these rules on <matter>.
        """,
    ),
    _section(
        "people",
        "Who does what",
        """
        named-lead | A named lead | says
            One named person leads on <matter> and a second stands in.
            Leadership of <matter> rests with one person at a time.
        every-adult | What every adult does | must
            know who leads on <matter>
            know where to find <record>
        team-leaders | What team leaders do | should
            raise <matter> in team meetings at least once a term
            walk through a worked example of <event> with the team
        stand-in | When the lead is away | must
            tell the stand-in about <event> when the lead is away
            leave clear handover notes about <events>
        visitors-and-helpers | Visitors and helpers | must
            explain the rules on <matter> to visitors
            show helpers where <record> is kept
        no-acting-alone | Nobody acts alone | must not
            settle <event> alone
            carry out an inquiry into <event> alone
        conflicts | Conflicts of interest | must
            declare a personal link with anyone involved in <event>
            step back from <event> that involves a friend or relative
        saying-thanks | Giving credit | may
            thank colleagues in public for good work on <matter>
            share good examples from <matter> with other teams
        """,
    ),
    _section(
        "practice",
        "Day to day",
        """
        before-you-start | Before starting | must
            check the plan before <event>
            look at <record> before the day begins
        on-the-day | On the day | must
            deal with <event> calmly and in good order
            keep to the agreed steps during <event>
        no-short-cuts | No short cuts | must not
            skip a step because time is short
            leave a step of the plan to chance
        asking-first | Asking first | should
            ask a colleague before handling <event> for the first time
            ask for a second opinion when <event> is unusual
        keeping-calm | Keeping calm | should
            speak quietly and plainly during <event>
            give people room and time during <event>
        sharing-the-plan | Sharing the plan | should
            share the plan for <matter> with the whole team
            go over the plan for <event> together
        tidy-finish | Finishing well | must
            finish the notes on <event> before leaving
            return borrowed items after <event>
        equipment | Looking after equipment | must
            report damaged equipment linked with <matter>
            check equipment before <event>
        out-of-hours | Evenings and weekends | should not
            deal with <event> from a private account
            start work on <event> late at night
        children-first | Children come first | must
            put the safety of children first during <event>
            stop <event> that puts a child at risk
        """,
    ),
    _section(
        "records",
        "Records and information",
        """
        writing-it-down | Writing it down | must
            write <event> in <record>
            enter <event> in <record> in plain words
        what-to-write | What to write | must
            record the facts of <event> and leave opinion out
            note who saw <event> and when
        keeping-it-private | Keeping it private | must not
            talk about <event> where others can hear
            leave <record> open on a desk
        sharing-information | Sharing information | should
            share news of <event> with those who work on it
            pass on news of <event> in person where possible
        correcting-mistakes | Correcting mistakes | must
            correct a mistake in <record> with a dated note
            keep the first entry in <record> legible
        safe-storage | Safe storage | must
            lock <record> away at the end of the day
            store papers about <event> in the agreed folder
        requests-to-see | Requests to see a record | must
            pass on a request to see <record>
            log a request for papers about <event>
        clearing-out | Clearing out old papers | should
            clear out old papers about <events> once a year
            shred spare copies of <record>
        photographs | Photographs and film | must not
            keep photographs of <event> on a private phone
            copy film of <event> for private use
        """,
    ),
    _section(
        "concerns",
        "When something goes wrong",
        """
        first-response | The first response | must
            make the area safe before anything else
            stay with anyone hurt or upset by <event>
        reporting | Reporting a problem | must
            report <event> that goes wrong
            report a breach of the rules on <matter>
        no-blame | Speaking up safely | must not
            punish anyone who speaks up about <matter>
            discourage a report about <event>
        looking-into-it | Looking into it | must
            look into <event> promptly and fairly
            hear every side of <event>
        telling-others | Telling others | should
            tell those affected by <event> what happens next
            offer those affected by <event> a named contact
        putting-it-right | Putting it right | should
            agree a fair way to put <event> right
            follow up <event> after two weeks
        learning-lessons | Learning from it | should
            discuss what <event> teaches the team
            change the plan after <event> if the plan fell short
        urgent-cases | Urgent cases | must
            call for help at once when <event> puts life at risk
            treat <event> with injuries as urgent
        """,
    ),
    _section(
        "training",
        "Training and advice",
        """
        starting-out | Starting out | must
            read these rules on <matter> in the first week
            complete the short course on <matter> before working alone
        every-year | Every year | must
            refresh what they know about <matter> each autumn
            attend the yearly session on <matter>
        extra-training | Extra training | may
            ask for extra training in <matter>
            shadow an experienced colleague during <event>
        asking-for-advice | Asking for advice | should
            ask for advice about <event> early
            seek advice on <matter> before a doubt becomes a problem
        useful-guides | Useful guides | says
            A one-page guide to <matter> sums up the rules.
            Short guides to <events> are kept beside <record>.
        practice-runs | Practice runs | should
            rehearse <event> twice a year
            walk through the plan for <event> each term
        training-records | A record of training | must
            sign the training sheet after a session on <matter>
            keep proof of training in <matter>
        sharing-skills | Sharing skills | advised
            share useful skills in <matter> with others
            offer tips on <events> at team meetings
        """,
    ),
    _section(
        "review",
        "Checking and review",
        """
        spot-checks | Spot checks | must
            take part in spot checks of <record>
            answer questions about <events> during a check
        looking-for-patterns | Looking for patterns | should
            look for patterns in <record> each term
            compare <events> from term to term
        asking-people | Asking what people think | should
            ask people what they think about <matter>
            gather views on <events> once a year
        acting-on-findings | Acting on findings | must
            act on what a check of <matter> finds
            finish agreed actions on <matter> by the agreed date
        good-measures | How success is judged | says
            Fewer repeated <events> are one sign of success.
            Success in <matter> shows in complete and timely notes.
        suggesting-changes | Suggesting changes | may
            suggest changes to these rules on <matter>
            propose a better way to handle <events>
        old-copies | Old copies | should not
            rely on an old copy of these rules
            print more copies of <record> than the team uses
        review-dates | When these rules are reviewed | says
            These rules on <matter> are reviewed {{ review.cycle }}, and next in {{ review.next }}.
        outside-help | Help from outside | may
            invite an outside adviser to look at <matter>
            ask a partner to review <events>
        """,
    ),
)

FRAMES = _lines("""
    Without this, <risk> and <risk>.
    It works best when <benefit> and <benefit>.
    <Note> <when> is worth more than a long report later.
    The aim is simple: <benefit>.
    <People> who are unsure speak to someone in charge <when>.
    A good entry gives <detail>, <detail> and <detail>.
    If <risk>, the team looks again at <task>.
    <People> often notice <event> first, so their view counts.
    This applies equally to <people>, <people> and <people>.
    Notes about <events> are kept <place>.
    The usual time for <task> is <when>.
    <Task> is part of this, and so is <task>.
    Experience of <events> shows that <benefit>.
    Most <events> are settled <when> with <note>.
    Where <risk>, the reason is nearly always a gap in <task>.
    A <quality> and <quality> reply is better than a quick one.
    <People> keep <detail> to hand during <event>.
    Plain words help: <note> that anyone can follow is enough.
    Nobody loses out by raising <event> early.
    The rule holds in the same way for <people> and for <people>.
    In <matter>, <quality> habits grow from small steps such as <task>.
    Two things matter most here: <detail> and <detail>.
    Anyone who finds <record> incomplete says so <when>.
    This takes a few minutes and means that <benefit>.
    <Note> is enough to reach the right person <when>.
    A delay is explained in <record>, with <detail>.
    When <events> overlap, the more serious one comes first.
    The tone stays <quality>, even when <risk>.
    <People> new to <matter> work beside an experienced colleague at first.
    Copies are kept <place> and nowhere else.
    Doubts about <matter> are normal, and asking is a strength.
    A <quality> account of <event> separates fact from opinion.
    <Task> on its own is not enough when <risk>.
    Small signs matter, because they show where <risk>.
    The same care applies to <event> away from the site.
    Once <detail> and <detail> are known, the rest follows.
    <People> share this work, so that <benefit>.
    Over a year, <record> shows whether <benefit>.
    Time for <task> is set aside <when>.
    A second pair of eyes on <record> means that <benefit>.
    The plan names <detail>, so that <benefit>.
    Where <event> involves several teams, <note> goes to each of them.
    It is not a test: the point is that <benefit>.
    Past <events> give the best guide to the next one.
    A message about <event> stays <quality> and gives only <detail>.
    Every entry in <record> shows <detail>.
    <People> find the latest form <place>.
    If the answer is not clear, <note> to the lead settles the matter.
    Progress in <matter> is mostly a question of <task> done well.
    Nothing here stops <people> from calling for help.
    A change of plan is shared <when>, with <detail>.
    What begins as <quality> practice soon becomes a habit.
    The team talks about <events> <when> and agrees on <detail>.
    Care over <detail> now saves hours of work later.
    Where two rules on <matter> seem to differ, the safer one applies.
    <People> read <record> <when>, with an eye for <detail>.
    """)

VALUE_FRAMES = _lines("""
    <Organisation> keeps <record> <place>, where <people> can find it.
    <Learners> hear about <matter> in words that they understand.
    <Families> receive <note> after <event>.
    <Governing> asks for a summary of <events> every term.
    Questions about <matter> go to the <role>.
    At <org>, the team discusses <events> <when>.
    The <role> reads <record> <when>.
    <Staff> tell the <role> when <risk>.
    <Organisation> tells <families> how <matter> works and whom to ask.
    The <role> and the <role> look at <events> together.
    No <learner> is singled out because of <event>.
    <Families> who have a question about <matter> can speak to the <role>.
    <Governing> and the <role> agree how <events> are reported.
    <Learners> help to shape the rules on <matter> through their council.
    <Staff> at <org> can expect <quality> advice about <matter>.
    The calendar of <organisation> shows the dates for <task>.
    In a dispute about <event>, the <role> decides after hearing both sides.
    When <event> affects a <learner>, the adult at home hears <when>.
    <Group> sets the frame for <matter>, and <organisation> fills it in.
    This {{ document.kind }} asks <staff> to treat <events> alike.
    <Org> shares what it learns about <matter> with its neighbours.
    The <role> keeps <detail> and passes them to <governing> on request.
    """)

LAW_FRAMES = _lines("""
    <law> sets out the duties behind this rule.
    The background to this is in <law>.
    Decisions about <event> take account of <law>.
    <law> matters here, because <matter> touches on people’s rights.
    """)

CLAUSE_LINK_FRAMES = _lines("""
    See also <link>.
    More about this is in <link>.
    This goes hand in hand with <link>.
    For the step that follows, turn to <link>.
    """)

POLICY_LINK_FRAMES = _lines("""
    The wider picture is in <link>.
    Where the two meet, <link> gives the detail.
    Read this beside <link>.
    """)

LIST_LEADS = _lines("""
    In practice this means:
    A good record of <event> includes:
    The following points help with <matter>:
    For <events>, the checklist is short:
    Those involved in <event> look for:
    The team agrees on these points <when>:
    """)

STEP_LEADS = _lines("""
    The usual order is:
    <Event> is handled in this order:
    These steps follow one another:
    """)

TABLE_LEADS = _lines("""
    The table shows who looks at what, and when.
    The table sums up the timing for <events>.
    This table is a quick guide to <matter>.
    """)

ADDED_TITLES = _lines("""
    Our own arrangement for <events>
    How we handle <events> here
    Our local note on <matter>
    What we ask about <events>
    """)

SUBJECTS = (
    "Colleagues",
    "All colleagues",
    "Adults on site",
    "Team members",
    "People who work here",
    "Those on duty",
)

REASONS = _lines("""
    The local team agreed this wording in the spring.
    Our site has two entrances, so the steps differ.
    This was agreed with union representatives.
    We share a building with a nursery.
    Our day starts earlier than most.
    The point is made in another of our documents.
    """)

STEPS = _lines("""
    check <detail>
    tell a colleague <when>
    follow up with <note> <when>
    add <detail> to <record>
    agree <detail> with those involved
    put the papers <place>
    look again at <task> <when>
    thank those who helped
    make sure that <benefit>
    set a date to look at <event> again
    """)

BULLETS = _lines("""
    <detail>
    <detail> and <detail>
    any sign that <risk>
    a plan for <task>
    <note> <place>
    time for <task>
    proof that <benefit>
    the view of <people>
    """)

# One bank for each slot that every topic shares.
SLOTS = {
    "when": _lines("""
        on the same day
        before the end of the morning
        as soon as it is safe
        within one working day
        before going home
        at the start of the next session
        by the end of the week
        at the first quiet moment
        during the next team meeting
        in the first week of term
        at the end of each half term
        before the next break
        within two working days
        straight after registration
        """),
    "people": _lines("""
        volunteers
        visitors
        new starters
        team leaders
        supply colleagues
        contractors
        lunchtime supervisors
        office colleagues
        adults on duty
        tutors
        trainees
        cleaners and caretakers
        club leaders
        agency workers
        """),
    "place": _lines("""
        in the main office
        at the reception desk
        on the shared drive
        in the workroom
        in the locked cabinet
        beside the notice board
        in the meeting room
        in the team folder
        at the site office
        in the secure archive
        """),
    "note": _lines("""
        a short note
        a dated entry
        a signed form
        a brief email
        a short letter
        a written reply
        a simple list
        a one-page summary
        a phone call
        a clear message
        """),
    "detail": _lines("""
        the date and time
        the names of those present
        the words that were used
        the agreed next step
        the place
        the reason for each decision
        the people already told
        the action taken
        the time it ended
        the things still to do
        the name of the writer
        the views of those involved
        """),
    "risk": _lines("""
        details are forgotten
        two people act on different facts
        a small problem grows
        help comes late
        a child waits longer for support
        the same question is asked twice
        nobody knows who is in charge
        rumours take the place of facts
        a deadline passes unseen
        the picture stays incomplete
        good work goes unseen
        the wrong person is told
        a promise is broken
        somebody feels left out
        """),
    "benefit": _lines("""
        people know what to expect
        help arrives sooner
        the next person can carry on
        patterns come to light early
        each decision can be explained
        nobody is asked twice
        everyone is treated alike
        small problems stay small
        time goes where it counts
        the same question gets the same answer
        children feel safe
        mistakes are put right quickly
        the team learns from each case
        new colleagues settle in faster
        """),
    "quality": _lines("""
        calm
        clear
        fair
        careful
        prompt
        patient
        polite
        steady
        thorough
        thoughtful
        """),
    "task": _lines("""
        checking the list
        reading the notes
        planning the week
        handing over
        locking up
        greeting visitors
        preparing the room
        sorting the post
        updating the timetable
        talking to the team
        caring for equipment
        keeping the diary
        """),
}

NAME_STARTS = _lines("""
    Alder
    Birch
    Cobble
    Dunning
    Elm
    Farring
    Gorse
    Hazel
    Inning
    Juniper
    Kestrel
    Larks
    Mallow
    Nettle
    Orchard
    Pippin
    Quarry
    Rowan
    Sorrel
    Thistle
    Umber
    Vetch
    Willow
    Yarrow
    """)
NAME_ENDS = _lines("""
    stead
    wick
    combe
    thwaite
    holme
    mere
    den
    garth
    shaw
    croft
    """)
NAME_KINDS = ("Primary School", "High School", "Infant School", "Junior School", "Academy")
FIRST_NAMES = (
    "Asha",
    "Ben",
    "Carys",
    "Dev",
    "Ewa",
    "Femi",
    "Grace",
    "Hugh",
    "Ines",
    "Jon",
    "Kofi",
    "Lena",
)
LAST_NAMES = (
    "Brook",
    "Carter",
    "Dale",
    "Ellis",
    "Fern",
    "Grant",
    "Hale",
    "Iqbal",
    "Jarvis",
    "Kaur",
    "Lowe",
)
