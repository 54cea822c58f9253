-- Keeps one body and makes room for it: what is too old goes, then the oldest.
-- KEYS: bodies, ages, size. ARGV: digest, body, how long a body is kept in ms, bytes in all.
local kept_ms, most = tonumber(ARGV[3]), tonumber(ARGV[4])
-- Ages are in microseconds: two bodies put within one millisecond are still told apart.
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local too_old = string.format('%.0f', now_us - kept_ms * 1000)

local function drop(digest)
  local size = redis.call('HSTRLEN', KEYS[1], digest)
  redis.call('HDEL', KEYS[1], digest)
  redis.call('ZREM', KEYS[2], digest)
  return redis.call('DECRBY', KEYS[3], size)
end

drop(ARGV[1])
for _, digest in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', too_old)) do
  drop(digest)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], string.format('%.0f', now_us), ARGV[1])
local size = redis.call('INCRBY', KEYS[3], #ARGV[2])
while size > most do
  size = drop(redis.call('ZRANGE', KEYS[2], 0, 0)[1])
end
for index = 1, 3 do
  redis.call('PEXPIRE', KEYS[index], kept_ms)
end
