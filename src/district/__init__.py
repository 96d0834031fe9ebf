"""The district itself: areas, staff and their roles, sign-ins, the working-day calendar. Pure."""
