-- Takes the place of a visitor's one open conversation on a site, for a conversation that is made next.
--
-- KEYS  the visitor's open conversations by site, all of their conversations
-- ARGV  the site, the new conversation, the one that it may replace ('' for none)
-- Gives the conversation that has the place, how long it has had it and the time, in milliseconds.
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local had = redis.call('HGET', KEYS[1], ARGV[1])
local since = tonumber(redis.call('HGET', KEYS[1], 'since ' .. ARGV[1]) or '0')
if had and had ~= ARGV[2] and had ~= ARGV[3] then return {had, now - since, now} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 'since ' .. ARGV[1], now)
if not redis.call('ZSCORE', KEYS[2], ARGV[2]) then
  redis.call('ZADD', KEYS[2], redis.call('HINCRBY', KEYS[1], 'made ', 1), ARGV[2])
end
return {ARGV[2], 0, now}
