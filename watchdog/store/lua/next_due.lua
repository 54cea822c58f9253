-- No ARGV. Returns ms until something is due or a lease runs out, or false.
local set, now, first = due_set(1), now_ms(), nil
for _, key in ipairs({set.due, set.leased}) do
  local score = tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
  if score and (not first or score < first) then
    first = score
  end
end
return first and math.max(0, first - now)
