"""The look of every page: shells, form templates, components, problem pages, and the lint that keeps templates honest."""
