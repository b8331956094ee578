-- Has a node send no more in a conversation, unless that was changed since.
--
-- KEYS  the conversation's meta
-- ARGV  the node, the version that it knows
local had = redis.call('HMGET', KEYS[1], 'owner', 'version')
if had[2] and had[2] ~= ARGV[2] then return 0 end
if had[1] == ARGV[1] then redis.call('HDEL', KEYS[1], 'owner') end
return 1
