"""今日: what the owner and the office see first: four numbers, what to do next, today's orders, deadlines, stock that runs out."""
