"""What stands around canvas and panels: start page, menus, tabs, notices, settings, and the keeping of work."""
