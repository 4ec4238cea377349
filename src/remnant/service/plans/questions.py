"""What each of the five questions takes: the options of `remnant plan`, with their defaults and meanings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ask:
    """One thing that a question takes.

    Parameters
    ----------
    name, label, meaning : str
        Name of the option without its dashes, the same in words, and what it means.
    default : str
        What is taken where nothing is typed; empty where leaving it out has a meaning of its own.
    example : str
        What the form is filled in with before it is used.
    kind : str
        text, flag, many (several, parted by spaces) or pair (two, parted by a space).
    choices : tuple of str
        The only words that it may be.
    """

    name: str
    label: str
    meaning: str
    default: str = ""
    example: str = ""
    kind: str = "text"
    choices: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Question:
    """One question of the planner.

    Parameters
    ----------
    key, title, wish : str
        Its name, what it asks, and when it is asked.
    first, more : tuple of Ask
        What is seen at once, and what is folded away.
    slow : bool
        Whether it simulates, which takes a while.
    """

    key: str
    title: str
    wish: str
    first: tuple[Ask, ...]
    more: tuple[Ask, ...]
    slow: bool = False

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Everything that it takes."""
        return (*self.first, *self.more)


POWER = Ask("power", "Power", "Wished chance of success, such as 0.9 or 90%.", "0.9")
CONFIDENCE = Ask("confidence", "Confidence", "Coverage of intervals and bounds.", "0.95")
CONTROL = Ask(
    "control", "Control slides", "A control slide; repeat it for each.", "", "2/200 1/200 4/200", "many"
)
SEED = Ask("seed", "Seed", "Keys the simulation: the same seed, the same answer.", "20100909")
METHODS = ("beta-binomial", "beta-binomial-ml", "binomial", "pooled-upper-limit", "mean-plus-sd", "betainv")

