-- Makes a node the one that sends in a conversation, unless another one is; gives who it is.
--
-- KEYS  the conversation's meta
-- ARGV  the node, a node that is gone ('' for none)
if redis.call('EXISTS', KEYS[1]) == 0 then return ARGV[1] end
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] and owner ~= ARGV[2] then return owner end
if owner ~= ARGV[1] then redis.call('HSET', KEYS[1], 'owner', ARGV[1]) end
return ARGV[1]
