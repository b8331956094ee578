-- The first post of a queue, unless another node works on the queue.
--
-- KEYS  the queue, its lease, the posts
-- ARGV  the node, how long a lease lasts
-- Gives its number ('' for none) and the post.
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return {'', ''} end
local number = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
if not number then
  redis.call('DEL', KEYS[2])
  return {'', ''}
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {number, redis.call('HGET', KEYS[3], number)}
