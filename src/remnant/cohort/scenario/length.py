"""How long something lasts, in words."""


def years_in_words(years: float) -> str:
    """Say a number of years.

    Examples
    --------
    >>> years_in_words(1.0), years_in_words(0.5)
    ('1 year', '0.5 years')
    """
    return f"{years:g} year{'' if years == 1 else 's'}"
