-- Keeps events of a conversation that is not known, unless it is by now.
--
-- KEYS  the name, the events that are parked under it
-- ARGV  the events
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for _, event in ipairs(ARGV) do redis.call('RPUSH', KEYS[2], event) end
return 1
