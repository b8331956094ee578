-- Renews a node's lease, or gives a new node the next number: a node's number is its fence, and no two nodes have one.
--
-- KEYS  until when each node's lease lasts, the last number
-- ARGV  the node ('' for a new one), how long a lease lasts
-- Gives the node (0 when its lease ended and others took its work), those whose lease has ended, those that run, and the time.
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local node = ARGV[1]
if node == '' then
  node = redis.call('INCR', KEYS[2])
elseif not redis.call('ZSCORE', KEYS[1], node) then
  return {0, {}, {}, now}
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), node)
return {tonumber(node), redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now), redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf'), now}
