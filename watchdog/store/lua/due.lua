-- What the transitions of a due set share; prepended to each script of this folder, after the
-- constants WAKE_CHANNEL and HINTS_MAX. Times are the server's own, in milliseconds.
-- KEYS holds six keys for each due set concerned, in the order of due_keys() in keys.py; the
-- first six are those of the set that the script is about.

local function due_set(index)
  local first = (index - 1) * 6
  return {
    due = KEYS[first + 1],
    leased = KEYS[first + 2],
    tokens = KEYS[first + 3],
    generations = KEYS[first + 4],
    hints = KEYS[first + 5],
    expired = KEYS[first + 6],
  }
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function wake()
  redis.call('PUBLISH', WAKE_CHANNEL, KEYS[1])
end

local function generation_of(set, member)
  return tonumber(redis.call('HGET', set.generations, member) or 0)
end

local function holds(set, member, token)
  return redis.call('HGET', set.tokens, member) == token
end

local function end_lease(set, member)
  redis.call('ZREM', set.leased, member)
  redis.call('HDEL', set.tokens, member)
end

-- Earlier wins: a member that is due already keeps its place in the queue.
local function due_by(set, member, at)
  local known = redis.call('ZSCORE', set.due, member)
  if not known or tonumber(known) > at then
    redis.call('ZADD', set.due, at, member)
  end
end

local function read_hints(set, member)
  local packed = redis.call('HGET', set.hints, member)
  return packed and cmsgpack.unpack(packed) or {}
end

local function write_hints(set, member, hints)
  if #hints == 0 then
    redis.call('HDEL', set.hints, member)
  else
    redis.call('HSET', set.hints, member, cmsgpack.pack(hints))
  end
end

-- A repeated hint takes its newest generation; of too many, the oldest goes.
local function keep_hint(set, member, generation, text)
  local kept = {}
  for _, hint in ipairs(read_hints(set, member)) do
    if hint[2] ~= text then
      kept[#kept + 1] = hint
    end
  end
  kept[#kept + 1] = {generation, text}
  if #kept > HINTS_MAX then
    table.remove(kept, 1)
  end
  write_hints(set, member, kept)
end

local function forget_considered_hints(set, member, generation)
  local kept = {}
  for _, hint in ipairs(read_hints(set, member)) do
    if hint[1] > generation then
      kept[#kept + 1] = hint
    end
  end
  write_hints(set, member, kept)
end

-- Generations may begin anew: whichever claim comes next considers these, whatever its own.
local function renumber_hints(set, member)
  local kept = {}
  for _, hint in ipairs(read_hints(set, member)) do
    kept[#kept + 1] = {0, hint[2]}
  end
  write_hints(set, member, kept)
end

local function announce(set, member, at, hint)
  local generation = redis.call('HINCRBY', set.generations, member, 1)
  if hint then
    keep_hint(set, member, generation, hint)
  end
  if not redis.call('ZSCORE', set.leased, member) then
    due_by(set, member, at)
  end
end

-- The lease ended without a completed claim: its holder died.
local function expire(set, member, at)
  end_lease(set, member)
  redis.call('HINCRBY', set.expired, member, 1)
  due_by(set, member, at)
end

-- Carries out ARGV[first] to ARGV[last]. `IF-AT key field time command…` is ours: the command, only
-- while the record of that field is the one of that time, for nobody else may have replaced it.
local function write(first, last)
  if ARGV[first] ~= 'IF-AT' then
    return redis.call(unpack(ARGV, first, last))
  end
  local packed = redis.call('HGET', ARGV[first + 1], ARGV[first + 2])
  if packed and cjson.decode(packed).at == ARGV[first + 3] then
    redis.call(unpack(ARGV, first + 4, last))
  end
end

-- Reads (set index, member) pairs and then commands, each behind its count, from ARGV[at] on,
-- and carries them out. Returns how many members were announced.
local function write_and_announce(at, now)
  local announced = tonumber(ARGV[at])
  local commands = at + 1 + 2 * announced
  local cursor = commands + 1
  for _ = 1, tonumber(ARGV[commands]) do
    local length = tonumber(ARGV[cursor])
    write(cursor + 1, cursor + length)
    cursor = cursor + 1 + length
  end
  for index = 1, announced do
    local pair = at + 2 * index - 1
    announce(due_set(tonumber(ARGV[pair])), ARGV[pair + 1], now)
  end
  return announced
end
