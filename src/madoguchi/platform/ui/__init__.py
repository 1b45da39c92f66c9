"""What every page is made of: shells, form fields, components, error pages."""
