-- ARGV: lease in ms, then member, token, and so on. Returns 1 for each that is still held, else 0.
local set, now, held = due_set(1), now_ms(), {}
for index = 2, #ARGV, 2 do
  local mine = holds(set, ARGV[index], ARGV[index + 1])
  if mine then
    redis.call('ZADD', set.leased, now + ARGV[1], ARGV[index])
  end
  held[#held + 1] = mine and 1 or 0
end
return held
