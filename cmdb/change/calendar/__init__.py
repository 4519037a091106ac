"""The calendar of change: freezes, peaks, maintenance windows and capacities, what recurs, in and out."""
