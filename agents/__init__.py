"""The three stages, each the story of one event, over ports; they know no Faust."""
