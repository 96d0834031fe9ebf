"""One file per source file, whole journeys, golden stored forms, and faults."""
