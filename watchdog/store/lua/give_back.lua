-- ARGV: member, token, generation that was claimed, ms until it is due again.
local set, now = due_set(1), now_ms()
local member = ARGV[1]
if not holds(set, member, ARGV[2]) then
  return 0
end
local at_once = tonumber(ARGV[4]) == 0 or generation_of(set, member) ~= tonumber(ARGV[3])
redis.call('ZADD', set.due, at_once and now or now + ARGV[4], member)
end_lease(set, member)
if at_once then
  wake()
end
return 1
