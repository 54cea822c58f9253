-- ARGV: member, delay in ms, and so on. A leased member is to be looked at again afterwards.
local set, now, at_once = due_set(1), now_ms(), false
for index = 1, #ARGV, 2 do
  local member, delay = ARGV[index], tonumber(ARGV[index + 1])
  if redis.call('ZSCORE', set.leased, member) then
    redis.call('HINCRBY', set.generations, member, 1)
  else
    due_by(set, member, now + delay)
    at_once = at_once or delay == 0
  end
end
if at_once then
  wake()
end
