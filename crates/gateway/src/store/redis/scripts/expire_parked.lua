-- Drops parked events that are too old.
--
-- KEYS  the events that are parked under one name
-- ARGV  the ones that are older go, so many at most
-- Gives how many went, and when the oldest one that is left came ('' without any).
local dropped = 0
while true do
  local event = redis.call('LINDEX', KEYS[1], 0)
  if not event then return {dropped, ''} end
  local at = string.match(event, '^%d+')
  if dropped >= tonumber(ARGV[2]) or tonumber(at) >= tonumber(ARGV[1]) then return {dropped, at} end
  redis.call('LPOP', KEYS[1])
  dropped = dropped + 1
end
