-- No ARGV. Returns how many leases there were.
local set, now = due_set(1), now_ms()
local leased = redis.call('ZRANGE', set.leased, 0, -1)
for _, member in ipairs(leased) do
  expire(set, member, now)
end
if #leased > 0 then
  wake()
end
return #leased
