-- The store's form and its life. A server that lost something that it had acknowledged begins another life, so that no
-- number is given twice within one.
--
-- KEYS  the life
-- ARGV  the form of this version, the server's run id, its replication id, the one before, what it acknowledged to this
--       node at last, a life that may be begun, '1' when all nodes had the time to say what was acknowledged to them
local had = redis.call('HMGET', KEYS[1], 'form', 'incarnation', 'run', 'replication', 'count', 'acknowledged')
if not had[2] then
  redis.call('HSET', KEYS[1], 'form', ARGV[1], 'incarnation', ARGV[6], 'run', ARGV[2], 'replication', ARGV[3], 'count', 0)
  return {'lives', ARGV[6], 0}
end
if had[1] ~= ARGV[1] then return {'form', had[1], 0} end
local count = tonumber(had[5])
local acknowledged = math.max(tonumber(ARGV[5]), tonumber(had[6] or '0'))
-- A replica took over, and nobody knows what it had not been sent.
local lost = had[3] ~= ARGV[2] and had[4] == ARGV[4]
if not lost and had[3] ~= ARGV[2] and ARGV[7] ~= '1' then
  redis.call('HSET', KEYS[1], 'acknowledged', string.format('%.0f', acknowledged))
  return {'wait', '', 0}
end
lost = lost or acknowledged > count
redis.call('HSET', KEYS[1], 'run', ARGV[2], 'replication', ARGV[3])
redis.call('HDEL', KEYS[1], 'acknowledged')
if not lost then return {'lives', had[2], count} end
-- Far beyond what any node can know of.
count = math.max(count, acknowledged) + 1000000
redis.call('HSET', KEYS[1], 'incarnation', ARGV[6], 'count', string.format('%.0f', count))
redis.call('PUBLISH', 'w:live', 'l ' .. ARGV[6])
return {'began', ARGV[6], count}
