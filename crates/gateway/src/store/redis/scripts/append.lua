-- Keeps changes of conversations, all of them or none. In a cluster there is one at a time.
--
-- KEYS  the store's life, where one server keeps everything; then of each conversation its meta, log, send, seen, raw
-- ARGV  this node, the life that it knows ('' in a cluster), how many changes; then each change, as `append.rs` writes it
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
local function take_many()
  local many = {}
  for i = 1, tonumber(take()) do many[i] = take() end
  return many
end

local node, life, count = take(), take(), tonumber(take())
local first = 0
if life ~= '' then
  first = 1
  if redis.call('HGET', KEYS[1], 'incarnation') ~= life then return {'life', 0} end
end

local changes, kept = {}, 0
for i = 1, count do
  local key = first + (i - 1) * 5
  local change = {
    meta = KEYS[key + 1], log = KEYS[key + 2], send = KEYS[key + 3], seen = KEYS[key + 4], raw = KEYS[key + 5],
    id = take(), base = take(), until_ms = take(), token = take(), version = take(), head = take(), floor = take(),
    prompt = take(), state = take(), turn = take(), last = take(), vendor = take(), named = take(), sender = take(),
  }
  change.entries, change.sends, change.keys, change.body = take_many(), take_many(), take_many(), take()
  local had = redis.call('HMGET', change.meta, 'version', 'token', 'owner', 'vendor', 'floor')
  change.had_floor = had[5] or '0'
  if had[2] == change.token then
    -- It was kept before; the answer was lost.
    kept = kept + 1
  elseif change.base ~= '' then
    if had[1] then return {'conflict', 0} end
    local now = redis.call('TIME')
    if now[1] * 1000 + now[2] / 1000 > tonumber(change.until_ms) then return {'late', 0} end
  else
    if had[1] ~= change.version then return {'conflict', 0} end
    if change.sender ~= '' and had[3] ~= node then return {'conflict', 0} end
    if change.vendor ~= '' and had[4] ~= change.vendor and change.named == '' then return {'name', i} end
    for _, seen in ipairs(change.keys) do
      if redis.call('SISMEMBER', change.seen, seen) == 1 then return {'conflict', 0} end
    end
  end
  changes[i] = change
end
if kept == count and count > 0 then return {'kept', 0} end

for _, change in ipairs(changes) do
  local version = '1'
  if change.base ~= '' then
    redis.call('HSET', change.meta, 'base', change.base)
  else
    version = string.format('%.0f', tonumber(change.version) + 1)
  end
  redis.call('HSET', change.meta, 'version', version, 'token', change.token, 'head', change.head, 'floor', change.floor,
    'prompt', change.prompt, 'state', change.state, 'turn', change.turn, 'last', change.last, 'vendor', change.vendor)
  for i = 1, #change.entries, 5 do
    redis.call('XADD', change.log, change.entries[i] .. '-0', 'k', change.entries[i + 1], 't', change.entries[i + 2],
      'f', change.entries[i + 3], 'a', change.entries[i + 4])
  end
  for i = 1, #change.sends, 2 do
    redis.call('HSET', change.send, change.sends[i], change.sends[i + 1])
  end
  for _, seen in ipairs(change.keys) do
    redis.call('SADD', change.seen, seen)
  end
  if change.body ~= '' then redis.call('RPUSH', change.raw, change.body) end
  if tonumber(change.floor) > tonumber(change.had_floor) then
    redis.call('XTRIM', change.log, 'MINID', string.format('%.0f-0', tonumber(change.floor) + 1))
  end
  if #change.entries > 0 then
    redis.call('PUBLISH', 'w:live', 'c ' .. node .. ' ' .. change.id .. ' ' .. change.head)
  end
end
if first == 1 then return {'kept', redis.call('HINCRBY', KEYS[1], 'count', 1)} end
return {'kept', 0}
