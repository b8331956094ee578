-- Looks at a conversation that may be too old: drops it whole, or the raw events in it that are.
--
-- KEYS  its meta, log, send, seen, raw
-- ARGV  conversations that are older go, raw events that are older go, so many of them at most
-- Gives whether it is gone, when its newest entry came, when its oldest raw event came ('' without any), how many raw
-- events were dropped, and the conversation (vendor's id, base).
local had = redis.call('HMGET', KEYS[1], 'last', 'vendor', 'base')
if not had[1] then return {'gone', '0', '', 0, '', ''} end
if tonumber(had[1]) < tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
  return {'dropped', had[1], '', 0, had[2], had[3]}
end
local dropped, oldest = 0, ''
while true do
  local body = redis.call('LINDEX', KEYS[5], 0)
  if not body then
    oldest = ''
    break
  end
  oldest = string.match(body, '^%d+')
  if dropped >= tonumber(ARGV[3]) or tonumber(oldest) >= tonumber(ARGV[2]) then break end
  redis.call('LPOP', KEYS[5])
  dropped = dropped + 1
end
return {'stays', had[1], oldest, dropped, had[2], had[3]}
