"""A cohort on disk: streamed, resumed, summarised."""
