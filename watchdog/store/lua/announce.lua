-- ARGV: member, then a hint or nothing.
announce(due_set(1), ARGV[1], now_ms(), ARGV[2])
wake()
