"""Pages: what people look at; requests become view models of `app.presentation.pages`, with no logic of its own."""