NUCLEI = Question(
    "nuclei",
    "Nuclei",
    "How many nuclei exclude a clone, show it against your own cut-off, and measure it?",
    (
        Ask("clone", "Clone", "Clone of the question, such as 5%.", "", "5%"),
        CONTROL,
    ),
    (
        Ask("false_positive", "False positives", "Normal nuclei that look abnormal, without controls."),
        Ask("false_negative", "False negatives", "Nuclei of the clone that look normal."),
        Ask("correlation", "Correlation", "Of two nuclei of a slide; as controls show it."),
        Ask("purity", "Purity", "Of the sort, or its re-run: K of N inside."),
        Ask("contaminant_clone", "Clone of the contaminant", "Clone among what contaminates the sort."),
        Ask("width", "Width", "Wished width of the clone's interval.", "10%"),
        POWER,
        CONFIDENCE,
        Ask("alpha", "Alpha", "False calls that the cut-off allows.", "0.05"),
        Ask("method", "Cut-off", "From controls to cut-off.", "beta-binomial", choices=METHODS),
        Ask("most", "Most nuclei", "Most nuclei that you would score.", "2000"),
    ),
)
EVENTS = Question(
    "events",
    "Events",
    "How many cells to acquire for a rare population, and to bound the malignant part of it?",
    (
        Ask("frequency", "Frequency", "Of the population, per cell acquired, such as 1e-5.", "", "1e-5"),
        Ask("cv", "Coefficient of variation", "Wished coefficient of variation; 20% by default.", "", "20%"),
        Ask("target", "Target", "Bound malignant stem cells below this, 2e-6."),
    ),
    (
        Ask("detect", "Exceed the blank", "Plan to exceed the limit of blank.", kind="flag"),
        Ask("at_least", "At least", "Plan to see at least so many events.", unit="events"),
        Ask("lod", "Limit of detection", "Your limit of detection.", unit="events"),
        Ask("loq", "Limit of quantitation", "Your limit of quantitation.", unit="events"),
        Ask("background", "Background", "Mean events of a blank in the planned tube.", unit="events"),
        Ask(
            "blank", "Blanks", "A blank: K events of N cells; it grows with the tube. Repeat it.", kind="many"
        ),
        Ask("acquire", "Tube", "Say what a tube of so many cells does.", unit="cells"),
        Ask("concentration", "Concentration", "Of the sample, for its volume.", unit="cells per ml"),
        Ask("cells_per_second", "Speed", "Speed of acquisition; 5000.", unit="cells per second"),
        Ask("clone", "Clone", "Clone expected of the compartment; 0%."),
        Ask("recovered", "Recovered", "Sorted events that become nuclei; 50%."),
        Ask("seconds_per_nucleus", "Scoring", "To score one nucleus; 20.", unit="seconds"),
        Ask("power", "Power", POWER.meaning, "0.95"),
        CONFIDENCE,
    ),
)
WELLS = Question(
    "wells",
    "Wells",
    "Which wells at which doses measure a frequency, and what can they tell apart?",
    (
        Ask("frequency", "Frequency", "Units expected per cell, such as 1/300.", "", "1/300"),
        Ask("wells", "Wells", "Wells there are; 96 by default.", "", "96"),
        Ask(
            "between",
            "Between",
            "Frequencies that the doses must serve; 3-fold around.",
            "",
            "1/2000 1/50",
            "pair",
        ),
    ),
    (
        Ask("precision", "Precision", "Wells for limits within this factor, such as 2-fold."),
        Ask("detect", "Detect", "Wells for at least one positive, with the power.", kind="flag"),
        Ask("doses", "Doses", "Cells per well, such as 100,300,1000.", "auto"),
        Ask("clone", "Clone", "Clone's share of the units, colonies typed."),
        Ask("against", "Against", "Frequency of a second plate, to be told apart."),
        POWER,
        CONFIDENCE,
        SEED,
    ),
)
VISITS = Question(
    "visits",
    "Visits",
    "Which schedule of visits shows a recurrence of the clone before the disease is back?",
    (
        Ask("doubling", "Doubling", "Days in which the clone's odds double; 45.", "", "45", unit="days"),
        Ask("every", "Every", "Intervals to compare.", "30,60,90,180", unit="days"),
        Ask("nuclei", "Nuclei", "Nuclei of a visit to compare.", "25,50,100,200"),
    ),
    (
        Ask("slope", "Slope", "Instead: rise of its log-odds a month."),
        Ask("nadir", "Nadir", "Clone in remission; 1%."),
        Ask("relapse", "Relapse", "Clone at clinical relapse; 50%."),
        Ask("baseline", "Baseline", "Clone before treatment; 95%."),
        Ask("spread", "Spread", "Of the log doubling time between patients; 0.3."),
        Ask("control", "Control slides", "A control slide of the probe; repeat it.", kind="many"),
        Ask("probability", "Probability", "Posterior probability that a fall or a rise must reach.", "0.95"),
        POWER,
        Ask("patients", "Simulated patients", "Patients to simulate for a schedule.", "200"),
        SEED,
    ),
    slow=True,
)
PATIENTS = Question(
    "patients",
    "Patients",
    "How many patients show that stem cells are spared?",
    (
        Ask("stem", "Clone in stem cells", "Median clone in stem cells, such as 30%.", "", "10%"),
        Ask("progenitor", "Clone in progenitors", "Median clone in progenitors.", "2%"),
        Ask("nuclei_stem", "Stem nuclei", "Stem nuclei of a visit.", "20"),
        Ask("nuclei_progenitor", "Progenitor nuclei", "Progenitor nuclei of a visit.", "100"),
    ),
    (
        Ask("effect", "Effect", "Instead of --stem: its log-odds above progenitors."),
        Ask("spread", "Spread", "Of that log-odds between patients; 1."),
        Ask("level_spread", "Spread of the level", "Of the progenitors' log-odds between patients; 1."),
        Ask("visits", "Visits", "Visits in remission; their nuclei add up.", "1"),
        Ask("purity", "Purity", "Of the stem sort; 95%."),
        Ask("control", "Control slides", "A control slide of the probe; repeat it.", kind="many"),
        POWER,
        Ask("probability", "Probability", "Posterior probability from which a claim is made.", "0.95"),
        Ask("alpha", "Alpha", "Two-sided level of the classical tests.", "0.05"),
        Ask("most", "Most patients", "Most patients to look at.", "40"),
        Ask("trials", "Trials", "Trials to simulate; 400, of the joint model 60."),
        SEED,
    ),
    slow=True,
)
QUESTIONS = {question.key: question for question in (NUCLEI, EVENTS, WELLS, VISITS, PATIENTS)}
