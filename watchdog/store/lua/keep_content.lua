-- Keeps one body and makes room for it: what is too old goes, then the oldest.
-- KEYS: bodies, ages, size. ARGV: digest, body, how long a body is kept in ms, bytes in all.
local now, kept_ms, most = now_ms(), tonumber(ARGV[3]), tonumber(ARGV[4])

local function drop(digest)
  local size = redis.call('HSTRLEN', KEYS[1], digest)
  redis.call('HDEL', KEYS[1], digest)
  redis.call('ZREM', KEYS[2], digest)
  return redis.call('DECRBY', KEYS[3], size)
end

drop(ARGV[1])
for _, digest in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - kept_ms)) do
  drop(digest)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
local size = redis.call('INCRBY', KEYS[3], #ARGV[2])
while size > most do
  size = drop(redis.call('ZRANGE', KEYS[2], 0, 0)[1])
end
for index = 1, 3 do
  redis.call('PEXPIRE', KEYS[index], kept_ms)
end
