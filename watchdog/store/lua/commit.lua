-- ARGV: member, token, lease in ms, then what write_and_announce reads. Returns 0 for a stale token.
local set, now = due_set(1), now_ms()
if not holds(set, ARGV[1], ARGV[2]) then
  return 0
end
-- First of all: if the server refuses to write (memory, disk), it does so here, with nothing done.
redis.call('ZADD', set.leased, now + ARGV[3], ARGV[1])
if write_and_announce(4, now) > 0 then
  wake()
end
return 1
