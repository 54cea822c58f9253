-- ARGV: member, token, lease in ms, generation that was claimed, ms until it is due again or an
-- empty string, 1 to keep the hints, then what write_and_announce reads. Returns 0 for a stale token.
local set, now = due_set(1), now_ms()
local member, claimed, again_in = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
if not holds(set, member, ARGV[2]) then
  return 0
end
-- First of all: if the server refuses to write (memory, disk), it does so here, with nothing done.
redis.call('ZADD', set.leased, now + ARGV[3], member)
local announced = write_and_announce(7, now)
local moved = generation_of(set, member) ~= claimed
if moved then
  redis.call('ZADD', set.due, now, member)
elseif again_in then
  redis.call('ZADD', set.due, now + again_in, member)
end
if not moved then
  redis.call('HDEL', set.generations, member)
end
if ARGV[6] == '0' then
  forget_considered_hints(set, member, claimed)
else
  renumber_hints(set, member)
end
redis.call('HDEL', set.expired, member)
end_lease(set, member)
if moved or announced > 0 then
  wake()
end
return 1
