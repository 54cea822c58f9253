-- ARGV: token, lease in ms, how many leases that ran out are given back at most.
-- Returns false, or member, generation, now, expired leases, hints.
local set, now = due_set(1), now_ms()
local gone = redis.call('ZRANGEBYSCORE', set.leased, '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for index = 1, #gone, 2 do
  expire(set, gone[index], tonumber(gone[index + 1]))
end
local member = redis.call('ZRANGEBYSCORE', set.due, '-inf', now, 'LIMIT', 0, 1)[1]
if not member then
  return false
end
redis.call('ZADD', set.leased, now + ARGV[2], member)
redis.call('HSET', set.tokens, member, ARGV[1])
redis.call('ZREM', set.due, member)
local hints = {}
for index, hint in ipairs(read_hints(set, member)) do
  hints[index] = hint[2]
end
local expired = tonumber(redis.call('HGET', set.expired, member) or 0)
return {member, generation_of(set, member), now, expired, hints}
