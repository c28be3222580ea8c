"""Reports: the daily order report for any range of days; each number opens its orders."""
